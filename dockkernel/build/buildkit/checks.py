"""The build checks in a graph build: what is known around the Dockerfile, from the options and the images it names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dockkernel.build.buildkit.ops import ImageSource, LocalSource, Source
from dockkernel.build.buildkit.options import BaseImage, KitFailed, KitOptions, Resolve
from dockkernel.build.buildkit.plan import canonical, plan
from dockkernel.dockerfile.findings import BaseImage as KnownImage
from dockkernel.dockerfile.findings import Surroundings
from dockkernel.dockerfile.lint import Checked, check_build, check_text
from dockkernel.dockerfile.stages import Dockerfile, parse_for_buildkit
from dockkernel.errors import DockError, ParseError
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.oci.platform import Platform, parse_platform


@dataclass(slots=True)
class KitChecks:
    """The checks of one Dockerfile; each image is asked for once."""

    text: bytes
    name: str
    """As messages call the Dockerfile."""
    options: KitOptions
    own: Platform
    resolve: Resolve
    ignored: bytes = b""
    """The `.dockerignore` in force."""
    main: Source = field(default_factory=LocalSource)
    """Where COPY takes from."""
    _images: dict[tuple[str, Platform], BaseImage] = field(default_factory=dict)

    def of_build(self) -> Checked:
        """What a build has to say besides its steps: warnings about the stages that the target needs.

        The error is one that `check=error=true` asks for, or one that the build meets by itself. An image that there is
        none of is no error here.
        """
        return check_build(self.text, self.name, self.around(strict=False))

    def of_call(self) -> Checked:
        """What `--call=check` finds: warnings about all stages, or the target's; the error that a build would meet."""
        checked = check_text(self.text, self.name, self.around(strict=True))
        if checked.error is not None:
            return checked
        try:
            self._plan_all(parse_for_buildkit(self.text, self.name))
        except KitFailed as error:
            return replace(checked, error=ParseError(error.message, hint=error.hint, span=error.span))
        return checked

    def _plan_all(self, dockerfile: Dockerfile) -> None:
        """Plan the target, or every stage where none is asked for; `KitFailed` for what a build would fail at."""
        graph = plan(dockerfile, self.options, self.own, self._image, self.main)
        if self.options.target:
            return
        for name in graph.skipped:
            if dockerfile.stage_index(name) is not None:
                plan(dockerfile, replace(self.options, target=name), self.own, self._image, self.main)

    def around(self, *, strict: bool) -> Surroundings:
        """What the checks may know; with `strict` an image that there is none of ends them."""

        def images(name: str, platform: Platform) -> KnownImage | None:
            try:
                return self._known(name, platform)
            except DockError as error:
                if not strict:
                    return None
                raise ParseError(f"{name}: {error.message}", hint=error.hint) from error

        return Surroundings(
            ignore=IgnorePatterns.parse(self.ignored) if self.ignored else None,
            images=images,
            build_args=self.options.args,
            platform=parse_platform(self.options.platform) if self.options.platform else self.own,
            own=self.own,
            target=self.options.target,
        )

    def _known(self, name: str, platform: Platform) -> KnownImage | None:
        source = self.options.contexts.get(name.lower())
        if source is not None and not isinstance(source, ImageSource):
            return None
        image = self._image(source.reference if source else canonical(name), platform)
        pairs = (text.partition("=") for text in image.config.config.env or ())
        return KnownImage({key: value for key, _, value in pairs}, image.platform, bool(image.config.config.shell))

    def _image(self, name: str, platform: Platform) -> BaseImage:
        if (name, platform) not in self._images:
            self._images[name, platform] = self.resolve(name, platform)
        return self._images[name, platform]
