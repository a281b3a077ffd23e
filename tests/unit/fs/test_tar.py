"""The tar format: what other writers make is read, what is hostile is refused, what we write others read."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from pathlib import Path

import pytest

from dockkernel.errors import IntegrityError
from dockkernel.fs.change import Change, ChangeKind, apply
from dockkernel.fs.node import File, Meta
from dockkernel.fs.tar import index_layer, layer_reader, write_layer
from dockkernel.fs.tarformat import END, header, pax_decode, pax_encode
from dockkernel.fs.tree import Tree
from dockkernel.testing.tars import blob, tar_of
from dockkernel.testing.trees import data, node

SAMPLES = Path(__file__).parents[2] / "data" / "tar"


def index(archive):
    return {change.path: change.node for change in index_layer(blob(archive))}


def patched(archive, offset, value):
    """The archive with bytes of its first header replaced and the checksum made right."""
    block = bytearray(archive[:512])
    block[offset : offset + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + archive[512:]


def extended(records, archive):
    return header(b"pax", b"x", Meta(), size=len(records)) + records + bytes(-len(records) % 512) + archive


PLAIN = tar_of(["file", "f", "hello"])


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_format_of_the_standard_library_is_read(form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name in ("short", "d" * 90 + "/" + "f" * 60, "ä/ö"):
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uid, info.mode = 3, 1_700_000_000, 1000, 0o4755
            archive.addfile(info, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "t" * (90 if form == tarfile.USTAR_FORMAT else 150)
        archive.addfile(link)
    found = index(out.getvalue())
    assert sorted(found) == sorted(["short", "d" * 90 + "/" + "f" * 60, "ä/ö", "link"])
    assert found["ä/ö"].meta == Meta(0o4755, 1000, 0, 1_700_000_000 * 10**9)
    assert data(found["d" * 90 + "/" + "f" * 60].content) == b"abc"
    assert found["link"].target == link.linkname


def test_long_names_of_gnu_tar_are_read():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("n" * 200)
        info.type, info.linkname = tarfile.SYMTYPE, "t" * 300
        archive.addfile(info)
    assert index(out.getvalue())["n" * 200].target == "t" * 300


def test_numbers_in_base_256_are_read():
    big = patched(PLAIN, 108, b"\x80\0\0\0\x00\x20\0\0")
    assert index(big)["f"].meta.uid == 1 << 21
    old = patched(PLAIN, 136, b"\xff" * 12)
    assert index(old)["f"].meta.mtime_ns == 0, "Docker takes times before 1970 for 1970"


def test_headers_of_old_writers_are_read():
    ancient = patched(patched(PLAIN, 257, bytes(8)), 156, b"\0")
    assert data(index(ancient)["f"].content) == b"hello"
    directory = patched(patched(tar_of(["file", "d/", ""]), 156, b"\0"), 257, bytes(8))
    assert list(index(directory)) == ["d"]
    assert not isinstance(index(directory)["d"], File)
    blanks = patched(PLAIN, 124, b"          5 ")
    assert data(index(blanks)["f"].content) == b"hello"


def test_a_checksum_of_signed_bytes_is_taken():
    block = bytearray(PLAIN[:512])
    block[265:268] = b"\xe4\xf6\xfc"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % (sum(block) - 3 * 256)
    assert list(index(bytes(block) + PLAIN[512:])) == ["f"]


def test_pax_records_override_the_header():
    records = pax_encode(
        {
            "path": b"dir/new name",
            "uid": b"4000000",
            "gid": b"5",
            "mtime": b"1700000000.123456789123",
            "size": b"5",
            "SCHILY.xattr.security.capability": b"\1\0\0\2",
            "comment": b"x",
        }
    )
    found = index(extended(records, PLAIN))["dir/new name"]
    xattrs = {"security.capability": b"\1\0\0\2"}
    assert found.meta == Meta(0o644, 4000000, 5, 1_700_000_000_123_456_789, xattrs)


def test_an_empty_pax_value_takes_an_earlier_one_back():
    twice = pax_encode({"path": b"other"}) + b"8 path=\n"
    assert list(index(extended(twice, PLAIN))) == ["f"]


def test_a_global_pax_header_says_nothing():
    records = pax_encode({"comment": b"0123", "path": b"wrong"})
    archive = header(b"pax_global_header", b"g", Meta(), size=len(records)) + records + bytes(-len(records) % 512)
    assert list(index(archive + PLAIN)) == ["f"]


@pytest.mark.parametrize("name", ["/f", "./f", "//f", "f/.", "./././f", "x//f", "x/./f", "/x/f/"])
def test_names_are_made_plain(name):
    expected = "x/f" if "x" in name else "f"
    kind = ["dir", name] if name.endswith(("/", "/.")) else ["file", name, ""]
    assert list(index(tar_of(kind))) == [expected]


@pytest.mark.parametrize("name", ["../f", "a/../../f", "a/..", "..", "/../f", "a/../b"])
def test_names_that_lead_out_are_refused(name):
    with pytest.raises(IntegrityError, match="leads out"):
        index(tar_of(["file", name, ""]))
    with pytest.raises(IntegrityError, match="leads out"):
        index(tar_of(["file", "f", ""], ["hardlink", "h", name]))


def test_a_link_may_point_anywhere():
    assert index(tar_of(["symlink", "l", "../../../etc"]))["l"].target == "../../../etc"


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(PLAIN[:700], id="cut off in the content"),
        pytest.param(PLAIN[:300], id="cut off in the header"),
        pytest.param(b"x" * 512, id="no header"),
        pytest.param(PLAIN[:148] + b"0000000\0" + PLAIN[156:], id="wrong checksum"),
        pytest.param(patched(PLAIN, 124, b"-0000000005\0"), id="negative size"),
        pytest.param(patched(PLAIN, 124, b"\xff" * 12), id="negative size in base 256"),
        pytest.param(patched(PLAIN, 124, b"\x80" + b"\xff" * 11), id="size beyond all"),
        pytest.param(patched(PLAIN, 124, b"00000000x5\0\0"), id="no number"),
        pytest.param(patched(PLAIN, 124, b"77777777777\0"), id="size beyond the end"),
        pytest.param(patched(PLAIN, 108, b"\xff" * 8), id="negative owner"),
        pytest.param(patched(PLAIN, 156, b"Z"), id="unknown type"),
        pytest.param(patched(PLAIN, 0, b"\0"), id="no name"),
        pytest.param(tar_of(["file", "./", ""], ["symlink", "/", "x"]), id="root that is a link"),
        pytest.param(tar_of(["symlink", "l", ""]), id="link to nothing"),
        pytest.param(tar_of(["file", "n" * 256, ""]), id="name too long"),
        pytest.param(tar_of(["file", "d/" * 2048 + "f", ""]), id="path too long"),
        pytest.param(extended(b"6 a=b\nrubbish", PLAIN), id="PAX rubbish"),
        pytest.param(extended(b"99 a=b\n", PLAIN), id="PAX length beyond the end"),
        pytest.param(extended(b"0 a=b\n", PLAIN), id="PAX length of nothing"),
        pytest.param(extended(b"6 abc\n", PLAIN), id="PAX without a value"),
        pytest.param(extended(pax_encode({"size": b"9" * 30}), PLAIN), id="PAX size"),
        pytest.param(extended(pax_encode({"size": b"-1"}), PLAIN), id="PAX negative size"),
        pytest.param(extended(pax_encode({"mtime": b"soon"}), PLAIN), id="PAX time"),
        pytest.param(extended(pax_encode({"uid": b"5000000000"}), PLAIN), id="PAX owner"),
        pytest.param(extended(pax_encode({"path": b"a\0b"}), PLAIN), id="PAX name with NUL"),
        pytest.param(header(b"p", b"x", Meta(), size=1 << 30) + PLAIN, id="PAX bomb"),
        pytest.param(header(b"p", b"L", Meta(), size=1 << 30) + PLAIN, id="long name bomb"),
        pytest.param(patched(tar_of(["chardev", "c", [1, 3]]), 329, b"\x80\0\0\0\x7f\xff\xff\xff"), id="device number"),
    ],
)
def test_what_cannot_be_a_layer_is_refused(archive):
    with pytest.raises(IntegrityError):
        index(archive)


def test_an_archive_may_end_without_an_end_mark():
    assert list(index(PLAIN[:1024])) == ["f"]
    assert list(index(b"")) == []


def test_what_follows_the_end_mark_is_not_read():
    assert list(index(PLAIN[:1024] + bytes(1024) + b"rubbish" * 100)) == ["f"]


def test_many_links_to_one_file_are_read_in_one_pass():
    entries = [["file", "f", "1"], *(["hardlink", f"l{count}", "f"] for count in range(2000))]
    found = index(tar_of(*entries))
    assert len({id(entry) for entry in found.values()}) == 1


def test_many_entries_that_a_later_file_replaces():
    entries = [*(["file", f"f/{count}", ""] for count in range(5000)), ["file", "f", "F"]]
    found = index(tar_of(*entries))
    assert {path: data(entry.content) for path, entry in found.items()} == {"f": b"F"}


def test_paths_that_name_too_many_directories_are_refused():
    changes = index_layer(blob(tar_of(*(["file", f"{count}/" + "d/" * 2000 + "f", ""] for count in range(60)))))
    with pytest.raises(IntegrityError, match="too many directories"):
        apply(Tree.empty(), changes)


def test_a_stream_that_cannot_seek_is_read():
    packed = gzip.compress(tar_of(["file", "big", b"B" * 300_000], ["file", "f", "hello"]))

    class Stream(io.RawIOBase):
        def __init__(self):
            self.source = gzip.GzipFile(fileobj=io.BytesIO(packed))

        def readable(self):
            return True

        def seekable(self):
            return False

        def read(self, size=-1):
            return self.source.read(size)

    changes = index_layer(lambda: Stream())
    assert [change.path for change in changes] == ["big", "f"]
    assert data(changes[1].node.content) == b"hello"
    out = io.BytesIO()
    write_layer(changes, out)
    assert data(index(out.getvalue())["big"].content) == b"B" * 300_000


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("sparse-*.tar.zz")), ids=lambda path: path.name)
def test_sparse_files_of_gnu_tar_are_read(sample):
    found = index(zlib.decompress(sample.read_bytes()))
    expected = bytearray(400_000)
    for place in range(0, 400_000, 20_000):
        expected[place : place + 4] = b"%04d" % (place // 20_000)
    assert found["holes"].content.size == 400_000
    assert data(found["holes"].content) == bytes(expected)
    assert data(found["empty"].content) == bytes(50_000)
    assert data(found["after"].content) == b"after\n"


def sparse_map(*numbers):
    text = b"".join(b"%d\n" % number for number in numbers)
    return text + bytes(-len(text) % 512)


@pytest.mark.parametrize(
    ("numbers", "realsize"),
    [
        ((1, 0, 6), 10),
        ((2, 3, 1, 0, 4), 10),
        ((1, 8, 5), 10),
        ((2, 0, 4, 4, 4), 10),
        ((100, 0, 5), 10),
        ((1, 0, 4), 10),
        ((), 10),
    ],
)
def test_wrong_maps_of_sparse_files_are_refused(numbers, realsize):
    body = sparse_map(*numbers) + b"hello"
    records = pax_encode(
        {
            "GNU.sparse.major": b"1",
            "GNU.sparse.minor": b"0",
            "GNU.sparse.name": b"s",
            "GNU.sparse.realsize": b"%d" % realsize,
        }
    )
    with pytest.raises(IntegrityError):
        index(extended(records, tar_of(["file", "s", body])))


def test_only_the_needed_pax_records_are_written():
    cases = {
        "short": {},
        "d" * 150 + "/" + "f" * 100: {},
        "d" * 156 + "/f": {"path": b"d" * 156 + b"/f"},
        "é": {"path": "é".encode()},
        "\udcff": {"path": b"\xff"},
    }
    for path, expected in cases.items():
        block = header(path.encode("utf-8", "surrogateescape"), b"0", Meta(0o644, 8**7 - 1, 0, 5))
        records = dict(pax_decode(block[512 : block.index(b"ustar", 512)])) if block[156:157] == b"x" else {}
        assert records == expected, path


def test_a_header_is_one_block_with_the_standard_fields():
    block = header(b"etc/passwd", b"0", Meta(0o644, 1, 2, 3 * 10**9), size=4)
    total = sum(block[:148] + b" " * 8 + block[156:])
    fields = struct.unpack("100s8s8s8s12s12s8sc100s6s2s32s32s8s8s155s12x", block)
    assert [field.rstrip(b"\0") for field in fields] == [
        b"etc/passwd", b"0000644", b"0000001", b"0000002", b"00000000004", b"00000000003", b"%06o\0 " % total, b"0", b"",
        b"ustar", b"00", b"", b"", b"0000000", b"0000000", b"",
    ]  # fmt: skip


def test_large_values_go_to_pax():
    block = header(b"f", b"0", Meta(0o644, 3 * 10**6, 4 * 10**6, 9 * 10**18), size=1 << 40)
    info = tarfile.TarFile.open(fileobj=io.BytesIO(block + END)).next()
    assert (info.uid, info.gid, info.mtime, info.size) == (3 * 10**6, 4 * 10**6, 9 * 10**9, 1 << 40)


def test_large_files_stream_in_pieces():
    class Large:
        size = 40 << 20
        most = 0

        def open(self):
            outer = self

            class Source(io.BytesIO):
                def read(self, size=-1):
                    outer.most = max(outer.most, size if size >= 0 else outer.size)
                    return bytes(min(size, 1 << 20))

            return Source()

    content = Large()
    stream = layer_reader([Change("f", ChangeKind.ADDED, File(Meta(), content))])
    total = 0
    while piece := stream.read(1 << 16):
        total += len(piece)
    assert total == 512 + (40 << 20) + 1024
    assert content.most <= 1 << 20


def test_reading_and_writing_agree_for_any_size_of_read():
    changes = [Change(name, ChangeKind.ADDED, node(name.encode() * count)) for count, name in enumerate("abcdef")]
    changes.append(Change("large", ChangeKind.ADDED, node(b"L" * 200_000)))
    out = io.BytesIO()
    write_layer(changes, out)
    for size in (1, 511, 512, 70_001, 1 << 20):
        stream = layer_reader(changes)
        pieces = [b""]
        while piece := stream.read(size):
            assert len(piece) == size or not stream.read(1)
            pieces.append(piece)
        assert b"".join(pieces) == out.getvalue()
    assert layer_reader(changes).read() == out.getvalue()
    buffer = bytearray(len(out.getvalue()))
    assert layer_reader(changes).readinto(buffer) == len(buffer)
    assert bytes(buffer) == out.getvalue()
