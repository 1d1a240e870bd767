"""`glideslope fleet`: every running and recent session on this machine, and what each does."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tui.budget.stages import StageThresholds
from tui.budget.wire_budget import CountingRules
from tui.command_line import CommandLineParser, current_folder
from tui.printing import print_error, print_json, print_text
from tui.reports.fleet_page import answer_source, fleet_counts, fleet_json, fleet_lines, recent
from tui.session.fleet import Fleet
from tui.session.lock_holder import this_process
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders
from tui.terminal_streams import screen_refusal

NO_SESSIONS = "There is no session on this machine yet."
NO_RECENT = "No session is open, and none has changed in the last 7 days; --all lists older ones."


OpenSessionIn = Callable[[Path, str], int]
"""Goes on with a session on the screen, by its folder and id; returns the exit code."""


def run_fleet(arguments: Sequence[str], open_session: OpenSessionIn) -> int:
    """Run the subcommand; returns the exit code.

    Args:
        arguments: Those behind its name.
        open_session: Opens the session that is chosen on the screen.
    """
    from tui.claude.catalogue_overrides import catalogue_from_settings
    from tui.settings.settings_resolver import resolve_settings

    found = _parser().parse_args(arguments)
    resolved = resolve_settings(current_folder(), use_project=False)
    catalogue, sentences = catalogue_from_settings(resolved)
    for sentence in sentences:
        print_error(sentence)
    thresholds = resolved.settings.stages.thresholds()
    if not (found.json or found.plain or found.all or screen_refusal(os.environ)):
        return _show_screen(catalogue.counting, thresholds, open_session)
    try:
        with Fleet(user_folders().data, catalogue.counting) as fleet:
            sessions, unread = fleet.look(), fleet.unread
    except StoreError as error:
        print_error(error.sentence)
        return 1
    now = time.time()
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


def _show_screen(
    counting: CountingRules, thresholds: StageThresholds, open_session: OpenSessionIn
) -> int:
    """Show the list live, and open the session that is chosen in it."""
    from tui.fleet_app import FleetApp
    from tui.screens.fleet_screen import FleetHost
    from tui.screens.fleet_view import folder_refusal

    host = FleetHost(
        open_fleet=lambda: Fleet(user_folders().data, counting),
        source=answer_source(this_process(os.environ)),
        own_pid=os.getpid(),
        thresholds=thresholds,
        refusal=folder_refusal,
    )
    app = FleetApp(host)
    app.run()
    if app.chosen is None:
        return app.return_code or 0
    return open_session(Path(app.chosen.summary.folder), app.chosen.summary.id)


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope fleet",
        description="Lists the sessions on this machine that are open or changed lately, and what"
        " each of them does.",
        allow_abbrev=False,
    )
    parser.add_argument("--all", action="store_true", help="print a table of older sessions, too")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--plain", action="store_true", help="print a table, in a terminal too")
    return parser
