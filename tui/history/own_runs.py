"""The task runs of own sessions: a fold over their logs.

A prompt that continues work that was cut (the program's own words for it, or "continue") belongs
to the run before: an extended run tells more than any estimate. A run's budget is what it could
have spent: its spend and what was left of the envelope at its end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tui.budget.task_kind_rules import guess_after
from tui.budget.task_kinds import TaskKind
from tui.budget.wire_budget import CountingRules
from tui.history.run_filing import RunFiling, filing_of
from tui.history.task_run import FINISHED, HourUsage, TaskRun
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState

SOURCE = "glideslope"
CONTINUE_WORDS = frozenset({"continue", "go on", "carry on", "keep going", "resume", "weiter"})
"""Prompts that continue the run before."""
CONTINUE_BEGINNING = "continue with what is left"
"""How the program's own prompt to continue begins, in lower case."""
_HOUR = 3600


@dataclass(slots=True)
class _OpenRun:
    prompt: str
    started: float
    charged_before: int
    model: str = ""
    effort: str = ""
    end: str = "open"
    ended: float = 0.0
    spend: int = 0
    budget: int | None = None
    requests: int = 0
    tools: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    usage: dict[tuple[int, str], list[int]] = field(default_factory=dict)


def own_runs(
    records: Iterable[ev.Record],
    counting: CountingRules,
    verbs: Mapping[str, TaskKind] | None = None,
    branch: str = "",
) -> list[TaskRun]:
    """The runs of one session, without those of the session it was forked from.

    Args:
        records: The whole log, with the records of its parents first.
        counting: What the server counts against a budget.
        verbs: Head verbs that the user's corrections taught.
        branch: The git branch, where it is known.
    """
    fold = _folded(records, counting)
    return [_task_run(run, fold.state, verbs or {}, branch) for run in fold.runs if run.requests]


def own_filings(
    records: Iterable[ev.Record], counting: CountingRules, verbs: Mapping[str, TaskKind]
) -> list[RunFiling]:
    """How each run of one session is filed by the rules, without those that are still open.

    Args:
        records: The whole log, with the records of its parents first.
        counting: What the server counts against a budget.
        verbs: Head verbs that the user's corrections taught.
    """
    fold = _folded(records, counting)
    return [
        filing_of((SOURCE, fold.state.session, run.started), run.prompt, run.files, verbs)
        for run in fold.runs
        if run.requests and run.end != "open"
    ]


def _folded(records: Iterable[ev.Record], counting: CountingRules) -> "_RunFold":
    fold = _RunFold(counting)
    for record in records:
        fold.apply(record)
    fold.close_session()
    return fold


class _RunFold:
    """Takes the records of a session in order."""

    def __init__(self, counting: CountingRules) -> None:
        self.state = SessionState(counting)
        self.runs: list[_OpenRun] = []
        self._run: _OpenRun | None = None

    def apply(self, record: ev.Record) -> None:
        """Take one record."""
        event = record.event
        if isinstance(event, ev.SessionStarted):
            self.runs, self._run = [], None  # what came before are the parent's
        if isinstance(event, ev.PromptSubmitted):
            self._start(event.text, record.at)
        apply_record(self.state, record)
        run = self._run
        if run is None:
            return
        match event:
            case ev.RequestStarted():
                run.effort = event.effort or ""
            case ev.RequestFinished():
                self._count_request(run, event, record.at)
            case ev.ToolStarted():
                run.tools[event.name] = run.tools.get(event.name, 0) + 1
            case ev.ToolFinished():
                changed = (change.path for change in event.changes)
                run.files += [path for path in changed if path not in run.files]
            case ev.TurnEnded():
                run.end = event.reason
                self._measure(run, record.at)

    def close_session(self) -> None:
        """Measure a run that is still open."""
        if self._run is not None and self._run.end == "open":
            self._measure(self._run, self.state.at)

    def _start(self, prompt: str, at: float) -> None:
        if self._run is not None and self._run.end == "open":
            self._measure(self._run, at)
        if self._run is not None and self._run.end != FINISHED and continues(prompt):
            self._run.end = "open"
            return
        self._run = _OpenRun(prompt, at, self.state.budget_account.ledger.charged)
        self.runs.append(self._run)

    def _measure(self, run: _OpenRun, at: float) -> None:
        account = self.state.budget_account
        run.ended = at
        run.spend = account.ledger.charged - run.charged_before
        envelope = account.envelope
        left = None if envelope is None else max(0, envelope.grant - account.charged)
        run.budget = None if left is None else run.spend + left

    def _count_request(self, run: _OpenRun, event: ev.RequestFinished, at: float) -> None:
        run.requests += 1
        run.model = event.model
        usage = event.usage
        counts = run.usage.setdefault((int(at) // _HOUR, event.model), [0] * 6)
        added = (
            1,
            usage.input,
            usage.cache_write_5m,
            usage.cache_write_1h,
            usage.cache_read,
            usage.output,
        )
        for place, tokens in enumerate(added):
            counts[place] += tokens


def continues(prompt: str) -> bool:
    """Whether a prompt only says that the work before shall go on."""
    words = prompt.strip().lower().rstrip(".!")
    return words in CONTINUE_WORDS or words.startswith(CONTINUE_BEGINNING)


def _task_run(
    run: _OpenRun, state: SessionState, verbs: Mapping[str, TaskKind], branch: str
) -> TaskRun:
    usage = tuple(HourUsage(hour, model, *counts) for (hour, model), counts in run.usage.items())
    return TaskRun(
        source=SOURCE,
        session=state.session,
        is_agent=state.agent_of is not None,
        started=run.started,
        ended=run.ended,
        kind=guess_after(run.prompt, run.files, verbs).kind,
        model=run.model,
        end=run.end,  # type: ignore[arg-type]  # the reasons of turns, or "open"
        spend=run.spend,
        project=state.folder,
        branch=branch,
        effort=run.effort,
        budget=run.budget,
        requests=run.requests,
        tools=run.tools,
        usage=usage,
    )
