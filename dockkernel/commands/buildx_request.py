"""From the flags of `docker buildx build` to the build that the engine is asked for, checked as buildx checks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dockkernel.build.buildkit.local_context import ClientContext, file_reader
from dockkernel.build.buildkit.ops import GitSource, Source
from dockkernel.build.buildkit.options import KitOptions
from dockkernel.build.buildkit.secrets import parse_secret, read_secrets
from dockkernel.commands import buildx_flags as flags
from dockkernel.commands.builder_choice import TRUE
from dockkernel.commands.buildx_builders import check_builder
from dockkernel.commands.buildx_contexts import named_contexts
from dockkernel.commands.buildx_flags import BuildxError, CacheEntry, not_supported
from dockkernel.commands.buildx_outputs import Output, check_outputs, parse_annotations, parse_output
from dockkernel.commands.request_buildx import BuildxBuild
from dockkernel.commands.session import Session
from dockkernel.dockerfile.gotext import parse_bool
from dockkernel.engine.buildkit_client import ClientFiles
from dockkernel.engine.buildkit_request import KitRequest
from dockkernel.engine.traces import Trace
from dockkernel.errors import InvalidInput, ParseError
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference
from dockkernel.registry.layout_image import LayoutImage
from dockkernel.store.layout import LayoutStore

_CACHE_DOCS = "https://docs.docker.com/go/build-cache-backends/"
_PLATFORM_DOCS = "https://docs.docker.com/go/build-multi-platform/"
_CALLS = ("build", "check", "lint", "outline", "targets")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the flags say, before the context is read."""

    options: KitOptions
    tags: tuple[Reference, ...]
    """As typed: a tag that is not said is not there."""
    outputs: tuple[Output, ...]
    client: Mapping[str, ClientFiles]
    """What the named contexts send."""
    cache_from: tuple[LayoutStore, ...]
    cache_to: LayoutStore | None
    cache_every: bool
    call: str
    """`build`, `check`, `outline` or `targets`."""
    call_format: str = ""
    layouts: tuple[LayoutImage, ...] = ()
    """The named contexts that are images of OCI layouts."""
    ignore_status: bool = False
    """Whether warnings of the checks leave the exit code at 0."""


def read_flags(session: Session, request: BuildxBuild) -> Asked:
    """Checks the flags in about buildx's order; `BuildxError` in its words."""
    args = flags.pairs_to_map(request.build_arg, session.env)
    if epoch := session.env.get("SOURCE_DATE_EPOCH"):
        args.setdefault("SOURCE_DATE_EPOCH", epoch)
    labels = flags.pairs_to_map(request.label)
    flags.check_attestations(request.attest, request.provenance, request.sbom)
    contexts = flags.parse_contexts(request.build_context)
    outputs = _outputs(session, request)
    cache_from, cache_to = flags.parse_caches(request.cache_from), flags.parse_caches(request.cache_to)
    secrets = _secrets(session, request)
    if request.ssh:
        raise BuildxError("--ssh is not available on the embedded engine")
    call, call_format, ignore_status = _call(request)
    platform = _platform(request.platform)
    flags.check_entitlements(request.allow)
    tags = tuple(_tag(text) for text in request.tag)
    _check_push(outputs, tags)
    _check_network(request.network)
    hosts = flags.parse_hosts(request.add_host)
    check_builder(session, request.builder)
    client, sources, layouts = named_contexts(session, contexts)
    options = KitOptions(
        args=args,
        labels=labels,
        target=request.target,
        no_cache=request.no_cache,
        no_cache_filter=request.no_cache_filter,
        pull=request.pull,
        platform=platform,
        network=request.network or "default",
        allow=request.allow,
        hosts=hosts,
        secrets=secrets,
        contexts=sources,
    )
    imports = tuple(_store(session, entry, "src", "importer") for entry in cache_from if entry.type == "local")
    export = _cache_target(cache_to)
    target = _store(session, export, "dest", "exporter") if export else None
    every = export is not None and export.attrs.get("mode") == "max"
    return Asked(options, tags, outputs, client, imports, target, every, call, call_format, layouts, ignore_status)


def kit_request(asked: Asked, context: ClientContext, traced: Callable[[Trace], object]) -> KitRequest:
    """The engine's request; `traced` is told why steps ran again."""
    keep_image = any(output.is_image for output in asked.outputs)
    return KitRequest(
        dockerfile=context.dockerfile,
        dockerfile_name=context.name,
        client={"context": ClientFiles(context.open_tree), **asked.client},
        ignore_bytes=context.ignored,
        options=asked.options,
        tags=asked.tags,
        main=_main(context.main, asked.options),
        place=context.place,
        registries=asked.layouts,
        cache_from=asked.cache_from,
        cache_to=asked.cache_to,
        cache_every=asked.cache_every,
        traced=traced,
        keep_image=keep_image,
    )


