"""What a measured run used that nobody waited for to its end: its own log tells."""

import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from tui.budget.wire_budget import CountingRules
from tui.measuring.measurement import BegunRun, StoppedRun
from tui.session.fork import full_log
from tui.session.session_lock import lock_holder
from tui.session.session_paths import SUFFIX, folder_key, is_agent_log, sessions_folder
from tui.session.session_summary import summarise_log
from tui.session.store import SessionStore
from tui.session.store_errors import StoreError

PATIENCE = 30.0
"""Seconds for a run that ends at this moment to write the rest of its log."""


def read_stopped(
    run: BegunRun, data: Path, counting: CountingRules, patience: float = PATIENCE
) -> StoppedRun:
    """What a run used up to where it was stopped.

    Args:
        run: The run.
        data: The user's data folder.
        counting: What the server counts against a budget.
        patience: Seconds to wait for a run that still ends.
    """
    key = folder_key(run.folder)
    spend, dollars = 0, Decimal(0)
    for log in sorted((sessions_folder(data) / key).glob(f"*{SUFFIX}")):
        if is_agent_log(log.name):
            continue  # the session that the agent works for counts it
        _await_end(log, patience)
        with suppress(StoreError), SessionStore.open(log, read_only=True) as store:
            summary, _, _ = summarise_log((key, log.stem), full_log(store), counting)
            spend += summary.charged
            dollars += summary.dollars or Decimal(0)
    return StoppedRun(prompt=run.prompt, n=run.n, folder=run.folder, spend=spend, dollars=dollars)


def _await_end(log: Path, patience: float) -> None:
    """Wait until no process works in a session any more."""
    until = time.monotonic() + patience
    with suppress(OSError):
        while lock_holder(log) is not None and time.monotonic() < until:
            time.sleep(0.1)
