"""The events of a session: everything that happens, each as a frozen value.

The log of these is the only truth; transcript, API history, ledger, checklist and wire
value are folds over it (`tui.session.event_fold`). The union is tagged by `kind`, and every
stored row carries the version of this schema:

- A row of an older version is brought up to ours (`tui.session.upcasting`), then decoded.
- A row of our version or an older one that does not fit its class is damaged. It counts as
  lost, and the program tells the user (`tui.session.salvage`).
- A row of a newer version that does not fit is kept as `Unknown`, byte for byte. A session
  with such rows can be read but not continued (`store_schema.FileFacts.newer`).

`VERSION` rises with the first change after a release: a kind, a field, a value of an
enumeration, a type or a meaning. Older programs then stop writing the log instead of taking
what is new for damage. Between two releases it rises once. A new field has a default; any
other change of shape needs an upcaster.
"""

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Literal

import msgspec

from tui.budget.hard_limits import HardLimitName
from tui.budget.ledger import Usage
from tui.budget.monthly_budget import BudgetUnit
from tui.budget.wire_budget import Scope, WireBudget
from tui.session.checklist import SubtaskUpdate
from tui.session.filed_plan import AgreedQuote, FiledPlan
from tui.session.wrapup import WrapUp

VERSION = 4
"""Schema version stamped on every row; an older program only reads a log with newer rows."""

JSON = dict[str, Any]
"""A JSON object of the API, kept verbatim: key order, unknown keys and nulls included."""

TurnEndReason = Literal[
    "completed",  # the model yielded by itself, with nothing left to do as far as it says
    "landed",  # the budget made it stop: there is a wrap-up report
    "wrapped_up",  # work is left by the report, but the budget did not make it stop (version 2)
    "declined",  # stopped at once with words of declining: the budget was too small
    "hard_limit",  # a hard limit of ours stopped it
    "no_progress",  # it repeated itself, and nobody wanted it to go on (version 3)
    "interrupted",  # the user did
    "refused",  # the API's own refusal
    "error",  # the API refused the request or was out of reach
    "denied",  # headless: a permission was needed and there was nobody to give it
    "paused",  # at a reached limit, by the user or because nobody answered
    "stopped",  # at a reached limit, by the user: ended there, without a landing
    "crashed",  # written on resume for a turn that was open when the program died
]
ToolOutcome = Literal["done", "error", "denied", "interrupted", "not_run"]
PermissionScope = Literal["once", "session", "team", "project", "no"]
"""This call · while the session lasts · the same for all of a team · in this project · not at all.
For an agent its session is its own."""
Mode = Literal["ask", "edits", "plan", "auto"]
"""Permission modes: ask first · edits in the folder go ahead · read only · all in it goes ahead."""


AgentEnd = Literal["done", "landed", "limit", "out_of_turns", "failed", "stopped", "crashed"]
"""How an agent's work ended: by itself · on its budget · at another hard limit, or without
progress · after its requests or minutes · the API refused or was out of reach · somebody stopped
it · the program died in it."""

LimitAnswer = Literal["finish", "extend", "pause", "stop"]
"""At a reached limit: land with a report · add tokens and go on · save and put down · end now."""


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """What all events share: nothing but their tag. The row has number and time."""


