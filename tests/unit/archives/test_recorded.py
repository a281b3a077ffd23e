"""The files of an archive that a daemon 26.1.5 wrote, by their digests: ours have the same bytes."""

from __future__ import annotations

from pathlib import Path

from dockkernel.image.oldconfig import old_configs
from dockkernel.oci import mediatype
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest

CONFIG = ImageConfig.parse((Path(__file__).parents[2] / "data" / "archives" / "config.json").read_bytes())
LAYER_BYTES = (2131968, 302592, 52736, 2560)


def test_the_config_is_the_recorded_one() -> None:
    assert CONFIG.id.hex == "f5d44d391ba4aff4fdf4336c9483a9b11af9fde8f2dffdf22b5b245a0e333a5f"


def test_the_old_configs() -> None:
    assert {(Digest.of(data).hex, len(data)) for data in old_configs(CONFIG)} == {
        ("b2703dc3cb3f4726b794f2caa189d47b3a02e6855cadef989d0d505891b05323", 401),
        ("230455d55aacf44674d924293bf1d4714ac26db58d762280ca524c4540f4e5ec", 477),
        ("efa10b82dc2855e17490b58ecdc96c54a7e05299277fa8a93b705c10ba4e1d55", 477),
        ("9beb39e9e901c8e2f0bb8ad8a7aa95db3a4be32bfda0f89ee8923ff52c109919", 1408),
    }


def test_the_manifest() -> None:
    config = Descriptor(mediatype.OCI_CONFIG, CONFIG.id, len(CONFIG.raw))
    rows = zip(CONFIG.diff_ids, LAYER_BYTES, strict=True)
    made = Manifest.build(config, [Descriptor(mediatype.OCI_LAYER, digest, size) for digest, size in rows])
    assert made.descriptor.digest.hex == "7b3630c4d5c8734e39868228a2cba42e8ff9a5fb6b8403a46ba7de99bb269cbf"
    assert made.descriptor.size == 854
