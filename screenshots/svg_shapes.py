"""Blocks and lines of a picture, drawn as shapes instead of being set in a font.

Terminals draw these characters themselves, so that they join; in an SVG it is left to the
font, and most leave gaps between rows. Here a text is taken out cell by cell.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape

from rich.cells import cell_len

CELL, ROW = 12.2, 24.4
"""Width and height of a cell in the pictures Rich draws."""
ASCENT = 18.5
"""From the top of a row to the line its letters stand on."""
STROKE = 1.6
"""How thick lines are."""

Shape = tuple[float, float, float, float, float]
"""Left, top, width and height within a cell, each 0..1, and the opacity."""

SHAPES: dict[str, Shape] = {
    **{chr(0x2580 + n): (0, 1 - n / 8, 1, n / 8, 1) for n in range(1, 9)},
    **{chr(0x2590 - n): (0, 0, n / 8, 1, 1) for n in range(1, 8)},
    "▀": (0, 0, 1, 0.5, 1),
    "▐": (0.5, 0, 0.5, 1, 1),
    "▔": (0, 0, 1, 1 / 8, 1),
    "▕": (7 / 8, 0, 1 / 8, 1, 1),
    "░": (0, 0, 1, 1, 0.25),
    "▒": (0, 0, 1, 1, 0.5),
    "▓": (0, 0, 1, 1, 0.75),
}

LINES: dict[str, str] = {
    "─": "WE",
    "│": "NS",
    "╭": "SE",
    "╮": "WS",
    "╰": "NE",
    "╯": "NW",
    "┌": "SE",
    "┐": "WS",
    "└": "NE",
    "┘": "NW",
    "├": "NSE",
    "┤": "NSW",
    "┬": "WSE",
    "┴": "NEW",
    "┼": "NSWE",
}
"""To which sides of a cell a line runs from its middle."""

DASHED = {"┊": 4, "┆": 3}
"""Upright lines in so many dashes."""

ROUND = frozenset("╭╮╰╯")

BRAILLE = 0x2800
"""The empty cell of eight dots; each bit above it is one of these dots."""
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit's dot."""
DOT = 3.4
"""How wide and high a dot is."""

_TEXT = re.compile(
    r'<text class="(?P<style>[^"]+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" '
    r'textLength="(?P<length>[\d.]+)" clip-path="(?P<clip>[^"]+)">(?P<text>[^<]*)</text>'
)


_COLOUR = re.compile(r"\.(?P<style>[\w-]+) \{ fill: (?P<colour>#\w+)")
_DOTTED = frozenset(map(chr, range(BRAILLE + 1, BRAILLE + 256)))
_DRAWN = _DOTTED | SHAPES.keys() | LINES.keys() | DASHED.keys()
_CHARS = "".join(map(re.escape, sorted(_DRAWN)))
_RUNS = re.compile(f"[{_CHARS}]+|[^{_CHARS}]+")


def draw_shapes(svg: str) -> str:
    """`svg` with its blocks and lines as shapes."""
    colours = {found["style"]: found["colour"] for found in _COLOUR.finditer(svg)}
    return _TEXT.sub(lambda found: "".join(_parts(found, colours)), svg)


def _parts(found: re.Match[str], colours: Mapping[str, str]) -> Iterator[str]:
    x, top = float(found["x"]), float(found["y"]) - ASCENT
    for run in _RUNS.findall(unescape(found["text"])):
        cells = cell_len(run)
        if run[0] in _DRAWN:
            for at, char in enumerate(run):
                yield from _shapes(char, x + at * CELL, top, colours[found["style"]])
        elif run.strip("\xa0"):
            text = escape(run).replace("\xa0", "&#160;")
            yield (
                f'<text class="{found["style"]}" x="{x:g}" y="{found["y"]}" '
                f'textLength="{cells * CELL:g}" clip-path="{found["clip"]}">{text}</text>'
            )
        x += cells * CELL


def _shapes(char: str, x: float, top: float, colour: str) -> Iterator[str]:
    if char in SHAPES:
        left, over, width, height, opacity = SHAPES[char]
        faint = f' fill-opacity="{opacity}"' if opacity < 1 else ""
        box = _box(x + left * CELL, top + over * ROW, width * CELL, height * ROW)
        yield f'<path fill="{colour}"{faint} shape-rendering="crispEdges" d="{box}"/>'
    elif char in _DOTTED:
        yield f'<path fill="{colour}" d="{"".join(_dots(char, x, top))}"/>'
    elif char in DASHED:
        each = ROW / DASHED[char]
        dashes = (
            _box(x + CELL / 2 - STROKE / 2, top + each * (at + 0.2), STROKE, each * 0.6)
            for at in range(DASHED[char])
        )
        yield f'<path fill="{colour}" d="{"".join(dashes)}"/>'
    else:
        line = f'fill="none" stroke="{colour}" stroke-width="{STROKE}"'
        yield f'<path {line} d="{_line(char, x, top)}"/>'


def _dots(char: str, x: float, top: float) -> Iterator[str]:
    """The dots of a cell, two side by side and four below each other."""
    for bit, (column, row) in enumerate(DOTS):
        if (ord(char) - BRAILLE) >> bit & 1:
            left, over = x + (column + 0.5) * CELL / 2, top + (row + 0.5) * ROW / 4
            yield _box(left - DOT / 2, over - DOT / 2, DOT, DOT)


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.2f} {top:.2f}h{width:.2f}v{height:.2f}h{-width:.2f}z"


def _line(char: str, x: float, top: float) -> str:
    """The path of a line through the middle of a cell."""
    ends = {
        "N": (x + CELL / 2, top),
        "S": (x + CELL / 2, top + ROW),
        "W": (x, top + ROW / 2),
        "E": (x + CELL, top + ROW / 2),
    }
    centre = f"{x + CELL / 2:.2f} {top + ROW / 2:.2f}"
    first, *others = (f"{ends[side][0]:.2f} {ends[side][1]:.2f}" for side in LINES[char])
    if char in ROUND:
        return f"M{first}Q{centre} {others[0]}"
    return "".join(f"M{end}L{centre}" for end in (first, *others))
