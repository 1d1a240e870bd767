"""The view of a request: one request with everything on it that a job needs to see.

All of it is derived from the messages; nothing is remembered from call to call.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.file_knowledge import (
    FileKnowledge,
    did_not_run,
    known_files,
    was_interrupted,
    was_refused,
)
from tui.simulator.scripted_model.intent import Intent, fixes_in, parse_intent, says_to_land
from tui.simulator.scripted_model.message_history import (
    CallEntry,
    HistoryEntry,
    NoteEntry,
    PromptEntry,
    SummaryEntry,
    history_entries,
)
from tui.simulator.scripted_model.model_input import ModelInput
from tui.simulator.scripted_model.reading_costs import ReadingCosts, reading_costs
from tui.simulator.scripted_model.scripted_plan import (
    Plan,
    agreed_tasks,
    plan_in_history,
    reserve,
)
from tui.simulator.scripted_model.steering import SteeringWishes, steering
from tui.simulator.scripted_model.toolbox import Toolbox, decode_call

_LEFT = re.compile(
    r"(\d[\d,._]*)\s*(k)?\s*(?:of \d[\d,._]*k?\s*)?tokens? (?:left|remain)", re.IGNORECASE
)
_TO_FINISH = re.compile(
    r"(?:≈|about|estimated|~)\s*[\d.,]+\s*[kM]?\s*tokens?\s+to\s+finish", re.IGNORECASE
)
_NO_CHANGES = re.compile(
    r"read[- ]only|plan mode|no (more )?edits|do(n't| not) (edit|change|touch)", re.IGNORECASE
)
_AGREED_GOAL = re.compile(r"\W*go ahead with the agreed plan: (.+?)\. Its items", re.IGNORECASE)
_PLANNING = re.compile(r"\W*plan mode:", re.IGNORECASE)
_JOB = re.compile(r"^Job: (.+)$", re.MULTILINE)
_ASKED = re.compile(r"^Asked last: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WorkEffort:
    """How thoroughly to work."""

    level: str
    depth: int
    """How much is thought, from 0 to 4."""
    batch: int
    """Files read at once."""
    together: int
    """Files changed in one reply."""
    factor: float
    """What a subtask costs, as a multiple of the cost at medium."""
    checks: bool
    """Whether a check is run at the end."""
    rereads: int
    """How many changed files are read again at the end."""


_LEVELS = {
    "low": WorkEffort("low", 0, 8, 4, 0.85, checks=False, rereads=0),
    "medium": WorkEffort("medium", 1, 8, 2, 1.0, checks=True, rereads=2),
    "high": WorkEffort("high", 2, 6, 1, 1.2, checks=True, rereads=4),
    "xhigh": WorkEffort("xhigh", 3, 5, 1, 1.35, checks=True, rereads=6),
    "max": WorkEffort("max", 4, 4, 1, 1.5, checks=True, rereads=8),
}


@dataclass(frozen=True)
class RequestView:
    """A request, spread out."""

    situation: ModelInput
    row: tuple[HistoryEntry, ...]
    """The whole conversation."""
    start: int
    """Index of the entry where the job begins."""
    turn_start: int
    """Index of the last prompt in `row`."""
    intent: Intent
    """The job."""
    prompt: str
    """The last prompt."""
    resumed: bool
    """Whether the last prompt only asks to go on."""
    in_progress: bool = False
    """Whether a summary replaced the beginning of the turn."""

    @cached_property
    def tools(self) -> Toolbox:
        """The client's tools."""
        return Toolbox.of(self.situation.tools)

    @cached_property
    def effort(self) -> WorkEffort:
        """How thoroughly to work."""
        return _LEVELS.get(self.situation.effort, _LEVELS["medium"])

    @cached_property
    def job(self) -> tuple[HistoryEntry, ...]:
        """The conversation since the job began."""
        return self.row[self.start :]

    @cached_property
    def turn(self) -> tuple[HistoryEntry, ...]:
        """The conversation since the last prompt."""
        return self.row[self.turn_start :]

    @cached_property
    def calls(self) -> tuple[tuple[actions.ToolAction, CallEntry], ...]:
        """What was done in this job, with the answers.

        Calls that never ran are left out, and looks and commands that were broken off: they are
        made again.
        """
        return self.calls_since(self.start)

    @cached_property
    def turn_calls(self) -> tuple[tuple[actions.ToolAction, CallEntry], ...]:
        """The same since the last prompt."""
        return self.calls_since(self.turn_start)

    @cached_property
    def _done(self) -> tuple[tuple[int, actions.ToolAction, CallEntry], ...]:
        """What was done in the conversation: place in the history, action, call.

        Decoding the calls takes most of the time of an answer, so it is done once in each.
        """
        return tuple(_done(self.row))

    def calls_since(self, start: int) -> tuple[tuple[actions.ToolAction, CallEntry], ...]:
        """What was done from an entry of the conversation on, with the answers."""
        return tuple((act, call) for place, act, call in self._done if place >= start)

    @property
    def begins(self) -> bool:
        """Whether nothing was done in this turn yet, but for its checklist and a report."""
        done = any(
            not isinstance(act, actions.ChecklistAction | actions.WrapUpAction)
            for act, _ in self.turn_calls
        )
        return not done and not self.in_progress

    @cached_property
    def known_files(self) -> dict[str, FileKnowledge]:
        """What is known of each file."""
        return known_files(self.calls)

    @cached_property
    def reading_costs(self) -> ReadingCosts:
        """What reading files takes."""
        return reading_costs(self.calls, self.situation.count)

    @cached_property
    def plan(self) -> Plan:
        """The subtasks as last filed."""
        acts = [act for act, call in self.calls if not call.failed]
        return plan_in_history(self.job, acts)

    @cached_property
    def full_plan(self) -> Plan:
        """All subtasks of the conversation, whatever job they belong to."""
        acts = [act for act, call in self.calls_since(0) if not call.failed]
        return plan_in_history(self.row, acts)

    @cached_property
    def steering(self) -> SteeringWishes:
        """What the user said while the job went on."""
        return steering(entry.text for entry in self.job if isinstance(entry, NoteEntry))

    @cached_property
    def fresh_note(self) -> SteeringWishes:
        """The same, of what came with the last message only."""
        texts = []
        for entry in reversed(self.row):
            if not isinstance(entry, NoteEntry):
                break
            texts.append(entry.text)
        return steering(reversed(texts))

    @cached_property
    def planning(self) -> bool:
        """Whether the client wants a plan filed, and nothing changed or run."""
        told = (e.text for e in self.turn if isinstance(e, NoteEntry))
        return any(_PLANNING.match(text) for text in told) and self.tools.can("file_plan")

    @cached_property
    def agreed(self) -> bool:
        """Whether the user agreed to a plan: then nothing beside it is taken up."""
        return any(isinstance(e, PromptEntry) and agreed_tasks(e.text) for e in self.job)

    @cached_property
    def left(self) -> int | None:
        """The countdown: the server's, or what a client's note says.

        None while a plan is made: its budget is not that of the work.
        """
        if self.planning:
            return None
        if self.situation.left is not None:
            return self.situation.left
        for entry in reversed(self.turn):
            if isinstance(entry, NoteEntry) and (found := _LEFT.search(entry.text)):
                number = float(re.sub(r"[,_]", "", found[1].rstrip(".,")))
                return int(number * 1000) if found[2] else int(number)
        return None

    @property
    def reserve(self) -> int:
        """Tokens kept back for the report."""
        total = self.situation.total
        return reserve(total if total is not None else self.left)

    @property
    def room(self) -> int | None:
        """Tokens to work with: what is left above the reserve and a closing report."""
        if self.left is None:
            return None
        return self.left - self.reserve - int(900 * self.effort.factor)

    @property
    def plannable(self) -> int | None:
        """Tokens that a plan may take: the room less a margin, as estimates are rough."""
        return None if self.room is None else self.room * 85 // 100

    @cached_property
    def told_to_finish(self) -> str:
        """What the client itself says the rest takes, in its own words; empty if it says nothing.

        A client that keeps account of the work answers the report with it. The user's screen
        shows this figure, so the model names no other.
        """
        for act, call in reversed(self.turn_calls):
            if isinstance(act, actions.WrapUpAction) and (
                found := _TO_FINISH.search(call.result or "")
            ):
                return " ".join(found[0].split())
        return ""

    @cached_property
    def told_to_land(self) -> bool:
        """Whether the client or the user said, in this turn, to wrap up now."""
        notes = any(isinstance(e, NoteEntry) and says_to_land(e.text) for e in self.turn)
        unrun = any(
            isinstance(e, CallEntry)
            and e.result
            and re.match(r"\W*not run: landing", e.result, re.I)
            for e in self.turn
        )
        asked = parse_intent(self.prompt).wraps_up
        return asked or notes or unrun or self.steering_of_turn.stop

    @cached_property
    def steering_of_turn(self) -> SteeringWishes:
        """What the user said since the last prompt."""
        return steering(entry.text for entry in self.turn if isinstance(entry, NoteEntry))

    @cached_property
    def hands_off(self) -> str:
        """Why no more changes are proposed; empty while they are."""
        if not (self.tools.can("edit") or self.tools.can("write")):
            return "there is no tool here that edits files"
        refused: set[str] = set()
        for act, call in self.turn_calls:
            if isinstance(act, actions.EditAction | actions.WriteAction):
                refused = refused | {act.path} if was_refused(call) else set()
                text = call.result or ""
                if was_refused(call) and _NO_CHANGES.search(text):
                    return f"changes are not wanted ({' '.join(text.split())[:120]})"
        return "changes to three files in a row were declined" if len(refused) >= 3 else ""


