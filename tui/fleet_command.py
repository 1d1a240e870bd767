"""`glideslope fleet`: every running and recent session on this machine, and what each does."""

import time
from collections.abc import Sequence

from tui.command_line import CommandLineParser, current_folder
from tui.printing import print_error, print_json, print_text
from tui.reports.fleet_page import fleet_counts, fleet_json, fleet_lines, recent
from tui.session.fleet import Fleet
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders

NO_SESSIONS = "There is no session on this machine yet."
NO_RECENT = "No session is open, and none has changed in the last 7 days; --all lists older ones."


def run_fleet(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    from tui.claude.catalogue_overrides import catalogue_from_settings
    from tui.settings.settings_resolver import resolve_settings

    found = _parser().parse_args(arguments)
    resolved = resolve_settings(current_folder(), use_project=False)
    catalogue, sentences = catalogue_from_settings(resolved)
    for sentence in sentences:
        print_error(sentence)
    try:
        with Fleet(user_folders().data, catalogue.counting) as fleet:
            sessions, unread = fleet.look(), fleet.unread
    except StoreError as error:
        print_error(error.sentence)
        return 1
    now, thresholds = time.time(), resolved.settings.stages.thresholds()
    shown = sessions if found.all else recent(sessions, now)
    if found.json:
        print_json(fleet_json(shown, unread=unread, thresholds=thresholds))
        return 0
    if unread:
        print_error(f"{unread:,} older logs were not read yet; each run reads some of them.")
    if shown:
        lines = fleet_lines(shown, now, thresholds=thresholds)
        print_text("\n".join((*lines, "", fleet_counts(sessions))))
    else:
        print_text(NO_RECENT if sessions else NO_SESSIONS)
    return 0


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope fleet",
        description="Lists the sessions on this machine that are open or changed lately, and what"
        " each of them does.",
        allow_abbrev=False,
    )
    parser.add_argument("--all", action="store_true", help="older sessions, too")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--plain", action="store_true", help="print a table in a terminal, too")
    return parser
