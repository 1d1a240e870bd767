"""The state of a session: what its log tells, as values.

`tui.session.event_fold` computes it from the events; nothing else changes it.
"""

from decimal import Decimal
from typing import NamedTuple

from tui.budget.billing import Bill
from tui.budget.envelope import Envelope
from tui.budget.hard_limits import HardLimits
from tui.budget.ledger import Ledger
from tui.budget.request_growth import RequestCosts
from tui.budget.wire_budget import CountingRules, Scope, WireBudget
from tui.session import events as ev
from tui.session.attribution import Attribution
from tui.session.budget_account import BudgetAccount
from tui.session.changed_files import ChangedFileCounter
from tui.session.checklist import Subtask
from tui.session.compaction_history import CompactionHistory
from tui.session.conversation import Conversation
from tui.session.landing_figures import LandingFigures
from tui.session.ledger_keys import prompt_key
from tui.session.plan_progress import PlanOutlook, PlanProgress
from tui.session.plan_quotes import PlanQuotes, QuoteBill
from tui.session.prompt_cache import PromptCacheState
from tui.session.rewind_points import RewindPoints
from tui.session.spend_history import SpendHistory
from tui.session.team_account import TeamAccount
from tui.session.window_limits import WindowLimits
from tui.session.work_clock import WorkClock
from tui.session.wrapup import WrapUp


class BudgetBeforePlan(NamedTuple):
    """The budget that a budget for the plan alone took the place of."""

    total: int | None
    """Tokens granted, extensions included; None where there was none."""
    scope: Scope
    source: str


