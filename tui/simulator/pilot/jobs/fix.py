"""The fix job: find the files, plan, read in batches, edit, check, report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.pilot import landing
from tui.simulator.pilot.acts import Act, Checklist, Edit, Grep, Read
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.intent import FIXES
from tui.simulator.pilot.jobs import closing, fixthoughts, fixwords
from tui.simulator.pilot.jobs.survey import (
    LIMIT,
    Survey,
    acts,
    is_test,
    last_resort,
    spread,
    survey,
)
from tui.simulator.pilot.jobs.verdicts import Rules, Verdict, judge
from tui.simulator.pilot.plan import FAIR_SHARE, MOST, Task, as_list, fitting, tasks_for, updates
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking

_EDITS = 8
"""Most edits in one reply."""


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
        takes = self.desk.steering.takes
        plan = [t for t in self.desk.plan.values() if not (t.put_off and takes(t.title))]
        tasks = [replace(t, state=self._state(t), put_off=False) for t in plan]
        files = [t for t in tasks if closing.step_of(t) is None]
        if any(t.open for t in files):
            return tuple(tasks)
        return tuple(self._closing_state(t) for t in tasks)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        planned = {task.title for task in self.tasks}
        waiting = {t.title: t.estimate for t in self.desk.plan.values() if t.title not in planned}
        found = {p: self.cost(n) for p, n in self.survey.candidates if p not in planned}
        return Progress(
            job=fixwords.phrase(self.fixes),
            tasks=self.tasks,
            filed=self.desk.plan,
            beyond=tuple(tasks_for((found | waiting).items(), self.desk.plan)),
            changed=self.changed,
            checks=tuple(closing.checks(self.desk)),
        )

    def cost(self, places: int) -> int:
        """What work on a file is expected to cost, in tokens."""
        return int((600 + 210 * min(places, 60)) * self.desk.effort.factor)

    def reply(self) -> Reply:
        """The next message."""
        if not self.survey.done:
            return self._search()
        if not self.survey.candidates and not self.tasks:
            return Reply((Text(fixwords.nothing(self.desk, self.survey, self.fixes)),))
        if not self.tasks or self._takes_up_more:
            return self._make_plan()
        return self._work()

    # The searches ------------------------------------------------------------------

    def _search(self) -> Reply:
        if not any(isinstance(act, Grep) for act, _ in self.desk.calls):
            searches = acts(self.desk, self.fixes)
            words: Text | None = fixwords.opening(self.desk, self.fixes)
            thought = fixthoughts.first(self.desk, self.fixes)
        else:
            searches = [last_resort(self.desk)]
            words = None
            thought = "Nothing matched. I look whether there are Python files at all."
        return self._compose(thought, words, searches)

    # The plan ----------------------------------------------------------------------

    def _make_plan(self) -> Reply:
        fresh = [(task.title, task.estimate) for task in self.progress.beyond]
        sample = tasks_for(spread(tuple(fresh), MOST), self.desk.plan)
        files, extras = self._fitting(sample)
        need = sum(task.estimate for task in sample) + self.desk.reserve
        if len(files) < FAIR_SHARE * len(sample) and not (self.desk.resumed and files):
            why = f"{len(sample)} files to work on need about {need:,} tokens"
            return landing.decline(self.desk, need, why, self.progress)
        tasks = [*files, *extras]
        again = {task.id for task in tasks}
        known = [t for t in self.tasks if t.id not in again]
        words = fixwords.plan(self.desk, self.survey, len(fresh), len(sample), tasks)
        thought = fixthoughts.plan(self.desk, self.survey, sample, tasks)
        first = [replace(files[0], state="in_progress"), *tasks[1:]]
        listed = "" if self.desk.tools.can("checklist") else f"\n\n{as_list(tasks)}"
        reads: list[Act] = [Read(task.title) for task in files[: self.desk.effort.batch]]
        return self._compose(thought, Text(words + listed), reads, [*known, *first])

    def _fitting(self, sample: Sequence[Task]) -> tuple[list[Task], list[Task]]:
        """Files that fit into the room, and the closing steps that fit beside them."""
        tests = any(is_test(path) for path, _ in self.survey.candidates)
        offered = [step.task(self.desk) for step in closing.steps(self.desk, tests)]
        room = self.desk.room
        if room is None:
            return list(sample), offered
        check = [task for task in offered if task.id == "check"]
        files = fitting(sample, room - sum(task.estimate for task in check))
        if not files:
            return fitting(sample, room), []
        room -= sum(task.estimate for task in files)
        order = sorted(offered, key=lambda task: task.id != "check")
        kept = {task.id for task in fitting(order, room)}
        return files, [task for task in offered if task.id in kept]

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
        short = landing.falls_short(self.desk, self.progress)
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
        batch = self._affordable(unread)
        if not batch:
            return landing.land(self.desk, self.progress)
        reads: list[Act] = []
        for task in batch:
            sheet = self.desk.sheets.get(task.title)
            partial = self.verdicts[task.title].state == "partial"
            offset = sheet.next_line if sheet is not None and partial else 1
            reads.append(Read(task.title, offset or 1))
        thought = fixthoughts.reads(self.desk, batch, self.tasks)
        return self._compose(thought, self._heard(), reads, self._with_current(batch[0]))

    def _affordable(self, unread: Sequence[Task]) -> list[Task]:
        """The next batch: all of it at first, fewer as the countdown falls, none near its end."""
        desk = self.desk
        most = desk.effort.batch
        if desk.left is None or desk.room is None:
            return list(unread[:most])
        used = 1 - desk.left / desk.situation.total if desk.situation.total else 0.0
        rest = sum(task.estimate for task in self.tasks if task.open)
        if used >= 0.85 and rest > desk.room:
            begun = [t for t in unread if self.verdicts[t.title].state == "partial"]
            return begun[:1]
        most = max(1, most // 2) if used >= 0.7 else most
        return fitting(unread[:most], desk.room)

    def _close(self, task: Task) -> Reply:
        step = closing.step_of(task)
        todo = step.acts(self.desk, self.changed) if step else []
        thought = fixthoughts.close(self.desk, task, self.changed)
        return self._compose(thought, self._heard(), todo, self._with_current(task))

    def _report(self) -> tuple[Block, ...]:
        progress = self.progress
        verdicts = [self.verdicts[t.title] for t in self.tasks if t.title in self.verdicts]
        return fixwords.report(self.desk, progress, verdicts, self.survey, LIMIT)

    # Parts -------------------------------------------------------------------------

    @property
    def _takes_up_more(self) -> bool:
        """Whether to plan what the plan left out: asked to, or as the budget goes on to pay."""
        if not self._finished or not self.progress.beyond:
            return False
        if self.desk.resumed and self.desk.begins and not self.desk.told_to_land:
            return True
        if landing.has_landed(self.desk):
            return False
        sampled = len(self.survey.candidates) > MOST or self.survey.cut
        if not self.desk.resumed and (self.desk.room is None or sampled):
            return False
        files, _ = self._fitting(self.progress.beyond)
        return bool(files) and len(files) >= FAIR_SHARE * len(self.progress.beyond)

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
