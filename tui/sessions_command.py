"""`glideslope sessions list`: the sessions of this folder, for people or as JSON."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tui.options import UsageError, folder_here
from tui.session.faults import StoreError
from tui.session.index import Index
from tui.session.summary import Summary
from tui.settings.folders import folders
from tui.widgets.numbers import tokens

LIST_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See glideslope sessions --help.")


def sessions(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    parser = _Parser(prog="glideslope sessions", allow_abbrev=False)
    parser.add_argument("act", choices=("list",), nargs="?", metavar="list")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--all", action="store_true", help="of every folder")
    found = parser.parse_args(arguments)
    if found.act is None:
        raise UsageError("Say what to do: glideslope sessions list.")
    folder = None if found.all else folder_here()
    try:
        with Index(folders().data) as index:
            index.refresh(folder)
            summaries = index.page(folder, limit=1_000)
    except StoreError as error:
        print(f"glideslope: {error.sentence}", file=sys.stderr)
        return 1
    if found.json:
        body = {"version": LIST_VERSION, "sessions": [msgspec.to_builtins(s) for s in summaries]}
        print(msgspec.json.encode(body).decode())
    else:
        print("\n".join(_lines(summaries)) or "There is no session in this folder yet.")
    return 0


def _lines(summaries: Sequence[Summary]) -> list[str]:
    return [
        f"{each.id}  {_when(each.updated)}  {each.turns:>3} {_turns(each.turns)}  "
        f"{tokens(each.charged):>5} used  {_plain(each.name or each.prompt)}"
        for each in summaries
    ]


def _turns(number: int) -> str:
    return "turn " if number == 1 else "turns"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _plain(text: str) -> str:
    """Foreign text on one line, without control characters."""
    flat = " ".join(text.split())[:60]
    return "".join(c for c in flat if c.isprintable())