def _main(main: Source, options: KitOptions) -> Source:
    """The context; a repository keeps its `.git` where a build argument says so."""
    keeps = options.args.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "") in TRUE
    return replace(main, keep_git_dir=True) if keeps and isinstance(main, GitSource) else main


def _secrets(session: Session, request: BuildxBuild) -> dict[str, bytes]:
    try:
        sources = [parse_secret(text) for text in request.secret]
        return read_secrets(sources, session.env, file_reader(session.cwd))
    except InvalidInput as error:
        raise BuildxError(error.message) from error


def _call(request: BuildxBuild) -> tuple[str, str, bool]:
    """What is asked for instead of a build, in which form, and whether warnings leave the exit code at 0.

    `--call=check,format=json,ignorestatus=true`.
    """
    if request.check:
        return "check", "", False
    name, form, ignored = "", "", False
    for field in flags.fields_of(request.call or "build"):
        key, equals, value = field.partition("=")
        if equals and key == "format":
            form = value
        elif equals and key == "ignorestatus":
            truth = parse_bool(value)
            if truth is None:
                why = f"strconv.ParseBool: parsing {go_quote(value)}: invalid syntax"
                raise BuildxError(f"invalid ignorestatus print value: {value}: {why}")
            ignored = truth
        elif equals or name:
            raise BuildxError(f"invalid print {'field' if equals else 'value'}: {field if equals else request.call}")
        else:
            name = field
    if name not in _CALLS:
        raise BuildxError(f"failed to solve: unsupported request frontend.{name}")
    return ("check" if name == "lint" else name), form, ignored


def _platform(texts: Sequence[str]) -> str:
    """The one platform, empty for the engine's own."""
    wanted = list(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))
    for text in wanted:
        flags.check_platform(text)
    if len(wanted) > 1:
        raise not_supported("Multi-platform build", _PLATFORM_DOCS)
    return "" if not wanted or wanted == ["local"] else wanted[0]


def _outputs(session: Session, request: BuildxBuild) -> tuple[Output, ...]:
    """The outputs with annotations and what `--push` and `--load` add; an image of the engine where there are none."""
    outputs = [parse_output(text) for text in request.output]
    if request.iidfile and any(output.type in ("local", "tar") for output in outputs):
        raise BuildxError("local and tar exporters are incompatible with image ID file")
    outputs = check_outputs(outputs, session.cwd, stdout_tty=session.stdout_tty)
    if request.push:
        pushed = [replace(one, attrs={**one.attrs, "push": "true"}) for one in outputs if one.type == "image"]
        others = [one for one in outputs if one.type != "image"]
        outputs = [*others, *(pushed or [Output("image", attrs={"push": "true"})])]
    if request.load and not any(one.type == "docker" and not one.dest for one in outputs):
        outputs = [*outputs, Output("docker")]
    annotations = parse_annotations(request.annotation)
    return tuple(replace(one, attrs={**one.attrs, **annotations}) for one in outputs or [Output("image")])


def _tag(text: str) -> Reference:
    try:
        return Reference.parse(text)
    except ParseError as error:
        words = error.message
        if "must be lowercase" in words:
            words = "repository name must be lowercase"
        raise BuildxError(f"invalid tag {go_quote(text)}: {words}") from error


def _check_push(outputs: Sequence[Output], tags: Sequence[Reference]) -> None:
    if any(one.attrs.get("push") in TRUE for one in outputs if one.type == "image"):
        if not tags and not any(one.attrs.get("name") for one in outputs):
            raise BuildxError("tag is needed when pushing to registry")
        raise BuildxError("pushing to a registry is not available on the embedded engine")


def _check_network(mode: str) -> None:
    if mode not in ("", "default", "host", "none"):
        raise BuildxError(
            f"network mode {go_quote(mode)} not supported by buildkit - you can define a custom network for your "
            "builder using the network driver-opt in buildx create"
        )


def _cache_target(entries: Sequence[CacheEntry]) -> CacheEntry | None:
    """The folder that the cache is exported to; what the docker driver cannot write to is refused."""
    found = None
    for entry in entries:
        if entry.type == "local":
            found = entry
        elif entry.type != "inline":
            raise not_supported("Cache export", _CACHE_DOCS)
    return found


def _store(session: Session, entry: CacheEntry, key: str, who: str) -> LayoutStore:
    where = entry.attrs.get(key, "")
    if not where:
        raise BuildxError(f"local cache {who} requires {key}")
    return LayoutStore(session.cwd / where)
