"""What "always" offers, what it means, and what a wildcard never covers."""

import re
from pathlib import Path

import pytest

from tui.agent.permission_rule import parse_rule
from tui.agent.shell import programs
from tui.agent.shell.rule_suggestions import describe_rule, risky_rules, suggest_rules
from tui.agent.shell.shell_parser import plain_command_words


@pytest.mark.parametrize(
    ("command", "offered"),
    [
        ("pytest -q tests/x", ("bash(pytest *)",)),
        ("git status -s", ("bash(git status *)",)),
        ("git -C sub status", ("bash(git -C sub status *)",)),
        ("python -m pytest -q", ("bash(python -m pytest *)",)),
        ("npm run test", ("bash(npm run test *)",)),
        ("make all", ("bash(make all *)",)),
        ("sort -u x", ("bash(sort *)",)),
        ("tar tf x.tar", ("bash(tar *)",)),
        ("cd src && make all", ("bash(cd *)", "bash(make all *)")),
        # What may write or execute is offered exactly as it is.
        ("sort -o y x", ("bash(sort -o y x)",)),
        ("tar xf x.tar", ("bash(tar xf x.tar)",)),
        ("git diff --output=x", ("bash(git diff --output=x)",)),
        ("python scripts/x.py --all", ("bash(python scripts/x.py --all)",)),
        ("psql db", ("bash(psql db)",)),
        ("vim x", ("bash(vim x)",)),
        ("cp a b", ("bash(cp a b)",)),
        ("rm build/a.o", ("bash(rm build/a.o)",)),
        ("rm *.o", ("bash(rm \\*.o)",)),
        ("./sort x", ("bash(./sort x)",)),
        ("python -c 'import os'", ("bash(python -c 'import os')",)),
        ("echo $HOME > x", ("bash(echo $HOME > x)",)),
        ("for i in a b; do rm $i; done", ("bash(for i in a b; do rm $i; done)",)),
    ],
)
def test_a_wildcard_is_offered_only_where_no_option_writes_or_executes(
    command: str, offered: tuple[str, ...]
):
    assert suggest_rules(command) == offered


@pytest.mark.parametrize(
    ("rule", "command", "covered"),
    [
        ("bash(sort*)", "sort x", True),
        ("bash(sort*)", "sort -rnk2 x", True),
        ("bash(sort*)", "sort -o y x", False),
        ("bash(sort*)", "sort -ro y x", False),
        ("bash(sort -o y *)", "sort -o y x", True),
        ("bash(git *)", "git status", True),
        ("bash(git *)", "git frotz --any", True),
        ("bash(git *)", "git diff --output=x", False),
        ("bash(git diff *)", "git -c core.pager=./x diff", False),
        ("bash(tar *)", "tar -tf x", True),
        ("bash(tar *)", "tar xf x", False),
        ("bash(tar xf *)", "tar xf x", True),
        ("bash(make test *)", "make test -j4", True),
        ("bash(make test *)", "make test SHELL=./x", False),
        ("bash(foo *)", "foo --any thing", True),
        ("bash(sort *)", "./sort x", False),
        ("bash(sort *)", "/tmp/sort x", False),
        ("bash(uniq *)", "uniq a b", False),
        ("bash(sed *)", "sed -n 1,5p x", True),
        ("bash(sed *)", "sed 's/a/b/w y' x", False),
    ],
)
def test_a_rule_with_a_wildcard_covers_safe_options_only(rule: str, command: str, covered: bool):
    (words,) = plain_command_words(command)
    assert parse_rule(rule).allows_command(words) is covered


def test_rules_for_programs_that_are_not_known_are_named_as_risky():
    assert risky_rules(["git status *", "ls", "sort*"]) == ""
    said = risky_rules(["psqlx *", "foo*", "git diff*"])
    assert "bash(psqlx *)" in said and "bash(foo*)" in said and "git" not in said


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("bash(git status *)", "running git status with any options that only read"),
        ("bash(rm \\*.o)", "running exactly this command: rm *.o"),
        (
            "network(npm install *)",
            "running npm install (which may run scripts of the packages) with any options that "
            "start no other programs, with access to the network",
        ),
        ("read(/etc/**)", "reading any file below /etc/"),
        ("read(/etc/hostname)", "reading /etc/hostname"),
        ("outside(docker ps)", "running exactly this command, outside the sandbox: docker ps"),
        ("edit(**)", "edits of any file in this folder"),
        ("write(/tmp/x/**)", "writing any file below /tmp/x/"),
    ],
)
def test_an_offer_is_said_in_words(rule: str, words: str):
    assert words in describe_rule(rule)


def test_every_row_of_the_data_file_is_read_and_uses_known_words_only():
    raw = programs.load_data("programs.toml")
    known = set(
        re.findall(
            r"^#   (\w+) ",
            Path(programs.__file__).with_name("programs.toml").read_text(),
            re.MULTILINE,
        )
    )
    known |= {"safe", "between", "subcommands", "valued", "old"}
    assert {key for row in raw.values() for key in row} <= known
    assert set(programs.programs()) == set(raw)
    assert {name.split()[0] for name in raw} == programs.known_names()


def test_the_data_files_are_in_the_wheel(unpacked_wheel: Path):
    for name in ("programs.toml", "runners.toml"):
        assert (unpacked_wheel / "tui" / "agent" / "shell" / name).is_file()


@pytest.mark.parametrize(
    ("command", "offered"),
    [
        ("curl -s https://example.org", "network(curl -s https://example.org)"),
        ("wget -q https://example.org", "network(wget -q https://example.org)"),
        ("npm install left-pad", "network(npm install *)"),
    ],
)
def test_with_the_network_a_program_that_fetches_is_offered_exactly(command: str, offered: str):
    assert suggest_rules(command, kind="network") == (offered,)
