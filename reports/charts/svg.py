"""The few SVG elements our charts are made of; every value is escaped, all styling is in attributes.

Attributes rather than classes: the PDF engine does not apply the page's style sheet inside an SVG.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

INK = "#1d2b36"
MUTED = "#5f6f7b"
FAINT = "#93a1ab"
RULE = "#d5dde2"
PALE = "#f3f6f7"
ACCENT = "#0f5f73"
ACCENT_LIGHT = "#9cc5cf"
GOOD = "#2f7d52"
WARN = "#c08a1e"
BAD = "#b23a32"
GREY = "#c3ccd2"
FONT = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei','WenQuanYi Zen Hei','Noto Sans',sans-serif"

Value = str | float | int


def tag(name: str, content: str = "", **attributes: Value | None) -> str:
    """An element; attribute names are written with `_` for `-`, None leaves one out. `content` is markup already."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{pairs}>{content}</{name}>" if content else f"<{name}{pairs}/>"


def drawing(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole picture that scales with the page's width; `title` is read out to those who cannot see it."""
    body = f"<title>{escape(title)}</title>" + "".join(parts)
    box = f"0 0 {_plain(width)} {_plain(height)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{box}" width="{_plain(width)}" '
        f'height="{_plain(height)}" font-family="{escape(FONT)}">{body}</svg>'
    )


def label(
    x: float, y: float, text: str, *, size: float = 10, fill: str = INK, anchor: str = "start", bold: bool = False
) -> str:
    """A line of text with its baseline at `y`."""
    return tag(
        "text", escape(text), x=x, y=y, font_size=size, fill=fill,
        text_anchor=None if anchor == "start" else anchor, font_weight="bold" if bold else None,
    )  # fmt: skip


def box(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str | None = None,
    radius: float = 0, dash: str | None = None, opacity: float | None = None,
) -> str:  # fmt: skip
    """A rectangle, never of negative size."""
    return tag(
        "rect", x=x, y=y, width=max(width, 0), height=max(height, 0), rx=radius or None, fill=fill,
        stroke=stroke, stroke_dasharray=dash, fill_opacity=opacity,
    )  # fmt: skip


def rule(
    x1: float, y1: float, x2: float, y2: float, *, stroke: str = RULE, width: float = 1, dash: str | None = None
) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash)


def text_width(text: str, size: float) -> float:
    """The rough width of a text in pixels: a Chinese character is as wide as high, a Latin one a little over half."""
    return sum(size if ord(char) > 0x2E80 else size * 0.56 for char in text)


def shorten(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would be wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text on one line, or on two broken at a space where it would be wider than `width` pixels."""
    words = text.split(" ")
    if text_width(text, size) <= width or len(words) == 1:
        return [text]
    cut = max((n for n in range(1, len(words)) if text_width(" ".join(words[:n]), size) <= width), default=1)
    return [" ".join(words[:cut]), " ".join(words[cut:])]


def _plain(value: Value) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
