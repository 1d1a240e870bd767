"""The runs of the past for an open session: read in a thread, never on the event loop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.budget.task_kind_rules import guess_before
from tui.budget.task_kinds import TaskKind
from tui.claude.work_on_models import matrix_model
from tui.history.billed_totals import BilledTotal
from tui.history.effort_matrix import MatrixModel
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.task_run import TaskRun
from tui.settings.user_folders import user_folders

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat_interface import Chat


@dataclass(frozen=True, slots=True)
class PastRuns:
    """The newest runs of each kind, what all were billed for, and what corrections taught."""

    runs: tuple[TaskRun, ...] = ()
    totals: tuple[BilledTotal, ...] = ()
    verbs: Mapping[str, TaskKind] = field(default_factory=dict)
    """Head verbs of prompts whose kind the user corrected."""


def read_past_runs(session: "OpenSession") -> PastRuns:
    """Read the history, with the own sessions as they are now.

    A run of this session that goes on is left out: it would count as cut at what it has used.

    Raises:
        StoreError: it cannot be read.
    """
    data = user_folders().data
    with HistoryStore(data) as store:
        refresh_own_runs(store, data, session.catalogue.counting, state=user_folders().state)
        here = session.state.session
        runs = (run for run in store.newest_runs() if run.session != here or run.end != "open")
        return PastRuns(tuple(runs), tuple(store.billed_totals()), store.corrections.verbs)


def prompt_at_hand(chat: "Chat", session: "OpenSession") -> str:
    """What is in the composer, else what was asked last; its kind is what advice is for."""
    prompts = session.state.prompts
    return chat.composer.text.strip() or (prompts[-1] if prompts else "")


def guessed_kind(prompt: str, past: PastRuns) -> TaskKind:
    """The kind of a prompt, with what the user's corrections taught."""
    return guess_before(prompt, past.verbs).kind


def matrix_model_in_use(session: "OpenSession") -> MatrixModel:
    """The model of the next request, at the prices of today."""
    day = datetime.fromtimestamp(session.now(), UTC).date()
    return matrix_model(session.catalogue, session.model, day)
