"""Slash lines: which are commands, and which command with which words."""

import re

import pytest

from tui.commands import BY_SLASH, COMMANDS
from tui.other_agents import SLASH_NAMES_ELSEWHERE
from tui.slash_lines import (
    SlashError,
    classify_line,
    complete_slash_name,
    escape_prompt,
    find_command,
    is_slash,
    parse_slash,
    unescape_prompt,
)


def test_a_slash_line_is_command_and_arguments():
    command, args = parse_slash("/budget +50k")
    assert command.id == "budget.show"
    assert args == "+50k"


def test_an_alias_is_the_same_command():
    assert parse_slash("/clear").command is parse_slash("/new").command


def test_case_and_spaces_do_not_matter():
    assert parse_slash("/Budget   scope  turn \n") == parse_slash("/budget scope  turn")


def test_arguments_may_span_lines():
    assert parse_slash("/rename keep\nthe names").args == "keep\nthe names"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/budgte", "There is no command /budgte; did you mean /budget?"),
        ("/xyzzy 1", "There is no command /xyzzy; /help lists them all."),
        ("/", "A slash command has a name: /help lists them all."),
        ("/quit now", "/quit takes no arguments."),
        ("/modell", "There is no command /modell; did you mean /model?"),
        ("/usgae", "There is no command /usgae; did you mean /usage?"),
        ("/exitt", "There is no command /exitt; /help lists them all."),
        ("/bog", "There is no command /bog; /help lists them all."),
        (
            "/mcp list",
            "There is no /mcp. MCP servers are not there yet: the model has the tools of the "
            "program.",
        ),
        (
            "/co",
            "Several commands begin with /co: /cost, /context, /compact, /copy, /config, "
            "/continue, /connect, /commands.",
        ),
    ],
)
def test_a_line_that_cannot_be_followed_is_answered_in_one_sentence(line: str, sentence: str):
    with pytest.raises(SlashError) as caught:
        parse_slash(line)
    assert str(caught.value) == sentence


EXACT = {"mode", "plan", "new", "clear", "reset", "quit", "exit", "q"}
"""Names that end something, or change what goes ahead without a question."""


