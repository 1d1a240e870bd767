"""Finds how a stored run was filed, by reading its log once more: prompts are not stored."""

from contextlib import suppress
from pathlib import Path

from tui.budget.wire_budget import CountingRules
from tui.history.history_store import HistoryStore
from tui.history.kind_corrections import RunKey
from tui.history.log_import import SOURCES, read_again
from tui.history.own_runs import SOURCE, own_filings
from tui.history.run_filing import RunFiling, filing_of
from tui.history.task_run import TaskRun
from tui.session.fork import full_log
from tui.session.store import SessionStore
from tui.session.store_errors import StoreError


def run_key(run: TaskRun) -> RunKey:
    """What a run is known by."""
    return run.source, run.session, run.started


def stored_filing(
    store: HistoryStore, path: str, run: TaskRun, counting: CountingRules
) -> RunFiling | None:
    """How the rules file a run of the store; None where its log cannot be read any more.

    Args:
        store: Has the head verbs that the user's corrections taught.
        path: The file that the run was read from.
        run: The run.
        counting: What the server counts against a budget.
    """
    found: list[RunFiling] = []
    verbs = store.corrections.verbs
    if run.source == SOURCE:
        with suppress(StoreError), SessionStore.open(Path(path), read_only=True) as session:
            found = own_filings(full_log(session), counting, verbs)
    else:
        source = next((each for each in SOURCES if each == run.source), None)
        found = [
            filing_of((each.source, each.session, each.started), each.prompt, each.files, verbs)
            for each in (read_again(source, Path(path)) if source else ())
        ]
    return next((each for each in found if each.run == run_key(run)), None)
