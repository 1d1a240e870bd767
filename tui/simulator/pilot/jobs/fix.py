"""The fix job: find the files, plan, read in batches, edit, check, report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.pilot import landing
from tui.simulator.pilot.acts import Act, Checklist, Edit, Grep, Read, Weigh
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.intent import FIXES
from tui.simulator.pilot.jobs import closing, fixthoughts, fixwords
from tui.simulator.pilot.jobs.survey import Survey, is_test, next_searches, spread, survey
from tui.simulator.pilot.jobs.verdicts import Rules, Verdict, judge
from tui.simulator.pilot.markdown import amount
from tui.simulator.pilot.plan import (
    FAIR_SHARE,
    MOST,
    MOST_UNASKED,
    SENSIBLE,
    Task,
    as_list,
    fitting,
    tasks_for,
    updates,
)
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking
from tui.simulator.pilot.toolbox import weighable

_EDITS = 8
"""Most edits in one reply."""
_FILE, _PLACE = 150, 190
"""Tokens of work at medium effort: on a file, and on each place in it."""
_PIECE = 40
"""Fewest lines that are worth a piece of their own."""


@dataclass(frozen=True)
class FixJob:
    """A fix job, as the facts on the desk have it."""

    desk: Desk

    @cached_property
    def fixes(self) -> tuple[str, ...]:
        """The fixes that are asked for, wishes on the way included."""
        wanted = {*self.desk.intent.fixes, *self.desk.steering.also}
        return tuple(name for name in FIXES if name in wanted) or ("annotate",)

    @cached_property
    def survey(self) -> Survey:
        """The files that are worth a look."""
        return survey(self.desk)

    @cached_property
    def rules(self) -> Rules:
        """What is fixed, and how."""
        return Rules(self.fixes, self.survey.project)

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """What is to be done with each planned file."""
        return {
            task.title: judge(
                task.title, self.desk.sheets.get(task.title), self.rules, self.desk.hands_off
            )
            for task in self.desk.plan.values()
            if closing.step_of(task) is None
        }

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Files that were changed."""
        return tuple(path for path, sheet in self.desk.sheets.items() if sheet.made)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The plan, with the states that the facts give it."""
        tasks = [replace(t, state=self._state(t)) for t in self.desk.plan.values()]
        files = [t for t in tasks if closing.step_of(t) is None]
        if any(t.open for t in files):
            return tuple(tasks)
        return tuple(self._closing_state(t) for t in tasks)

    @cached_property
    def progress(self) -> Progress:
        """How far it is."""
        planned = {task.title for task in self.tasks}
        found = [(p, self.cost(p, n)) for p, n in self.survey.candidates if p not in planned]
        total, at_least = self.survey.total, self.survey.cut
        counted = 0 if total is None else total - len(planned & self._files) - len(found)
        return Progress(
            job=fixwords.phrase(self.fixes),
            tasks=self.tasks,
            filed=self.desk.plan,
            beyond=tuple(tasks_for(found, self.desk.plan)),
            unlisted=max(0, counted),
            at_least=at_least and total is None,
            changed=self.changed,
            checks=tuple(closing.checks(self.desk)),
        )

    @property
    def _files(self) -> set[str]:
        return {task.title for task in self.tasks if closing.step_of(task) is None}

    def cost(self, path: str, places: int) -> int:
        """What a file is expected to take, in tokens: reading it, and work on its places."""
        work = int((_FILE + _PLACE * min(places, 60)) * self.desk.effort.factor)
        return self.desk.weights.reading(path) + work

    def reply(self) -> Reply:
        """The next message."""
        if searches := next_searches(self.desk, self.fixes):
            return self._search(searches)
        if not self.survey.candidates and not self.tasks:
            return Reply((Text(fixwords.nothing(self.desk, self.survey, self.fixes)),))
        if not self.tasks or self._takes_up_more:
            return self._make_plan()
        return self._work()

    # The searches ------------------------------------------------------------------

    def _search(self, searches: Sequence[Act]) -> Reply:
        if not any(isinstance(act, Grep) for act, _ in self.desk.calls):
            words = fixwords.opening(self.desk, self.fixes)
            return self._compose(fixthoughts.first(self.desk, self.fixes), words, searches)
        return self._compose(fixthoughts.further(searches[0]), None, searches)

    # The plan ----------------------------------------------------------------------

    @property
    def _sample(self) -> list[tuple[str, int]]:
        """The files that the next plan is made from, with what each is expected to take."""
        fresh = [(task.title, task.estimate) for task in self.progress.beyond]
        some = [one for one in fresh if one[0] in self.survey.sample]
        return list(spread(some if some and not self.tasks else fresh, MOST))

    def _make_plan(self) -> Reply:
        sample = self._sample
        unknown = [path for path, _ in sample if path not in self.desk.weights.asked]
        unknown = [path for path in unknown if weighable(path)]
        # Without a budget, files that are read at once need no count before.
        matters = self.desk.room is not None or len(sample) > self.desk.effort.batch
        if unknown and matters and self.desk.tools.can_weigh():
            return self._compose(fixthoughts.weigh(self.desk), None, [Weigh(tuple(unknown))])
        if self.desk.room is not None:
            # The smallest come first: of these a budget pays for the most.
            sample = sorted(sample, key=lambda one: (one[1], one[0]))
        offered = tasks_for(sample, self.desk.plan)
        files, extras = self._fitting(offered)
        enough = len(files) >= FAIR_SHARE * len(offered)
        if not files or not (enough or self.desk.resumed):
            need = sum(task.estimate for task in offered) + self.desk.reserve
            why = f"{amount(len(offered), 'file')} to work on need about {need:,} tokens"
            return landing.decline(self.desk, need, why, self.progress)
        return self._file(offered, files, extras)

    def _file(self, offered: Sequence[Task], files: list[Task], extras: list[Task]) -> Reply:
        """File the plan, and read the first files of it."""
        tasks = [*files, *extras]
        again = {task.id for task in tasks}
        known = [t for t in self.tasks if t.id not in again]
        words = fixwords.plan(self.desk, self.survey, self.progress, len(offered), tasks)
        thought = fixthoughts.plan(self.desk, self.survey, offered, tasks)
        reads = self._reads(files)
        first = [replace(files[0], state="in_progress"), *tasks[1:]]
        listed = "" if self.desk.tools.can("checklist") else f"\n\n{as_list(tasks)}"
        heard = f"{answer.text} " if (answer := self._heard()) else ""
        return self._compose(thought, Text(heard + words + listed), reads, [*known, *first])

    def _fitting(self, offered: Sequence[Task]) -> tuple[list[Task], list[Task]]:
        """Files that fit into the room, and the closing steps that fit beside them."""
        tests = any(is_test(path) for path, _ in self.survey.candidates)
        closings = [s.task(self.desk, len(offered)) for s in closing.steps(self.desk, tests)]
        room = self.desk.plannable
        if room is None:
            return self._sensible(offered), closings
        check = [task for task in closings if task.id == "check"]
        files = fitting(offered, room - sum(task.estimate for task in check))
        if not files:
            return fitting(offered, room), []
        room -= sum(task.estimate for task in files)
        order = sorted(closings, key=lambda task: task.id != "check")
        kept = {task.id for task in fitting(order, room)}
        return files, [task for task in closings if task.id in kept]

    def _sensible(self, offered: Sequence[Task]) -> list[Task]:
        """Files that one prompt takes on where no budget says how far to go: at least one."""
        planned = [task for task in self.tasks if task.title in self._files]
        room = SENSIBLE - sum(task.estimate for task in planned)
        some = fitting(offered[: max(0, MOST_UNASKED - len(planned))], room)
        return some or list(offered[: not planned])

    # The work ----------------------------------------------------------------------

    def _work(self) -> Reply:
        waiting = [t for t in self.tasks if t.open and closing.step_of(t) is None]
        ready = [t for t in waiting if self.verdicts[t.title].state == "ready"]
        unread = [t for t in waiting if self.verdicts[t.title].state in ("unread", "partial")]
        # What was read together is finished before more is read.
        if ready and (self._looked(ready[0]) or not unread):
            return self._edit(ready)
        if unread:
            return self._read(unread)
        step = next((t for t in self.tasks if t.open and closing.step_of(t)), None)
        if step is not None:
            return self._close(step)
        short = landing.falls_short(self.progress)
        if short and self.desk.tools.can("wrap_up") and not landing.has_landed(self.desk):
            return landing.land(self.desk, self.progress)
        if (late := updates(self.desk.plan, self.tasks)) and self.desk.tools.can("checklist"):
            return Reply((self.desk.tools.use(late),))
        return Reply(self._report())

    def _looked(self, task: Task) -> bool:
        sheet = self.desk.sheets.get(task.title)
        return sheet is not None and sheet.looked

    def _edit(self, ready: Sequence[Task]) -> Reply:
        taken: list[Task] = []
        edits: list[Act] = []
        for task in ready[: self.desk.effort.together]:
            mine = self.verdicts[task.title].edits[:_EDITS]
            if taken and len(edits) + len(mine) > _EDITS:
                break
            taken.append(task)
            edits += [Edit(task.title, edit.old, edit.new) for edit in mine]
        verdicts = [self.verdicts[task.title] for task in taken]
        thought = fixthoughts.edits(self.desk, verdicts)
        words = fixwords.edits(self.desk, verdicts)
        return self._compose(thought, words, edits, self._with_current(taken[0]))

    def _read(self, unread: Sequence[Task]) -> Reply:
        reads = self._reads(unread)
        if not reads:
            return landing.land(self.desk, self.progress)
        batch = unread[: len(reads)]
        thought = fixthoughts.reads(self.desk, batch, self.tasks)
        return self._compose(thought, self._heard(), reads, self._with_current(batch[0]))

    def _reads(self, unread: Sequence[Task]) -> list[Act]:
        """The next batch: all of it at first, fewer as the countdown falls, none near its end.

        Never more is read at once than half of what is left to work with, and a file that takes
        more than a third of it is read in pieces.
        """
        desk, most = self.desk, self.desk.effort.batch
        if desk.left is None or desk.room is None:
            return [Read(task.title, self._next_line(task)) for task in unread[:most]]
        used = 1 - desk.left / desk.situation.total if desk.situation.total else 0.0
        rest = sum(self._rest(task) for task in self.tasks if task.open)
        if used >= 0.85 and rest > desk.room:
            unread = [t for t in unread if self._next_line(t) > 1]
        most = max(1, most // 2) if used >= 0.7 else most
        reads: list[Act] = []
        room, share = desk.room, desk.room // 2
        for task in unread[:most]:
            reading = desk.weights.reading(task.title, self._next_line(task) - 1)
            room, share = room - self._rest(task), share - reading
            if room < 0 or (reads and share < 0):
                break
            piece = int(desk.room // 3 / desk.weights.per_line)
            limit = piece if reading > desk.room // 3 and piece >= _PIECE else None
            reads.append(Read(task.title, self._next_line(task), limit))
        return reads

    def _next_line(self, task: Task) -> int:
        sheet = self.desk.sheets.get(task.title)
        partial = task.title in self.verdicts and self.verdicts[task.title].state == "partial"
        return (sheet.next_line or 1) if sheet is not None and partial else 1

    def _rest(self, task: Task) -> int:
        """What a subtask still takes, in tokens: of a file that was read no reading."""
        if closing.step_of(task) is not None:
            return task.estimate
        known = len(sheet.rows) if (sheet := self.desk.sheets.get(task.title)) else 0
        places = dict(self.survey.candidates).get(task.title, 3)
        return self.cost(task.title, places) - int(
            min(known, self.desk.weights.lines_of(task.title)) * self.desk.weights.per_line
        )

    def _close(self, task: Task) -> Reply:
        step = closing.step_of(task)
        todo = step.acts(self.desk, self.changed) if step else []
        thought = fixthoughts.close(self.desk, task, self.changed)
        return self._compose(thought, self._heard(), todo, self._with_current(task))

    def _report(self) -> tuple[Block, ...]:
        progress = self.progress
        verdicts = [self.verdicts[t.title] for t in self.tasks if t.title in self.verdicts]
        return fixwords.report(self.desk, progress, verdicts)

    # Parts -------------------------------------------------------------------------

    @property
    def _takes_up_more(self) -> bool:
        """Whether to plan what the plan left out: asked to, or as the budget goes on to pay."""
        if not self._finished or not self.progress.beyond:
            return False
        if self.desk.resumed and self.desk.begins and not self.desk.told_to_land:
            return True
        if landing.has_landed(self.desk) or (self.survey.cut and not self.desk.resumed):
            return False
        left, total = self.desk.left, self.desk.situation.total
        if left is not None and total and left < 0.15 * total:
            # So late nothing new is begun.
            return False
        sample = sorted(self._sample, key=lambda one: (one[1], one[0]))
        files, _ = self._fitting(tasks_for(sample, self.desk.plan))
        return bool(files) and len(files) >= FAIR_SHARE * len(sample)

    @property
    def _finished(self) -> bool:
        return not any(task.open for task in self.tasks)

    def _state(self, task: Task) -> str:
        if not task.open or closing.step_of(task) is not None:
            return task.state
        if not self.desk.steering.takes(task.title):
            return "skipped"
        verdict = self.verdicts[task.title]
        if verdict.state == "settled":
            return "skipped" if verdict.skipped else "done"
        return task.state

    def _closing_state(self, task: Task) -> Task:
        step = closing.step_of(task)
        if step is None or not task.open or step.acts(self.desk, self.changed):
            return task
        return replace(task, state="done" if self.changed else "skipped")

    def _with_current(self, current: Task) -> list[Task]:
        """All subtasks, with this one in progress and no other."""
        rest = [t if t.state != "in_progress" else replace(t, state="pending") for t in self.tasks]
        return [replace(t, state="in_progress") if t.id == current.id else t for t in rest]

    def _heard(self) -> Text | None:
        return fixwords.heard(self.desk)

    def _compose(
        self, thought: str, words: Text | None, todo: Sequence[Act], tasks: Sequence[Task] = ()
    ) -> Reply:
        blocks: list[Block] = [Thinking(thought)] if thought else []
        heard = self._heard()
        blocks += [words] if words else [heard] if heard else []
        checklist: Checklist | None = updates(self.desk.plan, tasks)
        if checklist is not None and self.desk.tools.can("checklist"):
            blocks.append(self.desk.tools.use(checklist))
        return Reply((*blocks, *(self.desk.tools.use(act) for act in todo)))