class SessionState:
    """Everything a session is, as far as its log tells."""

    def __init__(self, counting: CountingRules = CountingRules()) -> None:
        """Args: counting: how the server counts, from the catalogue."""
        self.counting = counting
        self.seq = 0
        """Number of the last event applied."""
        self.at = 0.0
        """When it came, in seconds since the Unix epoch."""
        self.session = ""
        self.folder = ""
        self.branch = ""
        """The git branch that was checked out when it began."""
        self.copy_of = ""
        """The project folder that `folder` is a throw-away copy of."""
        self.name = ""
        self.tag = ""
        """The tag under which monthly budgets count it; empty without one."""
        self.parent: tuple[str, int] | None = None
        self.agent_of: tuple[str, str] | None = None
        """Session and name of the agent, in the log of an agent."""
        self.created = 0.0
        self.model = ""
        self.effort: str | None = None
        self.announced_effort: str | None = None
        """The effort the model works at: of the last request, system messages included."""
        self.top_effort: str | None = None
        """The effort in the parameters of the last request; None before the first."""
        self.mode: ev.Mode = "ask"
        self.told_mode: ev.Mode | None = None
        """The permission mode that a note told the model last; None while none did."""
        self.budget_before_plan: BudgetBeforePlan | None = None
        """While a budget for the plan alone is in force: what it took the place of."""
        self.preamble: ev.PreambleSet | None = None
        self.conversation = Conversation()
        self.budget_account = BudgetAccount(counting, self.conversation)
        self.bill = Bill()
        self.request_costs = RequestCosts()
        """What requests of the conversation cost, and what of it went on history read again."""
        self.spend_history = SpendHistory()
        """What this session itself spent, and when."""
        self.raised_monthly_budgets: dict[tuple[str, str], Decimal] = {}
        """What holds in this session of monthly budgets, by the budget's key and the month."""
        self.checklist: dict[str, Subtask] = {}
        self.attribution = Attribution()
        """Which subtask each charge belongs to."""
        self.progress = PlanProgress()
        self.plan_quotes = PlanQuotes()
        """The plan that waits for an answer, and the quote that was agreed."""
        self.hard_limits = HardLimits()
        """The hard limits set in this session; they are laid over those of the settings."""
        self.pending_dollar_limit: ev.LimitSet | None = None
        """A limit in dollars from which a token budget still has to be computed."""
        self.stage: str = ""
        """The last stage announced for the envelope."""
        self.turn = 0
        self.turn_open = False
        self.work_clock = WorkClock()
        """Seconds inside turns, up to the last event."""
        self.budget_source = ""
        """Who gave the budget that holds, or took it away; empty while there was none."""
        self.windows: dict[str, ev.WindowLearned] = {}
        """What servers told of the windows of models, by id of the model."""
        self.request = 0
        self.requests: list[ev.RequestStarted] = []
        self.charge_history: list[tuple[float, int]] = []
        """(Working seconds, charged tokens) after each response of the session."""
        self.open_request: ev.RequestStarted | None = None
        self.prompts: list[str] = []
        self.queued_prompts: dict[str, int] = {}
        """What the user sent and no request has carried, oldest first, with the turn it was for."""
        self.rules: list[str] = []
        """Permission rules granted for the session."""
        self.running_tools: dict[str, ev.ToolStarted] = {}
        """Tools started and not finished: after a crash they may have run."""
        self.open_questions: dict[str, ev.PermissionAsked] = {}
        """Permission questions without an answer."""
        self.open_limit: ev.LimitReached | None = None
        """A reached limit that nobody has answered yet."""
        self.last_limit: ev.LimitReached | None = None
        """The limit that the turn reached last."""
        self.commands: list[str] = []
        """Commands of the turn and how they ended, the last few."""
        self.sent_model = ""
        """The model that last read the conversation; empty before the first request."""
        self.touched_files: dict[str, tuple[int, int]] = {}
        """Lines (added, removed) by file touched, change by change."""
        self.changed_lines = ChangedFileCounter()
        """What these changes come to in the end."""
        self.changed_files = False
        """Whether a tool changed a file in the current turn."""
        self.wrap_ups: list[ev.WrappedUp] = []
        self.landings: dict[int, LandingFigures] = {}
        """How far the work was when a turn with a report ended, by turn."""
        self.last_end: ev.TurnEnded | None = None
        self.team = TeamAccount()
        """The pool and the agents that draw from it."""
        self.rate_limit_headers: dict[str, str] = {}
        self.context = 0
        """Context tokens after the last response, its output included."""
        self.context_estimated = False
        self.preamble_tokens = 0
        """Estimated tokens of system text and tools."""
        self.window_limits = WindowLimits()
        """Context windows of models, as learnt from refused requests."""
        self.compaction_history = CompactionHistory()
        """When the conversation was shortened last."""
        self.notices_shown: set[str] = set()
        """Topics of the notices that a session shows only once, and has shown."""
        self.open_warnings: dict[str, str] = {}
        """Names of the warnings that the user has not put away, by topic; the newest is last."""
        self.prompt_cache = PromptCacheState()
        """The prompt cache, computed from the log."""
        self.rewind_points = RewindPoints()
        """The places a rewind can go back to."""
        self.partial_text = ""
        """What an interrupted answer had said: quoted to the model with the next prompt."""
        self.lost_events = 0
        """Events that a damaged file had lost."""
        self.damage = ""
        """The sentence about the loss, until a prompt accepts it; else empty."""
        self.after_gap = False
        """Whether events were lost since the last answer, so that what follows may not fit it."""
        self.context_sent = False
        """Whether the conversation already has the context of the preamble."""

    @property
    def ledger(self) -> Ledger:
        """All that was charged, over the whole log."""
        return self.budget_account.ledger

    @property
    def envelope(self) -> Envelope | None:
        """The budget in force; None without one."""
        return self.budget_account.envelope

    @property
    def grant(self) -> int | None:
        """`T`; None without a budget."""
        return self.envelope.grant if self.envelope else None

    @property
    def charged(self) -> int:
        """`C` of the envelope; of the whole session where there is none."""
        return self.budget_account.charged

    @property
    def left(self) -> int | None:
        """`L = T - C`; None without a budget."""
        return None if self.envelope is None else self.envelope.grant - self.charged

    @property
    def unsettled(self) -> int:
        """The part of `charged` that is an estimate: of this prompt where the budget is for it."""
        if self.envelope is not None and self.envelope.scope == "turn":
            return self.ledger.unsettled_by_turn.get(self.turn, 0)
        return self.ledger.unsettled

    @property
    def unmeasured(self) -> int:
        """Estimated tokens of what waits to be sent, or was sent and is not answered yet."""
        return self.budget_account.settlement.unmeasured

    @property
    def context_used(self) -> int:
        """Tokens of the context window in use: as measured last, and what waits, estimated."""
        before = self.context or (self.preamble_tokens if self.unmeasured else 0)
        return before + self.unmeasured

    @property
    def pending_prompt_charge(self) -> int:
        """Charged tokens of the turn's prompt while it waits: beside results it is charged."""
        key = prompt_key(self.turn)
        entry = self.ledger.entries.get(key)
        waits = key in self.conversation.pending.keys
        return entry.tokens if entry is not None and entry.charged and waits else 0

    @property
    def dropped_tokens(self) -> int:
        """Charged tokens that left the conversation unseen and are not yet told to the model."""
        return self.budget_account.dropped_tokens

    @property
    def plan(self) -> dict[str, Subtask]:
        """The subtasks of the plan at work: those that prompts before it finished are left out."""
        return self.progress.plan(self.checklist)

    @property
    def plan_outlook(self) -> PlanOutlook:
        """How far the plan at work is, and what the rest of it takes."""
        return self.progress.outlook(
            self.checklist, self.ledger, self.attribution.done_together_with
        )

    @property
    def quote_bill(self) -> QuoteBill | None:
        """The agreed quote beside what its items took; None without one."""
        done_with = self.attribution.done_together_with
        return self.plan_quotes.bill(self.checklist, self.ledger, self.bill, done_with)

    @property
    def last_wrap_up(self) -> WrapUp | None:
        """The newest wrap-up report of the current turn."""
        last = self.wrap_ups[-1] if self.wrap_ups else None
        return last.report if last and last.turn == self.turn else None

    def done_together_with(self, subtask: str) -> str | None:
        """The subtask that one was done with and that has its tokens; None where it has its own."""
        leads = self.attribution.done_together_with.get(subtask)
        return None if self.ledger.by_subtask.get(subtask) else leads

    def active_seconds_until(self, now: float) -> float:
        """Seconds spent in turns, the open one included; a question to the user stops the clock."""
        works = self.turn_open and not self.awaits_user
        return self.work_clock.seconds + (max(0.0, now - self.at) if works else 0.0)

    @property
    def awaits_user(self) -> bool:
        """Whether a permission or a reached limit waits for an answer."""
        return bool(self.open_questions) or self.open_limit is not None

    def counted_tokens(self) -> int:
        """`N`: charged tokens the server will count in a request made now."""
        return self.budget_account.counted_tokens()

    def wire_budget(self, *, by_server: bool = False, asked: bool = False) -> WireBudget | None:
        """The task budget of a request made now; None without a grant.

        Tokens that left the conversation unseen stay out of it until the next turn, so that
        the object is byte-identical within a turn and the prompt cache holds.

        Args:
            by_server: whether the server may shorten the conversation in this request.
            asked: whether the request ends with a question of the program that the
                conversation does not keep.
        """
        return self.budget_account.wire_budget(by_server=by_server, asked=asked)

    def prompt_at(self, index: int) -> int:
        """Number of the prompt that a message of the conversation opens with; 0 for none."""
        keys = self.conversation.messages[index].keys
        return next((turn for turn in range(1, self.turn + 1) if prompt_key(turn) in keys), 0)

    def prompts_sent(self) -> list[tuple[int, str]]:
        """The prompts in the conversation: (index of their message, text), in order.

        It leaves out prompts that a summary replaced or a rewind removed, and a prompt beside
        results: without its message the calls before would have no answer.
        """
        texts = {prompt_key(turn): text for turn, text in enumerate(self.prompts, 1)}
        found = []
        for at, message in enumerate(self.conversation.messages):
            said = [texts[key] for key in message.keys if key in texts]
            if said and not message.has_results:
                found.append((at, "\n".join(said)))
        return found
