"""`docker build` with the classic builder: the client's part, and the build's events in Docker's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dockkernel.build import events
from dockkernel.build.context import BuildContext, ContextError, ContextRefused, from_directory, from_stdin, write_iid
from dockkernel.build.remote import is_git_url, is_url
from dockkernel.build.result import BuildFailed
from dockkernel.commands import pictures
from dockkernel.commands.build_hints import look_inside
from dockkernel.commands.build_options import build_options
from dockkernel.commands.build_watch import BuildWatch
from dockkernel.commands.build_why import Explained, origin
from dockkernel.commands.builder_choice import FALSE
from dockkernel.commands.download_progress import DownloadProgress
from dockkernel.commands.errors import ClientError
from dockkernel.commands.events import Progress
from dockkernel.commands.human import human_size
from dockkernel.commands.image_pull import layer_words
from dockkernel.commands.request_image import ImageBuild
from dockkernel.commands.session import Session
from dockkernel.dockerfile.source import SourceText
from dockkernel.engine import building, observe
from dockkernel.engine.pull import LayerStep
from dockkernel.engine.remote_context import from_git, from_url
from dockkernel.errors import DockError
from dockkernel.oci.reference import Reference

_DEPRECATED = "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n"
_DISABLED = (
    f"{_DEPRECATED}            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0\n"
    "            environment-variable.\n\n"
)
_MISSING = (
    f"{_DEPRECATED}            Install the buildx component to build images with BuildKit:\n"
    "            https://docs.docker.com/go/buildx/\n\n"
)

Write = Callable[[str | bytes], None]


def notice(env: Mapping[str, str]) -> str:
    """What the client says on standard error before a build; `ClientError` where DOCKER_BUILDKIT is no yes or no."""
    wanted = env.get("DOCKER_BUILDKIT", "")
    if wanted and wanted not in FALSE:
        raise ClientError(
            "DOCKER_BUILDKIT environment variable expects boolean value: "
            f'strconv.ParseBool: parsing "{wanted}": invalid syntax'
        )
    return _DISABLED if wanted else _MISSING


def image_build(session: Session, request: ImageBuild) -> int:
    """`docker build`."""
    session.err(notice(session.env))
    held: list[str | bytes] = []
    write: Write = held.append if request.quiet else session.out
    watch = BuildWatch(session, "classic")
    explained = Explained(wanted=request.explain)
    try:
        with watch:
            built = _build(session, request, write, watch, explained)
    except (ContextError, BuildFailed) as error:
        _flush(session, held)
        code = getattr(error, "exit_code", 1)
        hint = error.hint or look_inside(session, error, watch.last_good)
        raise ClientError(error.message, code, hint=hint, span=error.span) from error
    except DockError:
        _flush(session, held)
        raise
    finally:
        explained.show(session)
    if request.quiet:
        session.out(f"{built.image_id}\n")
    explained.teach(session, built.image_id, request.target)
    pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, [built.image_id])))
    return 0


def _flush(session: Session, held: list[str | bytes]) -> None:
    """What `-q` kept back is shown when the build fails."""
    for piece in held:
        session.err(piece)


def _build(
    session: Session, request: ImageBuild, write: Write, watch: BuildWatch, explained: Explained
) -> building.Built:
    iid_file = session.cwd / request.iidfile if request.iidfile else None
    if iid_file is not None:
        write_iid(iid_file, "")
    try:
        context = _context(session, request, write)
    except ContextRefused as error:
        write(_sent(error.size))
        raise
    write(_sent(context.size))
    session.source = _source(context)
    options = build_options(session, request)
    tags = [Reference.parse(text).with_default_tag() for text in request.tag]

    watch.expect(session.source, options)

    def tell(event: events.Event) -> None:
        watch.tell(event)
        if isinstance(event, events.Pulling) and not request.quiet:
            layer_words(session, LayerStep(event.id, event.action, event.current, event.total))
        elif isinstance(event, events.Downloading):
            # Docker tells a pipe nothing of a file on its way.
            if session.live:
                session.emit(Progress(event.url, "Downloading", event.current, event.total or None))
        else:
            write(_words(event))

    built = building.build(
        session.engine, context, options, list(dict.fromkeys(tags)), tell,
        place=origin(session.cwd, request.path), traced=explained,
    )  # fmt: skip
    write(f"Successfully built {_short(built.image_id)}\n")
    for tag in built.tags:
        write(f"Successfully tagged {tag}\n")
    if iid_file is not None:
        # The client writes what it was sent, and `-q` is sent the line that it prints.
        write_iid(iid_file, f"{built.image_id}\n" if request.quiet else built.image_id)
    return built


def _sent(size: int) -> str:
    return f"Sending build context to Docker daemon {human_size(size):>8}\r\r\n"


def _source(context: BuildContext) -> SourceText:
    """The Dockerfile under the name that a learner knows; one from standard input travels under a random one."""
    name = "Dockerfile" if context.dockerfile_name.startswith(".dockerfile.") else context.dockerfile_name
    return SourceText(context.dockerfile.decode("utf-8", "surrogateescape"), name)


def _context(session: Session, request: ImageBuild, write: Write) -> BuildContext:
    if request.path == "-":
        engine = session.engine
        return from_stdin(session.stdin, request.file, building.spooler(engine), engine.clock.now_ns)
    if not (session.cwd / request.path).is_dir():
        if is_git_url(request.path):
            return from_git(session.engine, request.path, request.file, session.stdin)
        if is_url(request.path):
            progress = DownloadProgress(f"Downloading build context from remote url: {request.path}", write)
            return from_url(session.engine, request.path, request.file, session.stdin, progress.tell)
    return from_directory(request.path, request.file, session.cwd, session.stdin)


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]


def _words(event: events.Event) -> str | bytes:
    """One event as the classic builder prints it."""
    match event:
        case events.StepStarted(number, total, text):
            return f"Step {number}/{total} : {text}\n"
        case events.StepDone(image_id):
            return f" ---> {_short(image_id)}\n"
        case events.StepCached():
            return " ---> Using cache\n"
        case events.TriggersStarted(count):
            return f"# Executing {count} build trigger{'s' if count > 1 else ''}\n"
        case events.ContainerStarted(container_id):
            return f" ---> Running in {container_id[:12]}\n"
        case events.ContainerRemoved(container_id):
            return f" ---> Removed intermediate container {container_id[:12]}\n"
        case events.Output("stdout", data):
            return data
        case events.Output(_, data):
            return b"\x1b[91m" + data + b"\x1b[0m"
        case events.Pulling(layer, action):
            return "" if action == "Downloading" else f"{layer}: {action}\n"
        case events.Downloading():
            return ""
        case events.Line(text):
            return f"{text}\n"
        case events.Warned(text):
            return f"\x1b[91m[WARNING]: {text}\n\x1b[0m"