def view_request(situation: ModelInput) -> RequestView:
    """The view of a request."""
    # Clients with these two tools mark every note they put beside results.
    marked = Toolbox.of(situation.tools).can("checklist", "wrap_up")
    row = history_entries(situation.messages, marked=marked)
    last = _last(row, PromptEntry)
    text = next((e.text for e in row[last : last + 1] if isinstance(e, PromptEntry)), "")
    summed = _last(row, SummaryEntry)
    midway = not text and summed >= 0
    if midway:
        # History was replaced while the turn went on: the summary knows what was asked.
        last, text = summed, _asked(row[summed])
    intent = parse_intent(text)
    resumed = intent.kind == "continue"
    start = last
    if resumed or (midway and not text):
        start, intent = _job_to_resume(row, last + midway, intent)
    return RequestView(situation, row, start, max(0, last), intent, text, resumed, midway)


def _last(row: tuple[HistoryEntry, ...], kind: type[HistoryEntry]) -> int:
    return max((at for at, entry in enumerate(row) if isinstance(entry, kind)), default=-1)


def _asked(entry: HistoryEntry) -> str:
    found = _ASKED.search(entry.text) if isinstance(entry, SummaryEntry) else None
    return found[1] if found else ""


def _job_to_resume(row: tuple[HistoryEntry, ...], last: int, asked: Intent) -> tuple[int, Intent]:
    """The last prompt or summary that was work, and what it asked for."""
    for at in range(last - 1, -1, -1):
        entry = row[at]
        if isinstance(entry, PromptEntry):
            intent = parse_intent(entry.text)
            if intent.is_work:
                return at, intent
        elif isinstance(entry, SummaryEntry):
            return at, _summed_up(entry.text)
    handed = _AGREED_GOAL.match(asked.text)
    goal = parse_intent(handed[1]) if handed else asked
    return last, goal if goal.is_work else asked


def _summed_up(text: str) -> Intent:
    """The job a summary speaks of; one that is not ours is searched for what it names."""
    found = _JOB.search(text)
    intent = parse_intent(found[1] if found else text[:2000])
    if intent.kind in ("summary", "continue"):
        fixes = fixes_in(text)
        return Intent("fix" if fixes else "talk", text, fixes)
    return intent


def _done(
    row: tuple[HistoryEntry, ...],
) -> Iterator[tuple[int, actions.ToolAction, CallEntry]]:
    for place, entry in enumerate(row):
        if isinstance(entry, CallEntry) and not did_not_run(entry):
            act = decode_call(entry.name, entry.input)
            lost = was_interrupted(entry) and not isinstance(
                act, actions.EditAction | actions.WriteAction
            )
            if act is not None and not lost:
                yield place, act, entry
