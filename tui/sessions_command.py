"""`glideslope sessions`: list those of this folder, or export one as Markdown."""

import argparse
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tui.budget.wire import Counting
from tui.cleaning import clean_line
from tui.options import UsageError, folder_here
from tui.printing import complain, say, say_json
from tui.session.faults import SessionUnknown, StoreError
from tui.session.fork import lineage
from tui.session.index import Index
from tui.session.state import fold
from tui.session.store import SessionStore
from tui.session.summary import Summary
from tui.settings.folders import folders
from tui.slips import nearest
from tui.widgets.numbers import tokens

ACTS = ("list", "export")
LATEST = "latest"
USAGE = 2
LIST_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See glideslope sessions --help.")


def sessions(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    parser = _Parser(prog="glideslope sessions", allow_abbrev=False)
    parser.add_argument("act", nargs="?", metavar="list|export")
    parser.add_argument("which", nargs="?", metavar="ID|NAME", help="the session to export")
    parser.add_argument("file", nargs="?", help="where to write it; else it is printed")
    parser.add_argument("--json", action="store_true", help="list: one JSON object")
    parser.add_argument("--all", action="store_true", help="list: of every folder")
    found = parser.parse_args(arguments)
    if found.act is None:
        raise UsageError("Say what to do: glideslope sessions list, or sessions export ID.")
    if found.act not in ACTS:
        near = nearest(found.act, ACTS)
        hint = f"did you mean `{near}`?" if near else "there are `list` and `export`."
        raise UsageError(f"glideslope sessions has no command `{found.act}`; {hint}")
    if found.act == "export":
        return _export(found.which, found.file)
    if found.which is not None:
        raise UsageError(f"sessions list takes no {found.which!r}.")
    folder = None if found.all else folder_here()
    try:
        with Index(folders().data, _counting()) as index:
            index.refresh(folder)
            summaries = index.page(folder, limit=1_000)
    except StoreError as error:
        complain(error.sentence)
        return 1
    if found.json:
        body = {"version": LIST_VERSION, "sessions": [msgspec.to_builtins(s) for s in summaries]}
        say_json(body)
    else:
        say("\n".join(_lines(summaries)) or "There is no session in this folder yet.")
    return 0


def _export(which: str | None, file: str | None) -> int:
    """Print a session as Markdown, or write it into a new file."""
    if not which:
        raise UsageError("Say which session: glideslope sessions export ID, or a name, or latest.")
    from tui.screens.export import export, file_name
    from tui.screens.paper import NotWritten, write_export

    counting = _counting()
    try:
        with Index(folders().data, counting) as index:
            summary = index.latest(folder_here()) if which == LATEST else None
            if which == LATEST and summary is None:
                complain("There is no session in this folder yet.")
                return USAGE
            path = index.path(summary or index.find(which, folder_here()))
        with SessionStore.open(path, read_only=True) as store:
            records = list(lineage(store))
    except SessionUnknown as error:
        complain(error.sentence)
        return USAGE
    except StoreError as error:
        complain(error.sentence)
        return 1
    state = fold(records, counting)
    text = export(records, state)
    if file is None:
        say(text, end="")
        return 0
    try:
        say(f"Exported to {write_export(folder_here(), file, file_name(state), text)}.")
    except NotWritten as error:
        complain(str(error))
        return 1
    return 0


def _counting() -> Counting:
    """How budgets are counted, with the user's corrections; a mistake in them is said."""
    from tui.claude.corrections import corrected
    from tui.settings.layers import resolve

    catalogue, sentences = corrected(resolve(folder_here(), use_project=False))
    for sentence in sentences:
        complain(sentence)
    return catalogue.counting


def _lines(summaries: Sequence[Summary]) -> list[str]:
    return [
        f"{each.id}  {_when(each.updated)}  {each.turns:>3} {_turns(each.turns)}  "
        f"{tokens(each.charged):>5} used  {clean_line(each.name or each.prompt, 60)}"
        + (f"\n    ! {clean_line(each.trouble)}" if each.trouble else "")
        for each in summaries
    ]


def _turns(number: int) -> str:
    return "turn " if number == 1 else "turns"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
