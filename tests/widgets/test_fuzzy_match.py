"""A few letters find what was meant, the closest first."""

from tui.widgets.fuzzy_match import best_matches, contained_matches

PATHS = ["src/lexer.py", "tests/test_lexer.py", "lex/main.c", "src/parse.py", "README.md"]


def named(query: str, names: list[str] = PATHS, limit: int = 10) -> list[str]:
    return [names[at] for at in best_matches(query, names, limit)]


def test_a_beginning_beats_a_file_name_beats_a_part():
    assert named("lex") == ["lex/main.c", "src/lexer.py", "tests/test_lexer.py"]


def test_a_whole_first_word_beats_the_beginning_of_a_longer_one():
    assert named("mode", ["Model choose", "Mode choose"]) == ["Mode choose", "Model choose"]


def test_without_letters_the_order_stays_and_the_limit_holds():
    assert named("", limit=2) == PATHS[:2]


def test_case_does_not_matter():
    assert named("readme") == ["README.md"]


def test_a_slip_of_the_finger_still_finds():
    assert named("prase.py")[0] == "src/parse.py"


def test_what_is_not_meant_is_not_offered():
    assert named("zzzz") == []


def test_of_many_texts_those_are_found_that_contain_each_word_in_their_order():
    texts = ["fix the lexer", "test the parser", "the lexer and its test"]
    assert contained_matches("Lexer", texts) == [0, 2]
    assert contained_matches("test lexer", texts) == [2]
    assert contained_matches(" ", texts) == [0, 1, 2]
    assert contained_matches("lexerr", texts) == []
