"""Clusters of doubtful width, in the cells that they are meant to have."""

import pytest

from tui.widgets.cell_alignment import CellAligner

UTF_8, JAPANESE = {"LANG": "de_DE.UTF-8"}, {"LC_ALL": "", "LANG": "ja_JP.UTF-8"}
MOVE = "\x1b[2;5H"


@pytest.mark.parametrize(
    "text", ["plain", "─│▏⠋•·…❯≈▅✓☐☑✔", "中文 あア 한글", "Grüße, Ελλάδα, Привет", "שלום"]
)
def test_what_terminals_agree_on_is_sent_as_it_is(text: str) -> None:
    data = f"{MOVE}{text}\x1b[0m\n{text}"
    assert CellAligner(UTF_8)(data) == data


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a❤️b", "a  \x1b[6G❤️\x1b[8Gb"),
        ("a🇩🇪bcd", "a  \x1b[6G🇩🇪\x1b[8Gbcd"),
        ("👩‍👩‍👧 it goes on", "  \x1b[5G👩‍👩‍👧\x1b[7G it goes on"),
        # Nothing follows that would be painted over what a terminal draws too wide.
        ("👩‍👩‍👧", "  \x1b[5G👩\x1b[7G"),
        ("👩‍👩‍👧\x1b[2;9Hother", "  \x1b[5G👩\x1b[7G\x1b[2;9Hother"),
    ],
)
def test_a_cluster_is_put_into_its_cells(text: str, sent: str) -> None:
    assert CellAligner(UTF_8)(MOVE + text) == MOVE + sent


def test_where_ambiguous_signs_may_be_wide_they_are_put_into_their_cells_too() -> None:
    assert CellAligner(JAPANESE)(f"{MOVE}─x") == f"{MOVE} \x1b[5G─\x1b[6Gx"
    assert CellAligner(JAPANESE)(f"{MOVE}x─") == f"{MOVE}x \x1b[6G-\x1b[7G"


def test_a_link_and_a_line_end_keep_the_count_of_columns() -> None:
    link = "\x1b]8;id=1;https://example.org\x1b\\ab\x1b]8;;\x1b\\"
    assert CellAligner(UTF_8)(f"{MOVE}{link}🇩🇪 .") == f"{MOVE}{link}  \x1b[7G🇩🇪\x1b[9G ."
