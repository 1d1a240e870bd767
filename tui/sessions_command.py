"""`glideslope sessions`: list those of this folder, or export one as Markdown."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tui.budget.wire_budget import CountingRules
from tui.command_line import CommandLineParser, UsageError, current_folder
from tui.number_format import format_tokens
from tui.printing import print_error, print_json, print_text
from tui.sanitize import clean_line
from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.moved_folders import similar_folder_sentence, with_present_folder
from tui.session.session_index import SessionIndex
from tui.session.session_summary import SessionSummary
from tui.session.store import SessionStore
from tui.session.store_errors import SessionNotFound, StoreError
from tui.settings.user_folders import user_folders
from tui.typos import nearest_name

SESSIONS_ACTIONS = ("list", "export")
LATEST = "latest"
RESUME = "glideslope -r {}"
"""How a session is resumed by its id."""
EXIT_USAGE = 2
LIST_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""


def run_sessions(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    parser = CommandLineParser(
        prog="glideslope sessions",
        description="Lists the sessions of this folder, or writes one as Markdown.",
        allow_abbrev=False,
    )
    parser.add_argument("act", nargs="?", metavar="list|export", help="what to do")
    parser.add_argument(
        "which", nargs="?", metavar="ID|NAME", help="the session to export; latest is the last one"
    )
    parser.add_argument(
        "file", nargs="?", help="the file to write; without it the session is printed"
    )
    parser.add_argument("--json", action="store_true", help="with list: print one JSON object")
    parser.add_argument(
        "--all", action="store_true", help="with list: the sessions of every folder"
    )
    found = parser.parse_args(arguments)
    found.act = found.act or "list"
    if found.act not in SESSIONS_ACTIONS:
        near = nearest_name(found.act, SESSIONS_ACTIONS)
        hint = f"did you mean `{near}`?" if near else "there are `list` and `export`."
        raise UsageError(f"glideslope sessions has no command `{found.act}`; {hint}")
    if found.act == "export":
        return _export(found.which, found.file)
    if found.which is not None:
        raise UsageError(f"sessions list takes no {found.which!r}.")
    folder = None if found.all else current_folder()
    try:
        with SessionIndex(user_folders().data, _counting()) as index:
            index.refresh(folder)
            here = current_folder()
            summaries = [
                with_present_folder(each, index, here) for each in index.page(folder, limit=None)
            ]
            similar = "" if summaries else similar_folder_sentence(index, here, RESUME)
    except StoreError as error:
        print_error(error.sentence)
        return 1
    if found.json:
        body = {"version": LIST_VERSION, "sessions": [msgspec.to_builtins(s) for s in summaries]}
        print_json(body)
    else:
        none = f"There is no session in this folder yet. {similar}".strip()
        print_text("\n".join(_session_lines(summaries)) or none)
    return 0


def _export(which: str | None, file: str | None) -> int:
    """Print a session as Markdown, or write it into a new file."""
    if not which:
        raise UsageError("Say which session: glideslope sessions export ID, or a name, or latest.")
    from tui.reports.export_files import FileNotWritten, write_export_file
    from tui.reports.session_export import export_file_name, session_markdown

    counting = _counting()
    try:
        with SessionIndex(user_folders().data, counting) as index:
            summary = index.latest(current_folder()) if which == LATEST else None
            if which == LATEST and summary is None:
                print_error("There is no session in this folder yet.")
                return EXIT_USAGE
            path = index.path(summary or index.find(which, current_folder()))
        with SessionStore.open(path, read_only=True) as store:
            records = list(full_log(store))
    except SessionNotFound as error:
        print_error(error.sentence)
        return EXIT_USAGE
    except StoreError as error:
        print_error(error.sentence)
        return 1
    state = fold(records, counting)
    text = session_markdown(records, state)
    if file is None:
        print_text(text, end="")
        return 0
    try:
        print_text(
            "Exported to "
            f"{write_export_file(current_folder(), file, export_file_name(state), text)}."
        )
    except FileNotWritten as error:
        print_error(str(error))
        return 1
    return 0


def _counting() -> CountingRules:
    """How budgets are counted, with the user's corrections; mistakes in them are printed."""
    from tui.claude.catalogue_overrides import catalogue_from_settings
    from tui.settings.settings_resolver import resolve_settings

    catalogue, sentences = catalogue_from_settings(
        resolve_settings(current_folder(), use_project=False)
    )
    for sentence in sentences:
        print_error(sentence)
    return catalogue.counting


def _session_lines(summaries: Sequence[SessionSummary]) -> list[str]:
    return [
        f"{each.id}  {_when(each.updated)}  {each.turns:>3} {_turns(each.turns)}  "
        f"{format_tokens(each.charged):>5} used  {clean_line(each.name or each.prompt, 60)}"
        + (f"\n    ! {clean_line(each.trouble)}" if each.trouble else "")
        for each in summaries
    ]


def _turns(number: int) -> str:
    return "turn " if number == 1 else "turns"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
