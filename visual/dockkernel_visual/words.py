"""The few words in the pictures, in English and Chinese, and numbers and names in the form that Docker gives them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from dockkernel_visual.letters import one_line

Language = Literal["en", "zh"]

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "stack.title": ("{images}, {layers}, {bytes} on disk", "{images}，{layers}，磁盘占用 {bytes}"),
    "stack.note": (
        "A band is one layer: as wide as the images that stand on it, as high as it is big (log scale).",
        "一条色带是一层：宽度是站在它上面的镜像数，高度是它的大小（对数刻度）。",
    ),
    "stack.metadata": ("Dotted lines are steps that change no file.", "虚线是不改动任何文件的步骤。"),
    "stack.more": ("And {images} on these layers.", "这些层上{images}未画出。"),
    "teaching": (
        "Teaching images: real structure and sizes, stand-in contents.",
        "教学镜像：结构和大小真实，内容为替代品。",
    ),
    "images": ("{n} images", "{n} 个镜像"),
    "image": ("{n} image", "{n} 个镜像"),
    "others": ("{n} more images", "另有 {n} 个镜像"),
    "other": ("{n} more image", "另有 {n} 个镜像"),
    "layers": ("{n} layers", "{n} 层"),
    "layer": ("{n} layer", "{n} 层"),
    "names": ("{n} names", "{n} 个名字"),
    "name": ("{n} name", "{n} 个名字"),
    "containers": ("{n} containers", "{n} 个容器"),
    "container": ("{n} container", "{n} 个容器"),
    "parents": ("{n} intermediate images", "{n} 个中间层镜像"),
    "dangling": ("dangling", "虚悬"),
    "intermediate": ("intermediate", "中间层镜像"),
    "more": ("and {n} more", "另有 {n} 个"),
    "list.more": ("{head} and {n} more", "{head} 等 {all} 个"),
    "effect.done": (
        "{names} untagged, {images} and {layers} deleted, {bytes} freed.",
        "摘除 {names}，删除 {images}和 {layers}，释放 {bytes}。",
    ),
    "effect.dry": (
        "Would untag {names}, delete {images} and {layers}, and free {bytes}. Nothing has been done.",
        "将摘除 {names}，删除 {images}和 {layers}，释放 {bytes}。尚未执行。",
    ),
    "effect.untagged": (
        "{names} untagged. No image is deleted, and no byte freed.",
        "摘除 {names}。没有删除镜像，也没有释放空间。",
    ),
    "effect.untagged.dry": (
        "Would untag {names}, delete no image and free no byte. Nothing has been done.",
        "将摘除 {names}，不删除镜像，也不释放空间。尚未执行。",
    ),
    "effect.nothing": ("Nothing was removed.", "没有删除任何东西。"),
    "effect.nothing.dry": ("Nothing would be removed.", "不会删除任何东西。"),
    "effect.title": ("What was removed, and what stays", "删除了什么，留下了什么"),
    "effect.title.dry": ("Dry run: what would go, and what would stay", "预演：会删除什么，会留下什么"),
    "column.names": ("names", "名字"),
    "column.holders": ("names and containers", "名字和容器"),
    "column.images": ("images", "镜像"),
    "column.layers": ("layers", "层"),
    "gone.name": ("untagged", "已摘除"),
    "gone.name.dry": ("would be untagged", "将被摘除"),
    "gone": ("deleted", "已删除"),
    "gone.dry": ("would be deleted", "将被删除"),
    "stays": ("stays", "保留"),
    "stay": ("stay", "保留"),
    "kept": ("kept", "保留"),
    "kept.why": ("kept: {why}", "保留：{why}"),
    "kept.name": ("still named {who}", "仍有名字 {who}"),
    "kept.container": ("container {who} uses it", "容器 {who} 在使用"),
    "kept.containers": ("containers {who} use it", "容器 {who} 在使用"),
    "kept.child": ("{who} was built on it", "{who} 由它构建"),
    "kept.children": ("{who} were built on it", "{who} 由它构建"),
    "kept.holder": ("{who} stands on it", "{who} 站在它上面"),
    "kept.holders": ("{who} stand on it", "{who} 站在它上面"),
    "fate": ("{n} {fate}", "{n} 个{fate}"),
    "status.created": ("container, created", "容器，已创建"),
    "status.running": ("container, running", "容器，运行中"),
    "status.paused": ("container, paused", "容器，已暂停"),
    "status.exited": ("container, exited", "容器，已退出"),
    "disk.title": ("SIZE adds up to {sum}, the disk holds {bytes}", "SIZE 之和为 {sum}，磁盘实际占用 {bytes}"),
    "disk.note": (
        "Dark: layers that only this image has. Light: layers it shares. Below, every layer once.",
        "深色：只属于该镜像的层。浅色：与其他镜像共享的层。下方：每层只计一次。",
    ),
    "disk.alone": ("frees {bytes} if removed alone", "单独删除可释放 {bytes}"),
    "disk.used": ("{bytes} its own; used by {who}", "独有 {bytes}；{who} 在使用"),
    "disk.once": ("on disk", "磁盘"),
    "disk.own": ("in one image only", "只在一个镜像中"),
    "disk.shared": ("shared by {n}", "{n} 个镜像共享"),
    "disk.shared.most": ("shared by {n} or more", "{n} 个以上镜像共享"),
    "disk.held": ("held by containers or intermediate images", "由容器或中间层镜像占用"),
    "disk.others": ("and {images}", "{images}"),
    "disk.empty": ("There are no images yet.", "还没有镜像。"),
    "steps": ("{n} steps", "{n} 步"),
    "step": ("{n} step", "{n} 步"),
    "build.running": ("Building for {time}, {steps}", "正在构建，已用 {time}，共 {steps}"),
    "build.done": ("Built in {time}, {steps}", "构建完成，用时 {time}，共 {steps}"),
    "build.failed": ("The build failed after {time}, {steps}", "构建失败，用时 {time}，共 {steps}"),
    "build.canceled": ("The build was interrupted after {time}, {steps}", "构建被中断，用时 {time}，共 {steps}"),
    "build.count.cached": ("{n} from the cache", "{n} 步取自缓存"),
    "build.count.done": ("{n} done anew", "{n} 步重新执行"),
    "build.bytes": ("{bytes} new", "新增 {bytes}"),
    "build.join": (", ", "，"),
    "build.note": (
        "Full marks were done anew, open ones came from the cache. Dashed lines: what a step takes from another stage.",
        "实心标记是重新执行的步骤，空心标记取自缓存；虚线表示步骤取自另一阶段的内容。",
    ),
    "build.stage": ("Stage {name}", "阶段 {name}"),
    "build.unnamed": ("{n}", "{n}"),
    "build.before": ("Before the steps", "步骤之前"),
    "build.unneeded": ("skipped: nothing that was asked for needs it", "已跳过：目标不需要它"),
    "build.progress": ("{n} of {all} steps", "{n}/{all} 步"),
    "build.log": ("output, {n} lines", "输出，{n} 行"),
    "build.status.waiting": ("waiting", "等待"),
    "build.status.running": ("running", "运行中"),
    "build.status.cached": ("cached", "缓存"),
    "build.status.done": ("done", "完成"),
    "build.status.failed": ("failed", "失败"),
    "build.status.canceled": ("canceled", "已取消"),
    "build.status.skipped": ("not begun", "未开始"),
}
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_BETWEEN: Final = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
"""Blanks that stood for a name or a number: between Chinese characters there is none."""
_SHELL, _NOP = "/bin/sh -c ", "#(nop)"
_ARGUMENTS: Final = re.compile(r"^(?:RUN )?\|\d+ .*?(?=/bin/sh -c )")
_COPIED: Final = re.compile(r"\b(file|dir|multi):([0-9a-f]{6})[0-9a-f]+")
_PLURALS: Final = {"container": "containers", "child": "children", "holder": "holders"}


def say(key: str, language: Language, **values: object) -> str:
    """The text of `key` with its values filled in."""
    if language == "en":
        return _TEXTS[key][0].format(**values)
    return _BETWEEN.sub("", _TEXTS[key][1].format(**values))


def count(noun: str, n: int, language: Language) -> str:
    """`1 layer`, `7 layers`."""
    return say(noun if n == 1 else noun + "s", language, n=n)


def why(reason: str, holders: Sequence[str], language: Language) -> str:
    """Why something stays, by the snapshot's word for the reason; empty for a reason without holders or words."""
    if not holders or f"kept.{reason}" not in _TEXTS:
        return ""
    many = len(holders) > 1 and reason in _PLURALS
    return say(
        f"kept.{_PLURALS[reason] if many else reason}",
        language,
        who=listed(holders, language, 2 if len(holders) == 2 else 1),
    )


