"""In which order slash commands are offered, and which words find them beside their names."""

from collections.abc import Sequence
from functools import cache

from tui.commands import COMMANDS, Command

MOST_RECENT = 3
"""Commands used last that come before all others."""

OFTEN_USED = (
    "session.new",
    "session.list",
    "model.choose",
    "budget.show",
    "diff.show",
    "session.compact",
    "usage.show",
    "session.rewind",
    "effort.choose",
    "mode.choose",
    "context.show",
    "session.wrapup",
    "cost.show",
    "help.show",
)
"""Ids of the commands that come first, as people need them."""

FOR_EXPERTS = frozenset(
    ("wire.show", "entries.show", "sandbox.show", "trust.show", "composer.editor")
)
"""Ids of the commands that come last."""

MEANINGS: dict[str, str] = {
    "budget.show": "limit tokens money dollars spend grant extend",
    "budget.kind": "filed task type correct learn",
    "composer.editor": "vim nano external write",
    "config.show": "preferences options setup",
    "context.show": "window memory cache full",
    "cost.show": "price money dollars bill spent",
    "diff.show": "files edits patch git what",
    "doctor.show": "check health problem broken",
    "effort.choose": "thinking reasoning depth faster",
    "fleet.show": "windows running others machine all waiting parallel",
    "help.show": "commands manual shortcuts",
    "jobs.show": "background processes server kill",
    "keys.show": "shortcuts bindings hotkeys",
    "login.show": "account apikey credentials logout",
    "memory.show": "notes claude instructions",
    "memory.write": "agents setup notes",
    "mode.choose": "permission ask accept auto yolo approve",
    "mode.plan": "readonly think",
    "model.choose": "opus sonnet haiku fable switch",
    "permissions.show": "allow deny rules trust",
    "sandbox.show": "network isolation security",
    "session.compact": "shorten summary shrink",
    "session.export": "save markdown share write",
    "session.fork": "copy duplicate branch",
    "session.list": "history load open previous continue",
    "session.new": "start clean empty restart",
    "session.rewind": "back undo revert restore",
    "session.tag": "label group client budget month",
    "session.wrapup": "finish land report end",
    "status.show": "server folder where info",
    "theme.choose": "colours colors dark light appearance",
    "transcript.copy": "clipboard answer yank",
    "transcript.find": "search grep",
    "usage.report": "history statistics insights spend dollars week month heat map",
    "usage.show": "meters statistics left cost",
    "view.checklist": "plan subtasks",
    "view.details": "verbose unfold expand thinking output",
    "view.sidebar": "panel hide",
    "warning.silence": "notices nag quiet silence drift",
    "wire.show": "request api debug raw",
}
"""Words that people type for a command that has another name, by its id."""


def offered_commands(recent: Sequence[str] = ()) -> list[Command]:
    """The commands with a slash name: those used last, those used most, the others, experts' last.

    Args:
        recent: Ids of the commands used in this run, the newest last.
    """
    newest = tuple(dict.fromkeys(reversed(recent)))[:MOST_RECENT]
    return sorted(_by_use(), key=lambda each: _place(each.id, newest))


@cache
def _by_use() -> tuple[Command, ...]:
    """The commands with a slash name as long as none was used."""
    named = (command for command in COMMANDS if command.slash)
    return tuple(sorted(named, key=_rank))


def _rank(command: Command) -> tuple[bool, int]:
    return command.id in FOR_EXPERTS, _place(command.id, OFTEN_USED)


def _place(id: str, order: Sequence[str]) -> int:
    return order.index(id) if id in order else len(order)
