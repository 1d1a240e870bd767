"""`glideslope report`: what was used, by day, project, kind and so on."""

import time
from collections.abc import Sequence
from datetime import datetime, tzinfo

from tui.agent.folder_trust import FolderTrust
from tui.agent.monthly_budgets import read_standings
from tui.claude.catalogue_overrides import catalogue_from_settings
from tui.command_line import CommandLineParser, UsageError, current_folder
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.usage_sums import GROUPINGS, ReportScope
from tui.named_zones import named_zone
from tui.option_values import day_option, tag_option
from tui.printing import print_error, print_json, print_text
from tui.reports.report_html import report_html
from tui.reports.report_page import report_csv, report_json, report_lines
from tui.reports.usage_pictures import usage_pictures, week_words
from tui.reports.usage_report import read_usage_report
from tui.session.store_errors import StoreError
from tui.settings.budgets_in_force import budgets_in_force
from tui.settings.settings_resolver import resolve_settings
from tui.settings.time_zone import user_zone
from tui.settings.user_folders import user_folders
from tui.typos import nearest_name


def run_report(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code.

    Raises:
        UsageError: the command line is wrong.
    """
    found = _parser().parse_args(arguments)
    if found.by not in GROUPINGS:
        near = nearest_name(found.by, GROUPINGS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(GROUPINGS)}."
        raise UsageError(f"A report by {found.by!r} is not there; {hint}")
    folder = current_folder()
    trust = FolderTrust(folder, user_folders())
    resolved = resolve_settings(folder, root=trust.root, use_project=None)
    zone = _zone(found.timezone or resolved.settings.time_zone)
    since, until = day_option(found.since), day_option(found.until)
    tag = tag_option(found.tag)
    catalogue, sentences = catalogue_from_settings(resolved)
    sentences += [problem.sentence for problem in resolved.problems if not problem.loosens]
    budgets, now = budgets_in_force(resolved), time.time()
    try:
        data = user_folders().data
        with HistoryStore(data) as store:
            unread = refresh_own_runs(store, data, catalogue.counting, state=user_folders().state)
            standings = read_standings(data, folder, catalogue.counting, budgets, at=now, zone=zone)
            scope = ReportScope(found.by, zone, since, until, tag)
            today = datetime.fromtimestamp(now, zone).date()
            report = read_usage_report(
                store,
                scope,
                catalogue,
                today=today,
                standings=standings,
                day_dollars=resolved.settings.report.day_dollars,
            )
    except StoreError as error:
        print_error(error.sentence)
        return 1
    for sentence in sentences:
        print_error(sentence)
    if unread:
        print_error(f"{unread:,} sessions could not be read; they are left out.")
    if found.json:
        print_json(report_json(report))
    elif found.csv:
        print_text(report_csv(report))
    elif found.html:
        print_text(report_html(report))
    elif not report.has_history and tag is not None:
        print_text(f"No run has the tag {tag}.")
    elif not report.has_history and not report.standings:
        print_text(
            "There is no history yet. Work with glideslope, or take that of another agent with"
            " glideslope import."
        )
    else:
        print_text("\n".join(report_lines(report)))
        if found.plain:
            print_text(week_words(report.week, report.week_dollars))
        else:
            for picture in usage_pictures(report):
                print_text("\n".join(("", *picture.plain_lines())))
    return 0


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope report",
        description="Shows what was used: own sessions, and what was imported.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--by", default="day", metavar="GROUP", help=", ".join(GROUPINGS))
    add("--since", metavar="DAY", help="the first day, such as 2026-11-01")
    add("--until", metavar="DAY", help="the last day")
    add("--tag", metavar="TAG", help="only runs of sessions with that tag")
    add("--timezone", metavar="ZONE", help="such as Europe/Berlin; without it, the machine's")
    add("--plain", action="store_true", help="print no bars and no map of the week")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print the rows as CSV")
    form.add_argument("--html", action="store_true", help="print a page that needs no network")
    return parser


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return user_zone()
    zone = named_zone(name)
    if zone is None:
        raise UsageError(f"There is no time zone {name!r}; expected one such as Europe/Berlin.")
    return zone
