"""Which subtask each charge belongs to.

A request is charged to the subtask in progress when it starts. But a model reads ahead: it asks
for the files of eight subtasks in one answer, often in the one that makes the plan. So a tool
call that names a file of exactly one subtask is charged to that one, and so are the tokens that
the model wrote to call it. Planning and reporting belong to no subtask. An entry stays
unassigned if nothing tells its subtask. All this changes only the owner of an entry, never the sum.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from tui.budget.ledger import SubtaskShare
from tui.session import events as ev
from tui.session.call_arguments import call_subject
from tui.session.checklist import Checklist, Subtask
from tui.session.subtask_names import SubtaskNames, path_names, paths_in

CALL_OVERHEAD = 40
"""Characters that a call takes in a message beside its input."""
_BOOKKEEPING = ("checklist", "wrap_up")
"""Tools that work on no file."""


class CallSubject(NamedTuple):
    """One tool call, as far as it tells which subtask it is for."""

    kind: Literal["work", "plan", "report"]
    names: tuple[tuple[str, ...], ...]
    """For every path in its input the names of that file, the most specific first."""
    weight: int
    """Characters of it in the message."""


class ChargeOwner(NamedTuple):
    """Who is charged with an entry."""

    subtask: str | None
    shares: tuple[SubtaskShare, ...] = ()
    """How several share it; empty where one has all of it, or none."""
    overhead: bool = False
    """Whether what belongs to no subtask is overhead of the plan."""


class _Charge(NamedTuple):
    """What is known of an entry, to find its owner again when titles change."""

    current_subtask: str | None
    calls: tuple[CallSubject, ...]
    overhead: bool


class Attribution:
    """The subtask in progress, and the owner of each entry of the ledger."""

    def __init__(self) -> None:
        self.current_subtask: str | None = None
        """The subtask that requests are charged to since the last one started."""
        self.overhead = False
        """Whether some subtask was open when the last request started."""
        self.done_together_with: dict[str, str] = {}
        """Subtask done without having been in progress, by id: the one that was done with it."""
        self.reporting = False
        """Whether the model filed its report and has not worked since."""
        self._names = SubtaskNames()
        self._calls: dict[str, CallSubject] = {}
        """Calls by their id."""
        self._charges: dict[str, _Charge] = {}
        """Entries that tool calls share, by ledger key."""
        self._keys: dict[str, list[str]] = {}
        """Their keys by every name they may be found by."""

    # The fold --------------------------------------------------------------------

    def on_prompt(self) -> None:
        """A prompt comes; nothing is at work before the next request."""
        self.current_subtask, self.overhead, self.reporting = None, False, False

    def on_request(self, started: ev.RequestStarted, checklist: Checklist) -> None:
        """A request starts. One that only reports is charged to no subtask."""
        reports = self.reporting or started.purpose == "landing"
        self.current_subtask = None if reports else started.subtask
        self.overhead = not reports and any(task.is_open for task in checklist.values())

    def on_report(self) -> None:
        """The model filed its report."""
        self.reporting = True

    def on_continuation(self) -> None:
        """There is work again after a report: more budget was given."""
        self.reporting = False

    def on_tool_started(self, tool: str) -> None:
        """A tool starts; one that works on something ends the reporting."""
        self.reporting = self.reporting and tool in _BOOKKEEPING

    def on_response(self, blocks: Iterable[ev.JSON]) -> tuple[CallSubject, ...]:
        """The tool calls of a message, remembered for their results.

        Where one of them files the report, nothing beside the work in it is overhead.
        """
        calls = [block for block in blocks if block.get("type") == "tool_use"]
        found = {str(block.get("id")): _tool_use(block) for block in calls}
        if any(block.get("name") == "wrap_up" for block in calls):
            self.overhead = False
            for block in calls:
                if block.get("name") in _BOOKKEEPING:
                    id = str(block.get("id"))
                    found[id] = found[id]._replace(kind="report")
        self._calls |= found
        return tuple(found.values())

    def on_tool_finished(self, tool_use: str) -> tuple[CallSubject, ...]:
        """The call whose result comes; none where it is not known."""
        call = self._calls.get(tool_use)
        return () if call is None else (call,)

    def owner_of_charge(self, key: str, calls: tuple[CallSubject, ...]) -> ChargeOwner:
        """The owner of a new entry.

        Args:
            key: Of the entry in the ledger.
            calls: The tool calls that share it; none where it is the work of the subtask at work.
        """
        charge = _Charge(self.current_subtask, calls, self.overhead)
        names = [name for call in calls for names in call.names for name in names]
        if names:
            self._charges[key] = charge
            for name in dict.fromkeys(names):
                self._keys.setdefault(name, []).append(key)
        return self._owner(charge)

    def on_checklist_change(
        self, before: Mapping[str, Subtask], after: Mapping[str, Subtask]
    ) -> Iterable[tuple[str, ChargeOwner]]:
        """The checklist changed: the entries that new titles may claim, and their owners now."""
        self._close(before, after)
        changed: set[str] = set()
        for id, task in after.items():
            known = before.get(id)
            if known is None or known.title != task.title:
                changed |= self._names.add(task)
        keys = dict.fromkeys(key for name in changed for key in self._keys.get(name, ()))
        return [(key, self._owner(self._charges[key])) for key in keys]

    def _close(self, before: Mapping[str, Subtask], after: Mapping[str, Subtask]) -> None:
        """Remember with which other one each subtask was done that never was in progress."""
        done = [id for id, task in after.items() if task.state == "done" and _was_open(before, id)]
        leads = self.current_subtask or next((id for id in done if _was_started(before, id)), None)
        leads = leads or next(iter(done), None)
        for id in done:
            if leads is not None and id != leads and not _was_started(before, id):
                self.done_together_with[id] = leads

    # Owners ----------------------------------------------------------------------

    def _owner(self, charge: _Charge) -> ChargeOwner:
        weights: dict[str | None, int] = {}
        for call in charge.calls:
            subtask = self._subtask(call, charge.current_subtask)
            weights[subtask] = weights.get(subtask, 0) + call.weight
        if len(weights) <= 1:
            return ChargeOwner(next(iter(weights), charge.current_subtask), (), charge.overhead)
        shares = tuple(SubtaskShare(subtask, weight) for subtask, weight in weights.items())
        return ChargeOwner(None, shares, charge.overhead)

    def _subtask(self, call: CallSubject, at_work: str | None) -> str | None:
        """The subtask a call is for: the only one it names, else the one at work."""
        if call.kind != "work":
            return None
        named: set[str] = set()
        for names in call.names:
            named |= self._names.matching(list(names))
        return next(iter(named)) if len(named) == 1 else at_work


def _was_open(before: Mapping[str, Subtask], id: str) -> bool:
    task = before.get(id)
    return task is None or task.is_open


def _was_started(before: Mapping[str, Subtask], id: str) -> bool:
    task = before.get(id)
    return task is not None and task.state == "in_progress"


def _tool_use(block: ev.JSON) -> CallSubject:
    given, tool = block.get("input"), block.get("name")
    weight = CALL_OVERHEAD + len(msgspec.json.encode(given))
    if not isinstance(given, dict):
        return CallSubject("work", (), weight)
    if tool == "wrap_up":
        return CallSubject("report", (), weight)
    if tool == "file_plan":
        return CallSubject("plan", (), weight)
    if tool == "checklist":
        return CallSubject("plan" if _plans(given) else "work", (), weight)
    path = call_subject(given, "path")
    paths = [*([path] if path else []), *paths_in(call_subject(given, "command"))]
    return CallSubject("work", tuple(tuple(path_names(path)) for path in paths), weight)


def _plans(given: ev.JSON) -> bool:
    """Whether a call of the checklist adds subtasks, or only says how they get on."""
    updates = given.get("subtasks")
    if not isinstance(updates, list):
        return False
    return any(isinstance(update, dict) and update.get("title") for update in updates)
