"""Paths are found by some of their letters, in a project of any size."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.completion import CompletionQuery, completion_query, file_reference
from tui.widgets.file_index import MAX_COMPARED, FileIndex

PATHS = ["src/lexer.py", "tests/test_lexer.py", "lex/main.c", "src/parse.py", "README.md"]
MANY = [f"folder{n % 97}/part{n % 31}/module_{n}.py" for n in range(MAX_COMPARED * 3)]


def test_a_beginning_beats_a_file_name_beats_a_part():
    assert FileIndex(PATHS).search("lex", 10) == ["lex/main.c", *PATHS[:2]]


def test_without_letters_the_order_stays_and_the_limit_holds():
    assert FileIndex(PATHS).search("", 2) == PATHS[:2]


def test_case_and_the_form_of_unicode_do_not_matter():
    composed, apart = (unicodedata.normalize(form, "Café/Übung.md") for form in ("NFC", "NFD"))
    for name in (composed, apart):
        assert FileIndex([name]).search("café/üb", 10) == [name]
        assert FileIndex([name]).search(unicodedata.normalize("NFD", "CAFÉ"), 10) == [name]


@pytest.mark.parametrize("paths", [PATHS, [*MANY, *PATHS]], ids=["small", "large"])
def test_a_slip_of_the_finger_still_finds(paths: list[str]):
    assert FileIndex(paths).search("prase.py", 10)[0] == "src/parse.py"
    assert FileIndex(paths).search("zzzz", 10, similar=False) == []


@given(st.integers(0, len(MANY) - 1), st.integers(0, 30), st.integers(1, 30))
def test_every_path_is_found_by_a_piece_of_it_that_no_other_has(at: int, cut: int, n: int):
    index = FileIndex(MANY)
    assert index.search(MANY[at], 20)[0] == MANY[at]
    piece = MANY[at][cut : cut + n]
    found = index.search(piece, 20, similar=False)
    having = [path for path in MANY if piece in path]
    assert len(found) == min(20, len(having)) and set(found) <= set(having)


NAMES = st.text(alphabet="abÄß/.ﬁİ ", min_size=1, max_size=6)


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True), NAMES)
def test_exactly_the_paths_with_the_letters_are_found(paths: list[str], query: str):
    def plain(text: str) -> str:
        return unicodedata.normalize("NFC", text.casefold())

    right = {path for path in paths if plain(query) in plain(path)}
    assert set(FileIndex(paths).search(query, 20, similar=False)) == right


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("see @my", CompletionQuery("file", "my")),
        ("see @my f", CompletionQuery("file", "my f", spaced=True)),
        ('see @"my f', CompletionQuery("file", "my f", quoted=True)),
        ('see @"', CompletionQuery("file", "", quoted=True)),
        ('see @"my file.txt" ', None),
        ("see @", CompletionQuery("file", "")),
        ("me@example", None),
        ("(@my", CompletionQuery("file", "my")),
        ("see @a b @c", CompletionQuery("file", "c")),
        ("see @a\nb c", None),
        ("see @a " + "b" * 100, None),
    ],
)
def test_what_stands_behind_an_at_sign_is_asked_for(before: str, asked: CompletionQuery | None):
    assert completion_query(before) == asked


def test_a_path_with_spaces_is_written_in_quotation_marks():
    assert file_reference("src/a.py") == "src/a.py"
    assert file_reference("my file.txt") == '"my file.txt"'
