"""Charts as SVG elements: horizontal strips below their words, and vertical columns. Pure.

Knows positions: lengths are in percent, so that a chart is as wide as its container and its text stays
readable. Leaves to others: what is counted, and colours and patterns (a part has a mark; the style sheet and
the page's patterns use it). ElementTree escapes all texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from attrs import frozen

_STRIP: Final = 16
_COLUMNS: Final = 130
_ABOVE: Final = 18
_BELOW: Final = 20
_LEAST: Final = 0.4
"""The least length in percent, so that every part above zero is visible."""
_GAP: Final = 0.12
"""The share of a column's width that is empty on each side."""


@frozen
class Part:
    """A part of a bar."""

    mark: str
    count: int
    word: str


@frozen
class Bar:
    """A bar of parts: side by side in a strip, one on top of another in a column."""

    label: str
    value: str
    """The text at its end."""
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def summary(self) -> str:
        """The bar in words.

        >>> Bar("fruit", "", (Part("k", 3, "apples"), Part("n", 0, "pears"))).summary
        '3 apples'
        """
        return ", ".join(f"{part.count} {part.word}" for part in self.parts if part.count) or "0"


def longest(bars: Sequence[Bar]) -> int:
    """The count that fills a chart; never zero."""
    return max((bar.total for bar in bars), default=0) or 1


def strip(bar: Bar, most: int) -> Element:
    """One horizontal bar; a count of `most` fills its width.

    >>> strip(Bar("apples", "3", (Part("k", 3, "red"),)), 6).find("rect").get("width")
    '50%'
    """
    chart = _chart(bar.summary, _STRIP)
    start = 0.0
    for part, length in _lengths(bar, most):
        _rect(chart, part, {"x": _percent(start), "width": _percent(length), "y": "0", "height": str(_STRIP)})
        start += length
    return chart


def columns(name: str, bars: Sequence[Bar], ends: Sequence[str] = ()) -> Element:
    """A column for each bar, with its label below it; or with `ends` below the first and last column."""
    chart = _chart(name, _ABOVE + _COLUMNS + _BELOW)
    most, wide, base = longest(bars), 100 / max(1, len(bars)), _ABOVE + _COLUMNS
    for place, bar in enumerate(bars):
        across = {"x": _percent(wide * (place + _GAP)), "width": _percent(wide * (1 - 2 * _GAP))}
        top = float(base)
        for part, length in _lengths(bar, most):
            height = length * _COLUMNS / 100
            top -= height
            _rect(chart, part, across | {"y": f"{top:.4g}", "height": f"{height:.4g}"})
        middle = {"x": _percent(wide * (place + 0.5)), "text-anchor": "middle"}
        _text(chart, bar.value, middle | {"y": f"{top - 5:.4g}"})
        _text(chart, bar.label, middle | {"y": str(base + 15)})
    for x, anchor, end in zip(("0", "100%"), ("start", "end"), ends, strict=False):
        _text(chart, end, {"x": x, "text-anchor": anchor, "y": str(base + 15)})
    SubElement(chart, "line", {"x1": "0", "x2": "100%", "y1": str(base), "y2": str(base), "class": "axis"})
    return chart


def _chart(name: str, height: int) -> Element:
    return Element("svg", {"role": "img", "aria-label": name, "width": "100%", "height": str(height)})


def _lengths(bar: Bar, most: int) -> list[tuple[Part, float]]:
    """Each part above zero and its length in percent; the sum is at most 100."""
    there = [(part, max(_LEAST, 100 * part.count / most)) for part in bar.parts if part.count]
    too_long = max(1.0, sum(length for _, length in there) / 100)
    return [(part, length / too_long) for part, length in there]


def _percent(length: float) -> str:
    return f"{length:.4g}%"


def _rect(chart: Element, part: Part, place: Mapping[str, str]) -> None:
    rect = SubElement(chart, "rect", {**place, "fill": f"url(#p-{part.mark})"})
    SubElement(rect, "title").text = f"{part.count} {part.word}"


def _text(chart: Element, text: str, place: Mapping[str, str]) -> None:
    if text:
        SubElement(chart, "text", dict(place)).text = text
