"""Blocks and lines of a picture are shapes that join; letters stay text where they were."""

import re

from pytest import approx

from screenshots.svg_shapes import CELL, ROW, draw_shapes


def svg(*rows: str) -> str:
    """Rows of text the way Rich writes them."""
    texts = "".join(
        f'<text class="t-r1" x="24.4" y="{at * ROW + 20:g}" textLength="{len(row) * CELL:g}" '
        f'clip-path="url(#t-line-{at})">{row}</text>'
        for at, row in enumerate(rows)
    )
    return f"<svg><style>.t-r1 {{ fill: #57b8a6 }}</style>{texts}</svg>"


def boxes(picture: str) -> list[tuple[float, ...]]:
    """Left, top, width and height of every filled box."""
    found = re.findall(r'd="M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-', picture)
    return [tuple(map(float, box)) for box in found]


def test_full_blocks_meet_at_their_sides_and_between_rows():
    first, second, below = boxes(draw_shapes(svg("██", "█")))
    assert first[0] + first[2] == approx(second[0]) == approx(36.6)
    assert first[1] + first[3] == approx(below[1]) == approx(25.9)
    assert below[2:] == (12.2, 24.4)


def test_parts_of_a_block_are_parts_of_a_cell():
    (half,) = boxes(draw_shapes(svg("▐")))
    assert half == (30.5, 1.5, 6.1, 24.4)
    (lower,) = boxes(draw_shapes(svg("▂")))
    assert lower == (24.4, 19.8, 12.2, 6.1)


def test_braille_is_dots():
    """The first and the last dot of a cell: top left, and bottom right."""
    (path,) = re.findall(r'd="(M[^"]+)"', draw_shapes(svg(chr(0x2800 + 0x81))))
    assert re.findall(r"M([\d.]+) ([\d.]+)", path) == [("25.75", "2.85"), ("31.85", "21.15")]


def test_shapes_have_the_colour_of_the_text():
    assert 'fill="#57b8a6"' in draw_shapes(svg("█"))
    assert 'stroke="#57b8a6"' in draw_shapes(svg("─"))
    assert 'fill-opacity="0.25"' in draw_shapes(svg("░"))


def test_letters_between_shapes_stay_where_they_were():
    picture = draw_shapes(svg("── a &amp; b │"))
    (text,) = re.findall(r'<text class="t-r1" x="([\d.]+)".*>([^<]+)</text>', picture)
    assert text == ("48.8", " a &amp; b ")


def test_a_picture_without_shapes_is_left_as_it_is():
    assert draw_shapes(svg("plain words")) == svg("plain words")