class FileChange(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One file a tool changed."""

    path: str
    """Relative to the project folder where it is inside it, else absolute."""
    added: int = 0
    """Lines."""
    removed: int = 0
    """Lines."""
    diff: str = ""
    """Unified diff, with line feeds only; may be cut. Secrets in it are blacked out."""
    created: bool = False
    before: str = ""
    """Digest of what the file held; empty of a new file, and in logs of older programs."""
    after: str = ""
    """Digest of what it holds now; empty of a file that is gone, and in logs of older programs."""
    newline: str = ""
    """What ends its lines on disk, where that is no line feed."""

    @property
    def removes_file(self) -> bool:
        """Whether the file is gone after it."""
        return bool(self.before) and not self.after


class SessionStarted(Event, frozen=True, kw_only=True, tag="session_started"):
    """The first event of every session."""

    session: str
    """Id, sortable by time."""
    folder: str
    """Absolute path of the project folder."""
    program: str
    """Version of the program that wrote it."""
    model: str
    effort: str | None = None
    """None where the model has no effort levels."""
    mode: Mode = "ask"
    parent: tuple[str, int] | None = None
    """Session id and event number this one was forked from."""
    agent_of: tuple[str, str] | None = None
    """Of an agent's own log: id of the session that it works for, and its name there."""
    branch: str = ""
    """The git branch of the project; empty where none is checked out."""
    copy_of: str = ""
    """The project folder that `folder` is a throw-away copy of; empty where it is none."""


class MemorySent(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A memory file that is part of the preamble."""

    path: str
    """Relative to the project folder where it is inside it, else absolute."""
    characters: int
    """Of its block in the context."""


class PreambleSet(Event, frozen=True, kw_only=True, tag="preamble_set"):
    """What the model reads before the conversation: logged once, reused on every resume."""

    system: tuple[JSON, ...]
    """System blocks, as sent."""
    tools: tuple[JSON, ...]
    """Tool definitions, as sent."""
    context: str = ""
    """Folder, date, branch and memory files: goes in front of the first prompt."""
    memory: tuple[MemorySent, ...] = ()
    """The memory files in it, in order; older programs did not note them."""
    remarks: tuple[str, ...] = ()
    """Memory files that were left out or cut: one sentence each, for the user."""


class PromptSubmitted(Event, frozen=True, kw_only=True, tag="prompt_submitted"):
    """The user's message that opens a turn."""

    turn: int
    """From 1, within the session."""
    text: str
    """What the user typed, pastes expanded: shown and searched."""
    content: tuple[JSON, ...]
    """The content blocks as sent."""
    estimate: int = 0
    """Estimated tokens of `content`."""


class NoteSent(Event, frozen=True, kw_only=True, tag="note_sent"):
    """Text put beside the next results or prompt: steering, reminder, countdown note."""

    text: str
    reason: Literal["steering", "landing", "countdown", "interrupted", "mode", "shell", "reminder"]
    estimate: int = 0
    """Estimated tokens."""


class PromptQueued(Event, frozen=True, kw_only=True, tag="prompt_queued"):
    """The user sent something that cannot be taken yet: it waits for the next request."""

    text: str
    """What the user typed, pastes expanded."""


class PromptTakenBack(Event, frozen=True, kw_only=True, tag="prompt_taken_back"):
    """The user took back what waited: it is a draft again."""

    text: str
    """As it was queued."""


class RequestStarted(Event, frozen=True, kw_only=True, tag="request_started"):
    """One call of the Messages API begins."""

    request: int
    """From 1, within the session."""
    turn: int
    model: str
    effort: str | None
    max_tokens: int
    budget: WireBudget | None
    """The task budget on the wire; None where none was sent."""
    messages: int
    """How many messages it carries."""
    top_effort: str | None = None
    """The effort in the parameters; it may differ from `effort` where a system message in
    the conversation changed it since."""
    subtask: str | None = None
    """The subtask charged with it."""
    agent: str = "main"
    purpose: Literal["turn", "compaction", "landing"] = "turn"
    shape: str = ""
    """Digest of what else of it decides which cached prefix it finds: all but its messages."""
    follows: str | None = None
    """Id of the message whose request the API is to compare it with; None: with none."""
    question: int = 0
    """With `compaction`: estimated tokens of the question after the conversation; 0 without."""
    shortened: bool = False
    """With `compaction`: whether it carries a shortened copy of the conversation."""


class RequestFinished(Event, frozen=True, kw_only=True, tag="request_finished"):
    """The response arrived whole."""

    request: int
    message: str
    """The API's message id: ledger entries are keyed by it, once."""
    model: str
    blocks: tuple[JSON, ...]
    """Content blocks verbatim."""
    usage: Usage
    raw_usage: JSON
    """The usage object as it came."""
    stop_reason: str | None
    stop_details: JSON | None = None
    request_id: str | None = None
    """The API's request id (header)."""
    dollars: Decimal | None = None
    """Price at the rates below; None when the model's price is unknown."""
    rates: JSON | None = None
    """The rates applied, in dollars per million tokens, with the date of the table."""
    limits: dict[str, str] = {}
    """Rate-limit headers, verbatim."""
    transformed: bool = False
    """True when the API dropped or changed input blocks, so sizes do not compare."""
    diagnostics: JSON | None = None
    """Why the prompt cache was missed, verbatim; None where the API found nothing to tell."""
    seconds: float = 0.0


class RequestFailed(Event, frozen=True, kw_only=True, tag="request_failed"):
    """The response did not arrive whole: a fault, an interrupt, or a crash found on resume."""

    request: int
    reason: Literal["fault", "interrupted", "crashed"]
    error: str = ""
    """The kind of fault, as `tui.claude.request_errors` names it."""
    sentence: str = ""
    """For people: what was wrong and what to do."""
    partial: tuple[JSON, ...] = ()
    """Blocks received before it broke. Kept for the record, never sent back as if whole."""
    output: int = 0
    """Output tokens the stream had reported, or an estimate of what was received."""
    usage: Usage | None = None
    """Input figures of the stream's start, when it got that far: they are billed."""
    dollars: Decimal | None = None
    rates: JSON | None = None
    """The rates applied, as in `RequestFinished`."""
    message: str | None = None
    needed: int | None = None
    """Where the request was too long: its tokens, if the server says so."""
    window: int | None = None
    """Where the request was too long: tokens the window holds, if the server says so."""


class RequestPaced(Event, frozen=True, kw_only=True, tag="request_paced"):
    """A request waited for a rate limit of the account, before it was sent or after a refusal, or
    because the user had paused its agent.
    """

    request: int
    seconds: float
    """Up to this event; they are no working time."""


class CacheEmptied(Event, frozen=True, kw_only=True, tag="cache_emptied"):
    """The server was restarted since the last request, so its prompt cache is empty.

    The embedded simulator keeps its cache in memory and lives as long as the program.
    """


class CacheMissed(Event, frozen=True, kw_only=True, tag="cache_missed"):
    """A request read less from the prompt cache than the one before had left there.

    Written again for the same request when the API gives its reason later.
    """

    request: int
    tokens: int
    """Tokens that were not read."""
    dollars: Decimal | None = None
    """What that cost more; None when the model's price is unknown."""
    reason: str = ""
    """The API's word (`messages_changed` …), or `same`, `pending`, `unasked`."""


class ToolStarted(Event, frozen=True, kw_only=True, tag="tool_started"):
    """A tool is about to act. It acts only after this is committed."""

    request: int
    tool_use: str
    """Id of the `tool_use` block."""
    name: str
    input: JSON
    subject: str = ""
    """What it acts on, in a few words for one line: a path, a command, a pattern."""


class ToolFinished(Event, frozen=True, kw_only=True, tag="tool_finished"):
    """A tool call is answered. Also written for calls that were never run."""

    request: int
    tool_use: str
    name: str
    content: str | tuple[JSON, ...]
    """The result as sent, already cut and normalised."""
    outcome: ToolOutcome
    estimate: int = 0
    """Estimated tokens of `content`; settled by the next response."""
    changes: tuple[FileChange, ...] = ()
    summary: str = ""
    """A few words for one line: `214 lines`, `exit 1`, `3 matches`."""
    seconds: float = 0.0

    @property
    def is_error(self) -> bool:
        """Whether the result is sent with `is_error`."""
        return self.outcome != "done"


CutReason = Literal["budget", "window"]
"""What something had to be cut to: the budget above its reserve, or the context window."""
CUT_WORDS: dict[CutReason, str] = {
    "budget": "cut to fit the budget",
    "window": "cut to fit the context window",
}
"""The same in words, for the model and for people."""


class PartCut(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Something that waited to be sent, cut to size."""

    key: str
    """Its ledger key: of a result the id of its call."""
    content: str
    """What is sent in its place."""
    estimate: int
    """Estimated tokens of `content`."""
    reason: CutReason = "window"


class ResultsCut(Event, frozen=True, kw_only=True, tag="results_cut"):
    """What waited to be sent did not fit, and was cut before it was first sent.

    The whole results stay in the log, in their `ToolFinished`.
    """

    cuts: tuple[PartCut, ...]


class PermissionAsked(Event, frozen=True, kw_only=True, tag="permission_asked"):
    """The program asks the user whether a tool may act."""

    tool_use: str
    name: str
    subject: str
    reason: str
    """Why the program asks: `writes a file`, `runs a command`, `outside the project folder`."""
    preview: str = ""
    """Unified diff or command, for people."""
    rule: str = ""
    """What an answer of `session`, `team` or `project` would allow, as rules."""
    allows: str = ""
    """The same in words, where the rules do not say it all by themselves."""
    agent: str = ""
    """The agent that asks; empty for the session's own model."""
    below: tuple[str, ...] = ()
    """Where an agent of that agent asks: the names that lead from it down to that one."""

    @property
    def asker(self) -> str:
        """Who asks, parents first: `chief-1 ▸ explore-1`; empty for the session's own model."""
        return " ▸ ".join((self.agent, *self.below)) if self.agent else ""


class PermissionAnswered(Event, frozen=True, kw_only=True, tag="permission_answered"):
    """The answer. With `no`, the reason goes to the model."""

    tool_use: str
    answer: PermissionScope
    reason: str = ""
    rules: tuple[str, ...] = ()
    """What the answer allows from now on; empty for `once` and `no`."""
    source: str = ""
    """The other process that gave it, in words; empty where it was given in this one."""


class ChecklistChanged(Event, frozen=True, kw_only=True, tag="checklist_changed"):
    """Subtasks were added or changed; merges, never replaces."""

    updates: tuple[SubtaskUpdate, ...]


class PlanFiled(Event, frozen=True, kw_only=True, tag="plan_filed"):
    """A plan was filed in mode `plan`, or changed; it waits for the user's answer."""

    turn: int
    plan: FiledPlan
    by: Literal["model", "user"] = "model"


class QuoteAgreed(Event, frozen=True, kw_only=True, tag="quote_agreed"):
    """The user agreed to the price of the plan; budget, checklist and mode follow as events."""

    quote: AgreedQuote


class BudgetGranted(Event, frozen=True, kw_only=True, tag="budget_granted"):
    """A new grant, or none. What is already charged stays charged."""

    total: int | None
    """Tokens; None means no budget."""
    scope: Scope = "session"
    source: str = ""
    """Who set it: a settings layer, the command line, a command."""
    dollars: Decimal | None = None
    """The limit in dollars that it was computed from; None where tokens were given."""
    purpose: Literal["work", "plan", "restored"] = "work"
    """`plan`: for prompts in mode `plan` alone; `restored`: the one before that again."""


class BudgetExtended(Event, frozen=True, kw_only=True, tag="budget_extended"):
    """The grant grows in place."""

    by: int
    """Tokens."""


class LimitSet(Event, frozen=True, kw_only=True, tag="limit_set"):
    """A hard limit of this session from here on, laid over what the settings say."""

    limit: HardLimitName
    value: Decimal | None
    """Tokens over the budget, dollars, requests or minutes; None: what the settings say again."""
    source: str = ""
    """Who set it: the command line, a command, an extension."""
    budget: Scope | None = None
    """With `dollars`: the scope of the token budget that is computed from it once, as soon as a
    price is measured; None where no budget follows."""


class MonthlyBudgetRaised(Event, frozen=True, kw_only=True, tag="monthly_budget_raised"):
    """The user lets this session go on beyond a monthly budget."""

    budget: str
    """The key of the budget, its amount included."""
    month: str
    """The month in which that holds, such as `2026-12`."""
    limit: Decimal
    """The amount that holds in this session, in the budget's unit."""


class LimitReached(Event, frozen=True, kw_only=True, tag="limit_reached"):
    """A limit is reached at a request boundary, and somebody must say how to go on."""

    limit: Literal["budget", "progress", "monthly"] | HardLimitName
    """`budget`: left is down to the reserve; `progress`: the turn repeats itself, `extend` lets
    it go on; `monthly`: a monthly budget is used up; the others are hard limits."""
    sentence: str
    """Which limit, and how far."""
    extend_by: int = 0
    """Tokens an extension would add, as suggested; 0 where no extension is possible."""
    extend_most: int | None = None
    """Most tokens an extension may add; None where nobody caps it."""
    raise_to: Decimal | None = None
    """What an extension would raise a hard limit to that is not counted in tokens, or a monthly
    budget for this session."""
    raise_unit: BudgetUnit | None = None
    """What `raise_to` counts, of a monthly budget; None of others."""
    unsent: bool = False
    """Whether the prompt of the turn waits: finishing does not send it. Of monthly budgets."""
    cap: str = ""
    """Who caps an extension, as a sentence; empty where nobody does."""


class LimitAnswered(Event, frozen=True, kw_only=True, tag="limit_answered"):
    """How it goes on. No answer means `pause`, never more."""

    answer: LimitAnswer
    by: int = 0
    """Tokens added, with `extend`."""
    silent: bool = False
    """True when nobody answered in time."""
    source: str = ""
    """The other process that gave it, in words; empty where it was given in this one."""


class StageCrossed(Event, frozen=True, kw_only=True, tag="stage_crossed"):
    """The budget entered a later stage; announced once each."""

    stage: str
    charged: int
    grant: int


class Rewritten(Event, frozen=True, kw_only=True, tag="rewritten"):
    """Something left the conversation: from here on `messages` are the whole of it."""

    reason: Literal["compaction", "rewind", "model", "invalid_signature", "pictures"]
    """With `invalid_signature` all thinking leaves the conversation, and nothing else. With
    `pictures`, which the server refused, words are put in the place of every picture. With
    `model` so do the messages that told the old model its effort, and everything is counted
    again."""
    messages: tuple[JSON, ...] = ()
    """The conversation from here on, as sent."""
    keep: int = 0
    """How many leading messages of the old conversation are kept before `messages`."""
    before: int = 0
    """Context tokens before."""
    after: int = 0
    """Context tokens after, estimated until the next response."""
    summary_message: str = ""
    """Message id of the response that wrote the summary now first in `messages`."""
    summary_tokens: int = 0
    """Tokens of the summary, which the server counts from here on: charged once, with its
    response; where the program wrote it itself, they are charged to nobody."""
    model: str = ""
    """With `model`: the one that reads the conversation from here on."""
    weights: dict[str, int] = {}
    """With `model`: tokens of what is visible and charged, by ledger key, as that model counts."""
    measured: int = 0
    """With `model`: context tokens up to the last answer, as the server counts them for that model
    and with the task budget; what follows is still to be measured. 0 where nobody counted."""
    keeps_texts: bool = False
    """With `compaction`: whether prompt and notes that wait to be sent wait on, behind the
    summary; results that wait never do, because their calls have left."""


class WrappedUp(Event, frozen=True, kw_only=True, tag="wrapped_up"):
    """A wrap-up report was filed."""

    turn: int
    report: WrapUp
    by: Literal["model", "client"] = "model"


class EffortChanged(Event, frozen=True, kw_only=True, tag="effort_changed"):
    """The effort of the next requests."""

    effort: str


class EffortTold(Event, frozen=True, kw_only=True, tag="effort_told"):
    """A system message in the conversation changes the effort: the cache stays warm."""

    effort: str


class WindowLearned(Event, frozen=True, kw_only=True, tag="window_learned"):
    """The program asked the server for the window of a model that the catalogue does not know."""

    model: str
    context: int | None = None
    """Tokens; None where the server does not say, and a usual window is assumed."""
    max_output: int | None = None
    """Tokens of one answer; None where the server does not say."""


class ModelChanged(Event, frozen=True, kw_only=True, tag="model_changed"):
    """The model of the next requests."""

    model: str
    effort: str | None = None


class ModeChanged(Event, frozen=True, kw_only=True, tag="mode_changed"):
    """The permission mode from here on."""

    mode: Mode


class SessionNamed(Event, frozen=True, kw_only=True, tag="session_named"):
    """The user's name for the session, or one made from the first prompt."""

    name: str


class SessionTagged(Event, frozen=True, kw_only=True, tag="session_tagged"):
    """The tag under which monthly budgets count the session from here on."""

    name: str
    """Empty: none."""


class ShellRan(Event, frozen=True, kw_only=True, tag="shell_ran"):
    """The user ran a command with `!`; the model reads it with the next prompt."""

    command: str
    output: str
    """As the model reads it, already cut and normalised."""
    outcome: Literal["done", "error"] = "done"
    summary: str = ""
    """A few words: `exit 1`."""


class FilesRestored(Event, frozen=True, kw_only=True, tag="files_restored"):
    """The user went back to before a prompt, and took back what had changed in files since."""

    turn: int
    """Number of that prompt."""
    changes: tuple[FileChange, ...]
    """What going back changed. A file that is gone has no digest after it."""


class TurnEnded(Event, frozen=True, kw_only=True, tag="turn_ended"):
    """The turn is over and the user has the word."""

    turn: int
    reason: TurnEndReason
    sentence: str = ""
    """For people: why, when it is not simply done."""
    over: int = 0
    """Tokens that were used beyond the grant."""
    budget: int | None = None
    """Tokens that should do where the model stopped for its budget, as far as can be told."""
    unsent: bool = False
    """Whether the prompt was never answered because it is too long, and left the conversation."""


WorkDecision = Literal["applied", "merged", "kept", "discarded"]
"""The files that fit are in the project folder · all are, with conflicts marked · nothing is, and
the branch stays · the branch is gone."""


class AgentWork(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What an agent changed in a worktree of its own."""

    branch: str
    base: str
    """Id of the commit it began at."""
    commit: str
    """Id of the commit with its work."""
    files: tuple[str, ...] = ()
    """Relative to the top of the repository."""
    conflicts: tuple[str, ...] = ()
    """Those that did not fit the project folder when it ended."""


class PoolSet(Event, frozen=True, kw_only=True, tag="pool_set"):
    """The pool of tokens that agents draw from, beside the session's own budget."""

    total: int
    """Tokens, from here on: what was drawn before stays drawn."""
    source: str = ""
    """Who set it: a settings layer, the command line, a command."""


class AgentSpawned(Event, frozen=True, kw_only=True, tag="agent_spawned"):
    """An agent begins: from here on its reservation is held."""

    agent: str
    """Its name in this session: `explore-1`."""
    log: str
    """Name of the file of its own log, beside this one."""
    agent_kind: str
    """`explore`, `review`, or one of the user's own."""
    task: str
    """What it is told to do."""
    model: str
    effort: str | None = None
    reserved: int
    """Tokens of the pool: its budget."""
    holds: int | None = None
    """Tokens of the pool that are held for it at first, where agents share the pool without slices:
    its report. None where its whole budget is held."""
    told: Literal["api", "notes"] = "api"
    """Who tells it what is left."""
    tool_use: str = ""
    """The call that asked for it."""
    dollars: Decimal | None = None
    """Its limit in dollars, a part of the session's; None without one."""


class AgentSettled(Event, frozen=True, kw_only=True, tag="agent_settled"):
    """What an agent used so far: a counter, of which the highest number wins."""

    agent: str
    number: int
    """Number of the last event of its log that is in the figures."""
    charged: int
    """Tokens."""
    holds: int = 0
    """Tokens held for it beyond them, where agents share the pool without slices: its report, and
    its next request while that runs."""
    waits: bool = False
    """Whether it waits until enough of the pool is free for its next request."""
    unsettled: int = 0
    """The part of `charged` that is an estimate."""
    dollars: Decimal | None = None
    """At list price; None when nothing was priced."""
    requests: int = 0
    below: int = 0
    """Agents that worked for it, those of them included."""
    doing: str = ""
    """Its last act in one line. Foreign text."""


class AgentAsked(Event, frozen=True, kw_only=True, tag="agent_asked"):
    """An agent is down to its reserve and asks for more of the pool."""

    agent: str
    by: int
    """Tokens."""
    why: str = ""


class AgentExtended(Event, frozen=True, kw_only=True, tag="agent_extended"):
    """An agent gets more of the pool; from here on it is held."""

    agent: str
    by: int
    """Tokens."""
    by_whom: Literal["user", "lead"] = "user"


class AgentPaused(Event, frozen=True, kw_only=True, tag="agent_paused"):
    """The user paused an agent, or let it go on: in between none of its requests begins.

    One that its broken-off turn left held goes on with `paused=False` as well.
    """

    agent: str
    paused: bool


class AgentFinished(Event, frozen=True, kw_only=True, tag="agent_finished"):
    """An agent's work is over: what it did not use of its reservation is free again."""

    agent: str
    number: int
    """Number of the last event of its log."""
    end: AgentEnd
    charged: int
    """Tokens."""
    unsettled: int = 0
    """The part of `charged` that is an estimate."""
    dollars: Decimal | None = None
    """At list price; None when nothing was priced."""
    requests: int = 0
    below: int = 0
    """Agents that worked for it, those of them included."""
    partial: bool = False
    """Whether its task is not done: any end but `done`, or work that its own report leaves."""
    report: str = ""
    """What is handed to the model that asked for it, cut at its source. Foreign text."""
    files: tuple[str, ...] = ()
    """Files it changed, relative to the project folder where they are inside it."""
    sentence: str = ""
    """Why it ended, when it is not simply done."""
    work: AgentWork | None = None
    """What it changed in a worktree of its own; None where it worked in the project folder."""
    changes: tuple[FileChange, ...] = ()
    """What it changed in the project folder, where no call of its session tells it."""


class AgentWorkDecided(Event, frozen=True, kw_only=True, tag="agent_work_decided"):
    """What became of the work that an agent did in a worktree of its own."""

    agent: str
    decision: WorkDecision
    changes: tuple[FileChange, ...] = ()
    """What it changed in the project folder."""


class NoticeShown(Event, frozen=True, kw_only=True, tag="notice_shown"):
    """Something the user should know, kept in the transcript; nothing went wrong."""

    sentence: str
    once: str = ""
    """Its topic, if a session shows it only once; else empty."""
    warning: str = ""
    """The setting below `warnings` that turns such notices off; empty where there is none."""


class WarningDismissed(Event, frozen=True, kw_only=True, tag="warning_dismissed"):
    """The user put a warning away; it is shown no more."""

    topic: str


class ErrorShown(Event, frozen=True, kw_only=True, tag="error_shown"):
    """Something went wrong beside a request: one sentence, kept in the transcript."""

    sentence: str
    damage: bool = False
    """Whether it tells that a part of this session is lost; the next prompt accepts that."""


class EventsLost(Event, frozen=True, kw_only=True, tag="events_lost"):
    """Replaces each event that a damaged file had lost when it was salvaged."""

    first: int
    """Number of the first event of the hole."""
    last: int
    """Number of its last event."""


class Unknown(Event, frozen=True, kw_only=True, tag="unknown"):
    """An event of a newer version that ours cannot decode; written back unchanged."""

    raw: msgspec.Raw
    version: int
    """What its row says; above ours."""


AnyEvent: Any = reduce(or_, (kind for kind in Event.__subclasses__() if kind is not Unknown))
"""Every kind this version knows: all the classes above but `Unknown`."""


class Record(msgspec.Struct, frozen=True):
    """One committed row of the log."""

    seq: int
    """From 1, without gaps."""
    at: float
    """Seconds since the Unix epoch."""
    event: Event


_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """JSON of an event; an unknown one gives back the bytes it was read from."""
    if isinstance(event, Unknown):
        return bytes(event.raw)
    return msgspec.json.encode(event)


def decode(body: bytes | str) -> Event:
    """The event in a body of our version.

    Raises:
        msgspec.ValidationError: the kind is not known, or the body does not fit it.
        msgspec.DecodeError: `body` is not JSON at all.
    """
    return _decoder.decode(body)
