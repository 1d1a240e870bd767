"""The reader of command lines: against the old scanner, against bash, against odd lines."""

import shutil
import subprocess
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.agent.shell.old_scanner import simple_commands as by_old_scanner
from tui.agent.shell.command_analysis import analyse_command
from tui.agent.shell.shell_parser import parse_line, plain_command_words

WORDS = ["ls", "rm", "-rf", "x", "git", "status", "'a b'", '"c;d"', "2>&1", "\\;", "*.py", "''"]
WORDS += ["~/x", "$?", "a=b", "\\", "é", "[a]", "a\\ b", ">/dev/null", "22>/dev/null", "1>&2", "!"]
GLUE = [
    " ",
    ";",
    "&&",
    "||",
    "|",
    "&",
    "\n",
    "$(",
    ")",
    "`",
    ">",
    "<",
    "#",
    "'",
    '"',
    "$x",
    "{",
    "}",
]
GLUE += ["(", "<<E\n", "\nE\n", "|&", "if ", "; then ", "; fi", "{ ", "; }", "for i in ", "; do "]
lines = st.lists(st.sampled_from(WORDS + GLUE + [" "] * 10), min_size=1, max_size=10).map("".join)

EVERYDAY = (
    "git status -s; ls -la | head -5 && echo 'a b' \"c d\"",
    "pytest -q tests/x.py 2>&1 | tail -5",
    "cd src && make all > /dev/null 2>&1",
    "grep -rn 'foo(bar)' src/ || echo none",
    "git log --format='%h %s' -n 5 &",
    "pip install 'a[b]>=1' x==1",
    "curl -s 'http://localhost:8000/?a=b&c=d' | jq '.a'",
    "find . -name \"*.py\" -not -path './.git/*' | xargs wc -l",
    "git clone git@github.com:x/y.git",
    "ls \n pwd\n",
)


@pytest.mark.parametrize("line", EVERYDAY)
def test_everyday_lines_are_read_as_the_old_scanner_read_them(line: str):
    assert plain_command_words(line) == by_old_scanner(line) is not None


@given(lines)
@example("\\ if!")
@example("-2>&1")
@example("x#!")
@settings(max_examples=300, deadline=None)
def test_where_the_old_scanner_understood_a_line_the_words_are_the_same(line: str):
    # The grammar understands less of odd lines: a word that ends in `#` or begins with an
    # escaped blank. A line that it does not understand is only asked about.
    old, new = by_old_scanner(line), plain_command_words(line)
    assert new is None or old is None or new == old


ANNOUNCE = (
    "exec 9>&1\n"
    'command_not_found_handle() { printf -v said "%s\\2" "$@"; printf "%s\\1" "$said" >&9; }\n'
)
"""Makes bash say the words of every command it runs, none of which exists."""
SHELL = shutil.which("bash")


@given(lines.filter(lambda line: not parse_line(line).problem))
@example("ls 22>/dev/null x")
@example("if rm x; then ls; fi")
@example("ls $(rm x) `git status`")
@example("éa=b")
@settings(max_examples=60, deadline=None)
@pytest.mark.skipif(SHELL is None, reason="compares with bash")
def test_bash_runs_no_command_that_was_not_read_in_the_line(
    tmp_path_factory: pytest.TempPathFactory, line: str
):
    where = tmp_path_factory.getbasetemp()
    said = subprocess.run(
        [SHELL, "-c", ANNOUNCE + line],
        env={"PATH": "/nonexistent"},
        cwd=where,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10,
    ).stdout
    reading = analyse_command(line)
    names = {run.name for run in reading.invocations}
    for one in said.decode(errors="replace").split("\1")[:-1]:
        assert one.split("\2")[0] in names or None in names or reading.problems


@pytest.mark.parametrize("line", ["-rf22>/dev/null", "-x2>y rm z", "ls; -1>x"])
def test_a_word_before_a_redirection_is_no_descriptor(line: str):
    assert parse_line(line).problem


@given(st.text(alphabet="ls;|&$`'\"\\ \n#><(){}*?=![]~-c é", max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_line_breaks_the_reader(line: str):
    read = parse_line(line)
    assert read.problem or read.commands
    analyse_command(line)


@pytest.mark.parametrize(
    "line",
    [
        "a " * 50_000,
        "(" * 10_000 + "a" + ")" * 10_000,
        "$(" * 10_000,
        "{ " * 10_000,
        "'" * 10_001,
        "`" * 10_000,
        "a|" * 30_000,
        "<<<" * 2_600,
        "a=(" * 2_600,
        ")a" * 3_900,
        ")a" * 29_000,
        "echo " + "{a,b}" * 40,
        "echo " + "$(echo " * 200 + ")" * 200,
        "env " * 20_000 + "x",
    ],
    ids=lambda line: line[:8],
)
def test_an_endless_or_deep_line_is_not_understood_and_soon_answered(line: str):
    began = time.process_time()
    reading = analyse_command(line)
    assert reading.problems
    assert time.process_time() - began < 1.0


def test_a_large_here_document_is_understood():
    text = "line of text $x\n" * 2_000
    (command,) = parse_line(f"cat > x <<'E'\n{text}E\n").commands
    assert command.stdin_text.text == text and command.redirections[0].target.text == "x"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("$'r\\x6d' \"a\"'b'\\c", ["rm", "abc"]),
        ("e{a,b}c {1..3}", ["eac", "ebc", "1", "2", "3"]),
        ("echo $\"a b\" 'it'\\''s'", ["echo", "a b", "it's"]),
        ("a >x b 2>&1 c", ["a", "b", "c"]),
        ("python - <<'E'\nx\nE", ["python", "-"]),
    ],
)
def test_words_are_what_the_shell_makes_of_them(line: str, words: list[str]):
    (command,) = parse_line(line).commands
    assert [word.text for word in command.words] == words


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("if a; then b; elif c; then d; else e; fi", "abcde"),
        ("for i in $(a); do b; done; while c; do d; done", "abcd"),
        ("case $(a) in x) b;; *) c;; esac", "abc"),
        ("f() { a; }; (b; { c; }) | d & e", "abcde"),
        ('a $(b `c`) "$(d)" <(e) ${x:-$(f)} $((1+$(g)))', "abcdefg"),
        ("cat <<E\n$(a)\nE\nb", ["cat", "a", "b"]),
        ("cat <<E | a && b\nE\nc", ["cat", "a", "b", "c"]),
        ("! a && [[ -n $(b) ]] && x=$(c) d", ["[[", *"abcd"]),
    ],
)
def test_every_command_of_a_line_is_found(line: str, names: str | list[str]):
    assert sorted(str(run.name) for run in analyse_command(line).invocations) == sorted(names)


@pytest.mark.parametrize(
    "line",
    [
        "if",
        "a 'b",
        "a <<E\nb",
        "a <<'E F'\nE F",
        "a\rb",
        "a\u00a0b",
        "a; b )",
        "$((",
        "a <<E;b\nE",
        "[a]",
        "[[a]]",
    ],
)
def test_what_the_grammar_does_not_fit_is_not_understood(line: str):
    assert parse_line(line).problem


def test_windows_lines_are_understood_only_where_they_are_plain():
    assert plain_command_words("dir /b src", windows=True) == (("dir", "/b", "src"),)
    for line in ("a & b", "a | b", "echo %X%", "a > b", "a ^& b", "(a)", "a\nb"):
        assert plain_command_words(line, windows=True) is None