def listed(items: Sequence[str], language: Language, most: int = 3) -> str:
    """`a, b and 4 more`."""
    head = ", ".join(items[:most])
    left = len(items) - most
    return say("list.more", language, head=head, n=left, all=len(items)) if left > 0 else head


def some(lines: Sequence[str], language: Language, most: int) -> list[str]:
    """At most so many lines; the last one says how many more there are."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], say("more", language, n=len(lines) - most + 1)]


def _scaled(count_bytes: int, digits: int) -> str:
    value, unit = float(count_bytes), 0
    while float(f"{value:.{digits}g}") >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.{digits}g}{_UNITS[unit]}"


def size(count_bytes: int) -> str:
    """Bytes as `docker image ls` and `history` print them: powers of 1000, three digits."""
    return _scaled(count_bytes, 3)


def total(count_bytes: int) -> str:
    """Bytes as `docker system df` and `prune` print them: powers of 1000, four digits."""
    return _scaled(count_bytes, 4)


def short(identifier: str) -> str:
    """The first 12 digits of an id."""
    return identifier.removeprefix("sha256:")[:12]


def step(created_by: str) -> str:
    """A history line as the Dockerfile instruction it came from; digests of what was copied in six digits."""
    text = one_line(created_by[:2000]).removesuffix("# buildkit").rstrip()
    if text.startswith(("|", "RUN |")):
        text = _ARGUMENTS.sub("", text)
    shell = text.removeprefix("RUN ")
    if not shell.startswith(_SHELL):
        return _COPIED.sub(r"\1:\2…", text)
    script = shell.removeprefix(_SHELL).lstrip()
    return _COPIED.sub(r"\1:\2…", script.removeprefix(_NOP).lstrip()) if script.startswith(_NOP) else f"RUN {script}"


def gist(created_by: str) -> str:
    """The instruction without the shell options that scripts begin with: room for what is particular to it."""
    text = step(created_by)
    return re.sub(r"^(RUN )(?:set -\w+(?: -\w+)*\s*(?:;|&&)\s*)+", r"\1", text) or text
