"""The pilot's desk: one request with everything on it that a job needs to see.

All of it is derived from the messages; nothing is remembered from call to call.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tui.simulator.pilot.acts import Act, Checklist, Edit, WrapUp, Write
from tui.simulator.pilot.effort import Effort, effort
from tui.simulator.pilot.history import Call, Entry, Note, Prompt, Summary, entries
from tui.simulator.pilot.intent import Intent, fixes_in, says_to_land, understand
from tui.simulator.pilot.plan import Plan, planned, reserve
from tui.simulator.pilot.sheets import Sheet, did_not_run, sheets, was_interrupted, was_refused
from tui.simulator.pilot.situation import Situation
from tui.simulator.pilot.steering import Steering, steering
from tui.simulator.pilot.toolbox import Toolbox, decode
from tui.simulator.pilot.weights import Weights, weights

_LEFT = re.compile(
    r"(\d[\d,._]*)\s*(k)?\s*(?:of \d[\d,._]*k?\s*)?tokens? (?:left|remain)", re.IGNORECASE
)
_TO_FINISH = re.compile(
    r"(?:≈|about|estimated|~)\s*[\d.,]+\s*[kM]?\s*tokens?\s+to\s+finish", re.IGNORECASE
)
_NO_CHANGES = re.compile(
    r"read[- ]only|plan mode|no (more )?edits|do(n't| not) (edit|change|touch)", re.IGNORECASE
)
_JOB = re.compile(r"^Job: (.+)$", re.MULTILINE)
_ASKED = re.compile(r"^Asked last: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Desk:
    """A request, spread out."""

    situation: Situation
    row: tuple[Entry, ...]
    """The whole conversation."""
    start: int
    """Where the job in hand begins in it."""
    turn_start: int
    """Where the last prompt stands."""
    intent: Intent
    """What the job in hand is."""
    prompt: str
    """The last prompt."""
    resumed: bool
    """Whether the last prompt only asks to go on."""
    midway: bool = False
    """Whether the turn began before a summary that stands for its beginning."""

    @cached_property
    def tools(self) -> Toolbox:
        """The client's tools."""
        return Toolbox.of(self.situation.tools)

    @cached_property
    def effort(self) -> Effort:
        """How thoroughly to work."""
        return effort(self.situation.effort)

    @cached_property
    def job(self) -> tuple[Entry, ...]:
        """The conversation since the job began."""
        return self.row[self.start :]

    @cached_property
    def turn(self) -> tuple[Entry, ...]:
        """The conversation since the last prompt."""
        return self.row[self.turn_start :]

    @cached_property
    def calls(self) -> tuple[tuple[Act, Call], ...]:
        """What was done in this job, with the answers.

        Calls that never ran are left out, and looks and commands that were broken off: they are
        made again.
        """
        return tuple(_done(self.job))

    @cached_property
    def turn_calls(self) -> tuple[tuple[Act, Call], ...]:
        """The same since the last prompt."""
        return tuple(_done(self.turn))

    @property
    def begins(self) -> bool:
        """Whether nothing was done in this turn yet, but for its checklist and a report."""
        done = any(not isinstance(act, Checklist | WrapUp) for act, _ in self.turn_calls)
        return not done and not self.midway

    @cached_property
    def sheets(self) -> dict[str, Sheet]:
        """What is known of each file."""
        return sheets(call for _, call in self.calls)

    @cached_property
    def weights(self) -> Weights:
        """What reading files takes."""
        return weights(self.calls, self.situation.count)

    @cached_property
    def plan(self) -> Plan:
        """The subtasks as last filed."""
        acts = [act for act, call in self.calls if not call.failed]
        return planned(self.job, acts)

    @cached_property
    def whole_plan(self) -> Plan:
        """All subtasks of the conversation, whatever job they belong to."""
        return planned(self.row, [act for act, call in _done(self.row) if not call.failed])

    @cached_property
    def steering(self) -> Steering:
        """What the user said while the job went on."""
        return steering(entry.text for entry in self.job if isinstance(entry, Note))

    @cached_property
    def fresh_note(self) -> Steering:
        """The same, of what came with the last message only."""
        texts = []
        for entry in reversed(self.row):
            if not isinstance(entry, Note):
                break
            texts.append(entry.text)
        return steering(reversed(texts))

    @cached_property
    def left(self) -> int | None:
        """The countdown: the server's, or what a client's note says."""
        if self.situation.left is not None:
            return self.situation.left
        for entry in reversed(self.turn):
            if isinstance(entry, Note) and (found := _LEFT.search(entry.text)):
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

        A client that keeps account of the work answers the report with it. There is no other
        figure for the rest on the user's screen, so no other is said here.
        """
        for act, call in reversed(self.turn_calls):
            if isinstance(act, WrapUp) and (found := _TO_FINISH.search(call.result or "")):
                return " ".join(found[0].split())
        return ""

    @cached_property
    def told_to_land(self) -> bool:
        """Whether the client or the user said, in this turn, to wrap up now."""
        notes = any(isinstance(e, Note) and says_to_land(e.text) for e in self.turn)
        unrun = any(
            isinstance(e, Call) and e.result and re.match(r"\W*not run: landing", e.result, re.I)
            for e in self.turn
        )
        asked = understand(self.prompt).wraps_up
        return asked or notes or unrun or self.steering_of_turn.stop

    @cached_property
    def steering_of_turn(self) -> Steering:
        """What the user said since the last prompt."""
        return steering(entry.text for entry in self.turn if isinstance(entry, Note))

    @cached_property
    def hands_off(self) -> str:
        """Why no more changes are proposed; empty while they are."""
        if not (self.tools.can("edit") or self.tools.can("write")):
            return "there is no tool here that edits files"
        refused: set[str] = set()
        for act, call in self.turn_calls:
            if isinstance(act, Edit | Write):
                refused = refused | {act.path} if was_refused(call) else set()
                text = call.result or ""
                if was_refused(call) and _NO_CHANGES.search(text):
                    return f"changes are not wanted ({' '.join(text.split())[:120]})"
        return "changes to three files in a row were declined" if len(refused) >= 3 else ""


def open_desk(situation: Situation) -> Desk:
    """The desk for a request."""
    # Clients with these two tools mark every note they put beside results.
    marked = Toolbox.of(situation.tools).can("checklist", "wrap_up")
    row = entries(situation.messages, marked=marked)
    last = _last(row, Prompt)
    text = next((e.text for e in row[last : last + 1] if isinstance(e, Prompt)), "")
    summed = _last(row, Summary)
    midway = not text and summed >= 0
    if midway:
        # History was replaced while the turn went on: the summary knows what was asked.
        last, text = summed, _asked(row[summed])
    intent = understand(text)
    resumed = intent.kind == "continue"
    start = last
    if resumed or (midway and not text):
        start, intent = _job_to_resume(row, last + midway, intent)
    return Desk(situation, row, start, max(0, last), intent, text, resumed, midway)


def _last(row: tuple[Entry, ...], kind: type[Entry]) -> int:
    return max((at for at, entry in enumerate(row) if isinstance(entry, kind)), default=-1)


def _asked(entry: Entry) -> str:
    found = _ASKED.search(entry.text) if isinstance(entry, Summary) else None
    return found[1] if found else ""


def _job_to_resume(row: tuple[Entry, ...], last: int, asked: Intent) -> tuple[int, Intent]:
    """The last prompt or summary that was work, and what it asked for."""
    for at in range(last - 1, -1, -1):
        entry = row[at]
        if isinstance(entry, Prompt):
            intent = understand(entry.text)
            if intent.is_work:
                return at, intent
        elif isinstance(entry, Summary):
            return at, _summed_up(entry.text)
    return last, asked


def _summed_up(text: str) -> Intent:
    """The job a summary speaks of; one that is not ours is searched for what it names."""
    found = _JOB.search(text)
    intent = understand(found[1] if found else text[:2000])
    if intent.kind in ("summary", "continue"):
        fixes = fixes_in(text)
        return Intent("fix" if fixes else "talk", text, fixes)
    return intent


def _done(row: tuple[Entry, ...]) -> Iterator[tuple[Act, Call]]:
    for entry in row:
        if isinstance(entry, Call) and not did_not_run(entry):
            act = decode(entry.name, entry.input)
            lost = was_interrupted(entry) and not isinstance(act, Edit | Write)
            if act is not None and not lost:
                yield act, entry
