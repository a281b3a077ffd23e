"""The sentences of the hints, in English and Chinese. Numbers are the engine's; sizes as Docker writes them."""

from __future__ import annotations

from typing import Literal

from dockkernel.build.hints import Hint, HintKind

Language = Literal["en", "zh"]

_TEXT = 50
_WORDS: dict[str, dict[Language, str]] = {
    "hidden": {
        "en": "`{step}` removes or rewrites {size} ({count}) that `{other}` put into a layer of its own: the image "
        "keeps both. Biggest: {paths}. Do it in the same step.",
        "zh": "`{step}` 删除或重写了 `{other}` 已写入另一层的 {size}（{count}），镜像仍保留这两份。最大的是 {paths}。"
        "请在同一步中完成。",
    },
    "hidden base": {
        "en": "`{step}` removes or rewrites {size} ({count}) of the base image, which stay in its layers: the image "
        "does not get smaller. Biggest: {paths}.",
        "zh": "`{step}` 删除或重写了基础镜像中的 {size}（{count}），它们仍在基础镜像的层里，镜像不会变小。"
        "最大的是 {paths}。",
    },
    "leftover": {
        "en": "`{step}` leaves {size} ({count}) in the image that only {what} uses again: {cure} in the same step.",
        "zh": "`{step}` 在镜像里留下了 {size}（{count}），只有 {what} 还会用到：请在同一步中用 {cure}。",
    },
    "copied": {
        "en": "`{step}` changes nothing but owner or mode of {count}, and so stores {size} once more. COPY with "
        "--chown or --chmod needs no second copy.",
        "zh": "`{step}` 只改变了 {count} 的属主或权限，因此又保存了一份，共 {size}。"
        "在 COPY 中用 --chown 或 --chmod 就不需要第二份。",
    },
    "one step": {
        "en": "{steps} RUN steps in a row, `{other}` to `{step}`, write the same files: {size} are stored again. One "
        "RUN makes one layer.",
        "zh": "连续 {steps} 个 RUN（从 `{other}` 到 `{step}`）写了相同的文件：有 {size} 被重复保存。"
        "合成一个 RUN 就只有一层。",
    },
    "cache": {
        "en": "`{step}` wrote its {size} again only since `{other}` ({count}) brought another version of {paths}. COPY "
        "first what it needs, and the rest after it.",
        "zh": "`{step}` 重新写了 {size}，只因为 `{other}`（{count}）带来了不同的 {paths}。"
        "先 COPY 它需要的文件，其余的放在后面。",
    },
}
_CURES = {
    "apt": "`rm -rf /var/lib/apt/lists/*`",
    "apk": "`apk add --no-cache`",
    "dnf": "`dnf clean all`",
    "pip": "`pip install --no-cache-dir`",
    "npm": "`npm cache clean --force`",
    "yarn": "`yarn cache clean`",
    "conda": "`conda clean -afy`",
}


def sentence(hint: Hint, language: Language = "en") -> str:
    """The hint in words."""
    key = hint.kind.value
    if hint.kind is HintKind.HIDDEN and not hint.other:
        key = "hidden base"
    files = ("1 file" if hint.count == 1 else f"{hint.count:,} files") if language == "en" else f"{hint.count} 个文件"
    return _WORDS[key][language].format(
        step=_short(hint.step),
        other=_short(hint.other),
        size=_size(hint.bytes),
        count=files,
        steps=hint.count,
        paths=", ".join(hint.paths),
        what=hint.what,
        cure=_CURES.get(hint.what, ""),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT else f"{line[: _TEXT - 1]}…"


def _size(count: int) -> str:
    """Bytes in units of 1000, as Docker writes sizes of images."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g}{unit}"
