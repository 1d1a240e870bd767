"""The table of commands holds everything together: acts, keys, palette, help and documentation."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.app_driver import StartApp
from tui.commands import BY_ID, COMMANDS
from tui.reports import summary_pages
from tui.screens.command_handlers import HANDLERS, SESSION_HANDLERS
from tui.screens.key_hints import HintContext, key_hints
from tui.settings.key_names import key_label
from tui.settings.keymap import resolve_keymap
from tui.widgets.limit_question import LimitQuestion
from tui.widgets.offer_question import OfferQuestion
from tui.widgets.option_rows import Option
from tui.widgets.permission_question import PermissionQuestion
from tui.widgets.question_prompt import question_bindings
from tui.widgets.trust_question import FolderTrustQuestion

ROOT = Path(__file__).parents[2]
KINDS = (
    PermissionQuestion.kind,
    LimitQuestion.kind,
    OfferQuestion.kind,
    FolderTrustQuestion.kind,
)
"""Kinds of questions: their prompt binds the commands that answer them."""


def test_every_command_has_an_act_or_is_an_answer_that_its_question_binds():
    contexts = {kind.context for kind in KINDS}
    answers = {c.id for c in COMMANDS if c.context in contexts}
    assert {command.id for command in COMMANDS} - set(HANDLERS) - set(SESSION_HANDLERS) == answers
    assert answers == {
        binding.id for kind in KINDS for binding in question_bindings(kind) if binding.id
    }


def test_every_act_is_a_command():
    assert set(HANDLERS) | set(SESSION_HANDLERS) <= set(BY_ID)


def test_the_open_session_is_handed_to_the_commands_that_need_one_and_to_no_other():
    assert set(SESSION_HANDLERS) == {c.id for c in COMMANDS if c.needs_session}
    assert not set(HANDLERS) & set(SESSION_HANDLERS)


def test_no_code_names_a_command_that_is_not_there():
    groups = {id.partition(".")[0] for id in BY_ID}
    named = re.compile(
        r"(?:command_binding|label|labels|key_labels|command_key_labels|shortest_key|run_command|"
        r"must_wait_for_turn|is_available|CardAction|handles|handles_text|handles_in_session)\(\s*"
        rf'(?:\w+,\s*)?"((?:{"|".join(groups)})\.\w+)"'
    )
    found = {
        id: path
        for path in (ROOT / "tui").rglob("*.py")
        for id in named.findall(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 60  # it does look
    assert not {id: path for id, path in found.items() if id not in BY_ID}


async def test_the_palette_lists_every_command_that_can_be_run_and_no_other(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    async with running_app() as driver:
        offered: list[Option] = []

        async def choose(title: str, options: Sequence[Option], *more: object) -> None:
            offered.extend(options)

        monkeypatch.setattr(driver.chat, "choose", choose)
        driver.app.run_command("palette.open")
        await driver.until(lambda: offered)
        listed = {option.id: option for option in offered}
        wanted = {c.id for c in COMMANDS if c.palette and c.when in ("always", "idle")}
        assert set(listed) == wanted
        for id, option in listed.items():
            assert (option.name, option.detail) == (BY_ID[id].title, BY_ID[id].help)


def test_what_the_palette_leaves_out_needs_its_own_place():
    out = {c.id for c in COMMANDS if not c.palette}
    everywhere = {c.id for c in COMMANDS if c.id in out and c.context in ("app", "composer")}
    assert everywhere == {
        *("app.stop", "palette.open"),
        *("transcript.find_next", "transcript.find_previous"),
        *("transcript.page_up", "transcript.page_down"),
        *("composer.submit", "composer.newline", "composer.complete"),
        *("composer.undo", "composer.redo", "composer.yank"),
        *("composer.stash", "composer.picture"),
        *("history.previous", "history.next"),
    }


def test_the_help_page_has_a_row_for_every_command_with_its_key():
    keymap = resolve_keymap(COMMANDS)
    page = summary_pages.help_page(keymap)
    for command in COMMANDS:
        (row,) = [
            line
            for line in page.splitlines()
            if re.search(
                rf"\| {re.escape(command.help.replace('|', chr(92) + '|'))}( \(|  ?\|| \|)", line
            )
            and line.startswith(f"| /{command.slash[0]} |" if command.slash else "|  |")
        ]
        if command.keys:
            label = min(map(key_label, keymap.keys[command.id]), key=len)
            assert f"| `{label}` |" in row, row
    assert page.count("\n| **") == len({command.group for command in COMMANDS})


def test_the_page_of_keys_and_the_documentation_have_a_row_for_every_command():
    page = summary_pages.keys_page(resolve_keymap(COMMANDS), "keybindings.toml").replace("\\", "")
    docs = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"| {command.id} |" in page
        (row,) = [line for line in docs.splitlines() if line.startswith(f"| `{command.id}` |")]
        assert command.help.replace("|", "\\|") in row
        assert all(f"`/{name}`" in row for name in command.slash)
    rows = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", docs, re.MULTILINE))
    assert rows == set(BY_ID)


def test_every_hint_is_the_key_of_a_command():
    keymap = resolve_keymap(COMMANDS)
    labels = {label for id in BY_ID for label in keymap.labels(id)}
    for context in ("app", "composer", "transcript", "prompt"):
        for flags in range(16):
            place = HintContext(
                context,
                running=bool(flags & 1),
                empty=bool(flags & 2),
                asked=bool(flags & 4),
                finding=bool(flags & 8),
            )
            assert all(hint.key in labels for hint in key_hints(place, keymap))


def test_every_slash_command_without_a_session_flag_works_without_one():
    unbound = {c.id for c in COMMANDS if c.slash and not c.needs_session}
    assert unbound == {
        *("session.new", "session.list", "theme.choose", "transcript.find", "transcript.copy"),
        *("view.details", "view.checklist", "view.sidebar", "composer.editor"),
        *("help.show", "keys.show", "app.quit", "login.show", "fleet.show"),
    }
