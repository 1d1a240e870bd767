"""`glideslope runs`: the task runs of the past as a list, and their kinds put right."""

from collections.abc import Sequence

from tui.budget.task_kinds import TaskKind
from tui.budget.wire_budget import CountingRules
from tui.claude.catalogue_overrides import catalogue_from_settings
from tui.command_line import CommandLineParser, UsageError, current_folder
from tui.history.filed_prompts import run_key, stored_filing
from tui.history.history_store import HistoryStore
from tui.history.local_days import day_start
from tui.history.own_history import refresh_own_runs
from tui.history.run_filing import correction_of
from tui.history.run_pages import ListedRun
from tui.option_values import count_option, day_option, kind_option
from tui.printing import print_error, print_json, print_text
from tui.reports.run_list import correction_sentence, run_list_json, run_list_lines
from tui.session.store_errors import StoreError
from tui.settings.settings_resolver import resolve_settings
from tui.settings.time_zone import chosen_zone
from tui.settings.user_folders import user_folders
from tui.typos import nearest_name

RUNS_ACTIONS = ("list", "set")
SHOWN_RUNS = 20
"""Runs that are listed unless more are asked for."""
LATEST_SESSION = "latest"


def run_runs(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code.

    Raises:
        UsageError: the command line is wrong, or there is no such run.
    """
    found = _parser().parse_args(arguments)
    kind = kind_option(found.kind) if found.kind else None
    since = day_option(found.since)
    limit = count_option("--limit", found.limit)
    new_kind = _check_words(found.act, found.words)
    resolved = resolve_settings(current_folder(), use_project=False)
    catalogue, sentences = catalogue_from_settings(resolved)
    for sentence in sentences:
        print_error(sentence)
    zone, folders = chosen_zone(resolved.settings.time_zone), user_folders()
    try:
        with HistoryStore(folders.data) as store:
            if unread := refresh_own_runs(
                store, folders.data, catalogue.counting, state=folders.state
            ):
                print_error(f"{unread:,} sessions could not be read; their runs are left out.")
            if new_kind is not None:
                session, number, *_ = found.words
                run = _named_run(store, session, count_option("The number of the run", number))
                print_text(_correct(store, run, new_kind, catalogue.counting))
                return 0
            page = store.run_page(kind, None if since is None else day_start(since, zone), limit)
            is_empty = not page.of and not store.run_page().of
    except StoreError as error:
        print_error(error.sentence)
        return 1
    if found.json:
        print_json(run_list_json(page.runs, page.of, zone))
    elif page.of:
        print_text("\n".join(run_list_lines(page.runs, page.of, zone)))
    else:
        print_text("There are no runs yet." if is_empty else "There are no such runs.")
    return 0


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope runs",
        description="Lists task runs, the newest first, or says what kind one is. The kind of its"
        " prompt's first verb is learnt from that.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("act", nargs="?", default="list", metavar="list|set", help="what to do")
    add("words", nargs="*", metavar="SESSION N KIND", help="with set: a run, and what kind it is")
    add("--kind", metavar="KIND", help="only those of a kind")
    add("--since", metavar="DAY", help="only those since a day, such as 2026-11-01")
    add("--limit", default=str(SHOWN_RUNS), metavar="N", help=f"how many; {SHOWN_RUNS} unless set")
    add("--json", action="store_true", help="with list: print one JSON object")
    return parser


def _check_words(act: str, words: Sequence[str]) -> TaskKind | None:
    """The kind to set; None to list runs.

    Raises:
        UsageError: there is no such act or kind, or words are missing or too many.
    """
    if act not in RUNS_ACTIONS:
        near = nearest_name(act, RUNS_ACTIONS)
        hint = f"did you mean `{near}`?" if near else "there are `list` and `set`."
        raise UsageError(f"glideslope runs has no command `{act}`; {hint}")
    if act == "list":
        if words:
            raise UsageError(f"runs list takes no {words[0]!r}.")
        return None
    if len(words) < 3:
        raise UsageError("Say which run and its kind: glideslope runs set SESSION N KIND.")
    return kind_option(" ".join(words[2:]))


def _named_run(store: HistoryStore, session: str, n: int) -> ListedRun:
    """The run that is meant.

    Raises:
        UsageError: there is none, or the session is not the only one.
    """
    if session == LATEST_SESSION and (newest := store.run_page().runs):
        session = newest[0].run.session
    sessions = store.sessions_named(session)
    if not sessions:
        raise UsageError(f"No run is of a session {session!r}; glideslope runs lists them.")
    if len(sessions) > 1:
        raise UsageError(f"{len(sessions)} sessions begin with {session!r}; write more of the id.")
    found = store.session_runs(*sessions[0])
    run = next((each for each in found if each.n == n), None)
    if run is None:
        raise UsageError(f"Session {session} has {len(found)} runs, and no run {n}.")
    return run


def _correct(store: HistoryStore, run: ListedRun, kind: TaskKind, counting: CountingRules) -> str:
    """File a run as a kind; returns what that did, as a sentence."""
    filing = stored_filing(store, run.path, run.run, counting)
    if filing is None:
        store.correct(correction_of(run_key(run.run), kind))
        return correction_sentence(kind, "", can_teach=False)
    store.correct(filing.corrected(kind))
    return correction_sentence(kind, filing.verb)
