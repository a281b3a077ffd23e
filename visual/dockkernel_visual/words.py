"""The few words in the pictures, in English and Chinese, and numbers and names in the form that Docker gives them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

Language = Literal["en", "zh"]

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "stack.title": ("{images}, {layers}, {bytes} on disk", "{images}，{layers}，磁盘占用 {bytes}"),
    "stack.note": (
        "A band is one layer: as wide as the images that stand on it, as high as it is big (log scale).",
        "一条色带是一层：宽度是站在它上面的镜像数，高度是它的大小（对数刻度）。",
    ),
    "stack.metadata": ("Dotted lines are steps that change no file.", "虚线是不改动任何文件的步骤。"),
    "teaching": (
        "Teaching images: real structure and sizes, stand-in contents.",
        "教学镜像：结构和大小真实，内容为替代品。",
    ),
    "images": ("{n} images", "{n} 个镜像"),
    "image": ("{n} image", "{n} 个镜像"),
    "layers": ("{n} layers", "{n} 层"),
    "layer": ("{n} layer", "{n} 层"),
    "names": ("{n} names", "{n} 个名字"),
    "name": ("{n} name", "{n} 个名字"),
    "dangling": ("dangling", "虚悬"),
    "intermediate": ("intermediate", "中间层"),
    "more": ("and {n} more", "另有 {n} 个"),
    "effect.done": (
        "{names} untagged, {images} and {layers} deleted, {bytes} freed.",
        "摘除 {names}，删除 {images}和 {layers}，释放 {bytes}。",
    ),
    "effect.dry": (
        "Would untag {names}, delete {images} and {layers}, and free {bytes}. Nothing has been done.",
        "将摘除 {names}，删除 {images}和 {layers}，释放 {bytes}。尚未执行。",
    ),
    "effect.nothing": ("Nothing was removed.", "没有删除任何东西。"),
    "effect.nothing.dry": ("Nothing would be removed.", "不会删除任何东西。"),
    "effect.title.done": ("What was removed, and what stays", "删除了什么，留下了什么"),
    "effect.title.dry": ("Dry run: what would go, and what would stay", "预演：会删除什么，会留下什么"),
    "column.names": ("names", "名字"),
    "column.images": ("images", "镜像"),
    "column.layers": ("layers", "层"),
    "untagged": ("untagged", "已摘除"),
    "untag.dry": ("would be untagged", "将被摘除"),
    "deleted": ("deleted", "已删除"),
    "delete.dry": ("would be deleted", "将被删除"),
    "stays": ("stays", "保留"),
    "kept.name": ("kept: still named {who}", "保留：仍有名字 {who}"),
    "kept.container": ("kept: container {who} uses it", "保留：容器 {who} 在使用"),
    "kept.child": ("kept: {who} was built on it", "保留：{who} 由它构建"),
    "kept.holder": ("kept: {who} stands on it", "保留：{who} 站在它上面"),
    "disk.title": ("SIZE adds up to {sum}, the disk holds {bytes}", "SIZE 之和为 {sum}，磁盘实际占用 {bytes}"),
    "disk.note": (
        "Solid: layers that only this image has. Light: layers it shares. Below, every layer once.",
        "实色：只属于该镜像的层。浅色：与其他镜像共享的层。下方：每层只计一次。",
    ),
    "disk.alone": ("frees {bytes} if removed alone", "单独删除可释放 {bytes}"),
    "disk.once": ("on disk", "磁盘"),
    "disk.shared": ("shared by {n}", "{n} 个镜像共享"),
    "disk.held": ("held by containers or intermediate images", "由容器或中间层镜像占用"),
    "disk.empty": ("There are no images yet.", "还没有镜像。"),
    "list.and": ("{head} and {tail}", "{head}和 {tail}"),
}
_UNITS = ("B", "kB", "MB", "GB", "TB")


def say(key: str, language: Language, **values: object) -> str:
    """The text of `key` with its values filled in."""
    return _TEXTS[key][0 if language == "en" else 1].format(**values)


def count(noun: str, n: int, language: Language) -> str:
    """`1 layer`, `7 layers`."""
    return say(noun if n == 1 else noun + "s", language, n=n)


def listed(items: Sequence[str], language: Language, most: int = 3) -> str:
    """`a, b and 4 more`."""
    if len(items) > most:
        return say(
            "list.and", language, head=", ".join(items[:most]), tail=say("more", language, n=len(items) - most)
        ).replace("and and", "and")
    return ", ".join(items)


def size(count_bytes: int) -> str:
    """Bytes as `docker system df` prints them: powers of 1000, four digits."""
    value, unit = float(count_bytes), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.4g}{_UNITS[unit]}"


def short(identifier: str) -> str:
    """The first 12 digits of an id."""
    return identifier.removeprefix("sha256:")[:12]


def step(created_by: str) -> str:
    """A history line as the Dockerfile instruction it came from."""
    text = re.sub(r"\s+", " ", created_by).strip()
    text = re.sub(r"\s*# buildkit$", "", text)
    text = re.sub(r"^\|\d+ .*?(?=/bin/sh -c )", "", text)
    if match := re.match(r"/bin/sh -c #\(nop\)\s*(.*)", text):
        return re.sub(r"\b(file|dir|multi):([0-9a-f]{6})[0-9a-f]+", r"\1:\2…", match[1]).strip()
    if match := re.match(r"(?:RUN )?/bin/sh -c (.*)", text):
        return f"RUN {match[1]}"
    return text