def slips(name: str) -> set[str]:
    """Every name that is one letter away: left out, put in, replaced, exchanged."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    return {
        *(a + b[1:] for a, b in cuts if b),
        *(a + each + b for a, b in cuts for each in letters),
        *(a + each + b[1:] for a, b in cuts if b for each in letters),
        *(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1),
    } - {name, ""}


def means(typed: str) -> set[str]:
    """Ids of the commands that may run for a name: by the rule, not by the program."""
    for command in COMMANDS:
        if typed in command.slash:
            return {command.id}
    if typed in SLASH_NAMES_ELSEWHERE:
        return set()
    rest = [c for c in COMMANDS if not EXACT & set(c.slash)]
    begun = {c.id for c in rest for name in c.slash if name.startswith(typed)}
    return begun if len(begun) == 1 else set()


@pytest.mark.parametrize("name", sorted(BY_SLASH))
def test_only_a_name_an_alias_or_the_one_unfinished_beginning_runs(name: str):
    beginnings = {name[:at] for at in range(1, len(name) + 1)}
    for typed in beginnings | slips(name):
        found = find_command(typed, COMMANDS)
        assert ({found.id} if found else set()) == means(typed), typed
        if found is not None and EXACT & set(found.slash):
            assert typed in EXACT


@pytest.mark.parametrize("name", sorted(EXACT))
def test_what_ends_or_widens_something_is_never_suggested(name: str):
    others = [*(name[:at] for at in range(1, len(name))), name + "x", name[1:], "x" + name[1:]]
    for typed in {*others, name[::-1], name * 2} - set(BY_SLASH) - {""}:
        if find_command(typed, COMMANDS) is not None:
            continue
        with pytest.raises(SlashError) as caught:
            parse_slash(f"/{typed}")
        assert caught.value.suggestion not in EXACT
        words = set(re.findall(r"/(\w+)", str(caught.value))) - {typed}
        assert not words & EXACT, str(caught.value)


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("models", "model.choose"),
        ("mod", "model.choose"),
        ("usag", "usage.show"),
        ("res", "session.list"),
        ("Export", "session.export"),
        ("exit", "app.quit"),
    ],
)
def test_a_beginning_and_an_alias_are_the_command(typed: str, id: str):
    assert parse_slash(f"/{typed}").command.id == id


@pytest.mark.parametrize("name", sorted(SLASH_NAMES_ELSEWHERE))
def test_a_command_of_other_agents_that_is_not_here_gets_a_sentence_and_no_guess(name: str):
    assert name not in BY_SLASH
    with pytest.raises(SlashError) as caught:
        parse_slash(f"/{name.upper()} now")
    said = str(caught.value)
    assert said.startswith(f"There is no /{name}. ") and said.endswith(".") and "`" not in said
    assert caught.value.suggestion is None and len(said) < 120
    named = set(re.findall(r"/([a-z-]+)", said)) - {name}
    assert named <= set(BY_SLASH) and not named & {"quit", "exit", "new", "clear"}


@pytest.mark.parametrize(
    ("line", "id"),
    [
        ("/session", "session.list"),
        ("/continue", "session.list"),
        ("/checkpoint", "session.rewind"),
        ("/approvals", "permissions.show"),
        ("/allowed-tools", "permissions.show"),
        ("/details", "view.details"),
        ("/sidebar", "view.sidebar"),
        ("/todos", "view.checklist"),
        ("/tasks", "view.checklist"),
        ("/editor", "composer.editor"),
        ("/keymap", "keys.show"),
        ("/hotkeys", "keys.show"),
        ("/plan", "mode.plan"),
        ("/limits", "usage.show"),
        ("/tokens", "usage.show"),
        ("/quota", "usage.show"),
        ("/summarize", "session.compact"),
        ("/title A name", "session.name"),
        ("/bashes", "jobs.show"),
        ("/ps", "jobs.show"),
        ("/debug-config", "config.show"),
        ("/commands", "help.show"),
        ("/reset", "session.new"),
    ],
)
def test_names_that_users_of_other_agents_type_do_what_they_do_there(line: str, id: str):
    assert parse_slash(line).command.id == id


THERE = {"/usr/bin/python", "/usr/bin/", "/tmp/", "/src/parse.py", "/init"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/usr/bin/python is broken", "prompt"),
        ("/usr/bin/python, why?", "prompt"),
        ("/src/parse.py:12: a slip", "prompt"),
        ("/usr/bin/*.so are missing", "prompt"),
        ("/tmp is full", "prompt"),
        ("fix /init/memory", "prompt"),
        (" /init", "prompt"),
        ("// a comment", "prompt"),
        ("/* a comment */", "prompt"),
        ("/1", "prompt"),
        ("\\/compact", "prompt"),
        ("/", "command"),
        ("/ ", "command"),
        ("/init", "command"),
        ("/init now", "command"),
        ("/tmp", "command"),
        ("/cost", "command"),
        ("/cost of it", "command"),
        ("/init/memory", "unclear"),
        ("/cost/model opus", "unclear"),
        ("/help?", "unclear"),
        ("/compact,please", "unclear"),
        ("/x* y", "unclear"),
        ("/модель", "unclear"),
        ("/init/memory\nand more", "unclear"),
    ],
)
def test_a_line_is_a_prompt_only_where_it_cannot_be_meant_as_a_command(text: str, kind: str):
    assert classify_line(text, THERE.__contains__) == kind


@pytest.mark.parametrize("text", ["/compact", "!ls", "\\/x", "\\\\!x", "plain", "\\n", ""])
def test_a_backslash_keeps_a_prompt_from_being_a_command(text: str):
    assert unescape_prompt(escape_prompt(text)) == text
    assert not escape_prompt(text).startswith(("/", "!"))


@pytest.mark.parametrize(
    "text", ["/usr/bin/env is missing", " /budget", "a/b", "/ or not", "", "/1"]
)
def test_paths_and_prose_are_no_commands(text: str):
    assert not is_slash(text)


@pytest.mark.parametrize("text", ["/", "/budget", "/nonsense", "/rename a/b"])
def test_what_begins_with_a_name_is_a_command(text: str):
    assert is_slash(text)


def test_completions_list_names_before_aliases():
    assert [name for name, _ in complete_slash_name("re")] == [
        "report",
        "rewind",
        "rename",
        "reset",
        "resume",
    ]
    assert next(complete_slash_name("co"))[0] == "cost"


@pytest.mark.parametrize(
    ("text", "pasted", "kind"),
    [
        ("/export const x = 1\nconst y = 2", True, "either"),
        ("/export const x = 1\nconst y = 2", False, "either"),
        ("/export const x = 1", True, "either"),
        ("/export notes.md", False, "command"),
        ("/usage", True, "command"),
        ("/usage\n", True, "command"),
        ("/usage\nsays nothing", False, "either"),
        ("/zork everything", True, "prompt"),
        ("/zork\nmore", False, "prompt"),
        ("/* a comment */\nint x;", True, "prompt"),
        ("/find two\nwords", False, "command"),
        ("/find two words", True, "either"),
        ("/compact keep\nthe plan", False, "command"),
        ("!rm -rf build", True, "either"),
        ("![a picture](a.png)", True, "either"),
    ],
)
def test_copied_text_that_begins_like_a_command_is_a_prompt_or_asked_about(
    text: str, pasted: bool, kind: str
):
    assert classify_line(text, lambda path: False, pasted=pasted) == kind
