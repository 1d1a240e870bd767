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
from tui.history.task_run import FINISHED, HourCounts, TaskRun
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.filed_plan import AgreedQuote
from tui.session.state import SessionState

SOURCE = "glideslope"
CONTINUE_WORDS = frozenset({"continue", "go on", "carry on", "keep going", "resume", "weiter"})
"""Prompts that continue the run before."""
CONTINUE_BEGINNING = "continue with what is left"
"""How the program's own prompt to continue begins, in lower case."""


@dataclass(slots=True)
class _RunEstimate:
    """What the items of a plan or checklist were estimated to take, when they were first named."""

    charged_before: int
    items: dict[str, int]
    factor: float = 1.0
    """What the work takes at the agreed effort, in that of the estimates."""
    is_agreed: bool = False


@dataclass(slots=True)
class _OpenRun:
    prompt: str
    started: float
    charged_before: int
    model: str = ""
    effort: str = ""
    tags: dict[str, None] = field(default_factory=dict)
    """Those that were in force while it ran, in their order."""
    end: str = "open"
    ended: float = 0.0
    spend: int = 0
    budget: int | None = None
    requests: int = 0
    tools: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    usage: HourCounts = field(default_factory=HourCounts)
    plan: "_RunEstimate | None" = None
    """The estimates it was carried out by."""
    estimated: float = 0.0
    estimate_spend: int = 0
    plan_done: bool = False


def own_runs(
    records: Iterable[ev.Record],
    counting: CountingRules,
    verbs: Mapping[str, TaskKind] | None = None,
) -> list[TaskRun]:
    """The runs of one session, without those of the session it was forked from.

    Args:
        records: The whole log, with the records of its parents first.
        counting: What the server counts against a budget.
        verbs: Head verbs that the user's corrections taught.
    """
    fold = _folded(records, counting)
    return [_task_run(run, fold.state, verbs or {}) for run in fold.runs if run.requests]


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
        if isinstance(event, ev.QuoteAgreed):
            self._begin_agreed(event.quote, record.at)
        run = self._run
        if run is None:
            return
        match event:
            case ev.RequestStarted():
                run.effort = event.effort or ""
                run.tags |= {self.state.tag: None} if self.state.tag else {}
            case ev.RequestFinished():
                self._count_request(run, event, record.at)
                if run.end not in ("open", "agreed"):  # `/compact` after it: a part of its price
                    run.spend = self.state.budget_account.ledger.charged - run.charged_before
            case ev.ToolStarted():
                run.tools[event.name] = run.tools.get(event.name, 0) + 1
            case ev.ToolFinished():
                changed = (change.path for change in event.changes)
                run.files += [path for path in changed if path not in run.files]
            case ev.ChecklistChanged():
                self._note_estimates(run, event)
            case ev.TurnEnded():
                run.end = "planned" if self._only_planned(event) else event.reason
                self._measure(run, record.at)

    def close_session(self) -> None:
        """Measure a run that is still open."""
        if self._run is not None and self._run.end == "open":
            self._measure(self._run, self.state.at)

    def _start(self, prompt: str, at: float) -> None:
        if self._run is not None and self._run.end == "open":
            self._measure(self._run, at)
        run = self._run
        goes_on = run is not None and run.end != FINISHED and continues(prompt)
        if run is not None and (goes_on or run.end == "agreed"):
            run.end = "open"
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
        self._measure_plan(run)

    def _only_planned(self, event: ev.TurnEnded) -> bool:
        """Whether a turn ended with a plan that waits for an answer."""
        waiting = self.state.plan_quotes.waiting
        filed = waiting is not None and waiting.turn == event.turn
        return filed and event.reason == FINISHED

    def _begin_agreed(self, quote: AgreedQuote, at: float) -> None:
        """The user agreed to a plan: its work belongs to the run that filed it, if it can."""
        filed, run = self.state.plan_quotes.filed, self._run
        if run is None or run.end != "planned":
            prompts = self.state.prompts
            turn = filed.turn if filed else 0
            prompt = prompts[turn - 1] if 0 < turn <= len(prompts) else ""
            run = self._run = _OpenRun(prompt, at, self.state.budget_account.ledger.charged)
            self.runs.append(run)
        run.end = "agreed"
        items = {item.id: item.estimate for item in quote.items}
        factor = quote.estimated / (sum(items.values()) or 1)
        charged = self.state.budget_account.ledger.charged
        run.plan = _RunEstimate(charged, items, factor, is_agreed=True)

    def _note_estimates(self, run: _OpenRun, event: ev.ChecklistChanged) -> None:
        """A checklist that nobody agreed to beforehand has estimates, too: the first ones count."""
        if run.plan is not None and run.plan.is_agreed:
            return
        told = {each.id: each.estimate for each in event.updates if each.estimate}
        if run.plan is None and told:
            run.plan = _RunEstimate(self.state.budget_account.ledger.charged, {})
        if run.plan is not None:
            run.plan.items |= {id: n for id, n in told.items() if id not in run.plan.items}

    def _measure_plan(self, run: _OpenRun) -> None:
        plan, tasks = run.plan, self.state.checklist
        unknown = any(task.estimate is None for task in self.state.plan.values())
        if plan is None or (unknown and not plan.is_agreed):
            run.estimated = 0.0
            return
        kept = [id for id in plan.items if id not in tasks or tasks[id].state != "skipped"]
        run.estimated = plan.factor * sum(plan.items[id] for id in kept)
        run.estimate_spend = self.state.budget_account.ledger.charged - plan.charged_before
        run.plan_done = all(id in tasks and not tasks[id].is_open for id in kept)

    def _count_request(self, run: _OpenRun, event: ev.RequestFinished, at: float) -> None:
        run.requests += 1
        run.model = event.model
        run.usage.add(at, event.model, event.usage)


def continues(prompt: str) -> bool:
    """Whether a prompt only says that the work before shall go on."""
    words = prompt.strip().lower().rstrip(".!")
    return words in CONTINUE_WORDS or words.startswith(CONTINUE_BEGINNING)


def _task_run(run: _OpenRun, state: SessionState, verbs: Mapping[str, TaskKind]) -> TaskRun:
    return TaskRun(
        source=SOURCE,
        session=state.session,
        is_agent=state.agent_of is not None,
        started=run.started,
        ended=run.ended,
        kind=guess_after(run.prompt, run.files, verbs).kind,
        model=run.model,
        end="planned" if run.end == "agreed" else run.end,  # type: ignore[arg-type]  # the reasons of turns, or "open"
        spend=run.spend,
        project=state.copy_of or state.folder,
        branch=state.branch,
        effort=run.effort,
        budget=run.budget,
        requests=run.requests,
        tools=run.tools,
        usage=run.usage.usage(),
        estimated=run.estimated,
        estimate_spend=run.estimate_spend,
        plan_done=run.plan_done,
        tags=tuple(run.tags),
    )
