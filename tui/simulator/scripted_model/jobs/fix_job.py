"""The fix job: find the files, plan, read in batches, edit, check, report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.scripted_model import scripted_landing
from tui.simulator.scripted_model import scripted_plan as plans
from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.intent import FIXES
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs import fix_messages, job_steps, verification
from tui.simulator.scripted_model.jobs.file_decisions import FileDecision, decide_file
from tui.simulator.scripted_model.jobs.file_survey import (
    FileSurvey,
    is_test,
    next_searches,
    spread,
    survey_files,
)
from tui.simulator.scripted_model.markdown_writing import amount, listed
from tui.simulator.scripted_model.model_input import ScriptedReply
from tui.simulator.scripted_model.request_view import RequestView

_EDITS = 8
"""Most edits in one reply."""
_FILE, _PLACE = 150, 190
"""Tokens of work at medium effort: on a file, and on each place in it."""
_PIECE = 40
"""Fewest lines that are worth a piece of their own."""


@dataclass(frozen=True)
class FixJob:
    """A fix job, read from one request."""

    view: RequestView

    @cached_property
    def fixes(self) -> tuple[str, ...]:
        """The fixes that the prompt and later notes of the user ask for."""
        wanted = {*self.view.intent.fixes, *self.view.steering.also}
        return tuple(name for name in FIXES if name in wanted) or ("annotate",)

    @cached_property
    def survey(self) -> FileSurvey:
        """The files that are worth a look."""
        return survey_files(self.view)

    @cached_property
    def decisions(self) -> dict[str, FileDecision]:
        """What is to be done with each planned file."""
        return {
            task.title: decide_file(
                task.title, self.view.known_files.get(task.title), self.fixes, self.view.hands_off
            )
            for task in self.view.plan.values()
            if verification.step_of(task) is None
        }

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Files that were changed."""
        return tuple(path for path, file in self.view.known_files.items() if file.made)

    @cached_property
    def tasks(self) -> tuple[plans.PlannedTask, ...]:
        """The plan, with the states that the facts give it."""
        tasks = [replace(t, state=self._state(t)) for t in self.view.plan.values()]
        files = [t for t in tasks if verification.step_of(t) is None]
        if any(t.open for t in files):
            return tuple(tasks)
        return tuple(self._closing_state(t) for t in tasks)

    @cached_property
    def progress(self) -> JobProgress:
        """How far the job is."""
        planned = {task.title for task in self.tasks}
        found = [(p, self.cost(p, n)) for p, n in self.survey.candidates if p not in planned]
        total, at_least = self.survey.total, self.survey.cut
        counted = 0 if total is None else total - len(planned & self._files) - len(found)
        return JobProgress(
            job=fix_messages.phrase(self.fixes),
            tasks=self.tasks,
            filed=self.view.plan,
            beyond=() if self.view.agreed else tuple(plans.tasks_for(found, self.view.plan)),
            unlisted=0 if self.view.agreed else max(0, counted),
            at_least=at_least and total is None and not self.view.agreed,
            changed=self.changed,
            checks=tuple(verification.checks(self.view)),
        )

    @property
    def _files(self) -> set[str]:
        return {task.title for task in self.tasks if verification.step_of(task) is None}

    def cost(self, path: str, places: int) -> int:
        """What a file is expected to take, in tokens: reading it, and work on its places."""
        work = int((_FILE + _PLACE * min(places, 60)) * self.view.effort.factor)
        return self.view.reading_costs.reading(path) + work

    def reply(self) -> ScriptedReply:
        """The next message."""
        if searches := next_searches(self.view, self.fixes):
            return self._search(searches)
        if not self.survey.candidates and not self.tasks:
            return ScriptedReply.in_words(fix_messages.nothing(self.view, self.survey, self.fixes))
        if not self.tasks or self._takes_up_more:
            return self._make_plan()
        return self._work()

    # The searches ------------------------------------------------------------------

    def _search(self, searches: Sequence[actions.ToolAction]) -> ScriptedReply:
        if not any(isinstance(act, actions.GrepAction) for act, _ in self.view.calls):
            words = f"I'll {fix_messages.phrase(self.fixes)}. I search for the files first."
            return self._step(fix_messages.first_thought(self.view, self.fixes), words, searches)
        thought = "That search did not tell enough. I make another one."
        words = fix_messages.steering_answer(self.view)
        return job_steps.step(self.view, thought, words, searches, brief=thought)

    # The plan ----------------------------------------------------------------------

    @property
    def _sample(self) -> list[tuple[str, int]]:
        """The files that the next plan is made from, with what each is expected to take."""
        fresh = [(task.title, task.estimate) for task in self.progress.beyond]
        some = [one for one in fresh if one[0] in self.survey.sample]
        return list(spread(some if some and not self.tasks else fresh, plans.MOST))

    def _make_plan(self) -> ScriptedReply:
        sample = self._sample
        unknown = job_steps.uncounted(self.view, (path for path, _ in sample))
        # Without a budget, files that are read at once need no count before.
        matters = self.view.room is not None or self.view.planning
        matters = matters or len(sample) > self.view.effort.batch
        if unknown and matters and self.view.tools.can_weigh():
            thought = "How long are these files? The plan needs to know what reading them costs."
            return self._step(thought, "", [actions.CountLinesAction(tuple(unknown))])
        if self.view.room is not None:
            # The smallest come first: of these a budget pays for the most.
            sample = sorted(sample, key=lambda one: (one[1], one[0]))
        offered = plans.tasks_for(sample, self.view.plan)
        files, extras = self._fitting(offered)
        enough = len(files) >= plans.FAIR_SHARE * len(offered)
        if not files or not (enough or self.view.resumed):
            need = sum(task.estimate for task in offered) + self.view.reserve
            why = f"{amount(len(offered), 'file')} to work on need about {need:,} tokens"
            return scripted_landing.decline(self.view, need, why, self.progress)
        return self._file(offered, files, extras)

    def _file(
        self,
        offered: Sequence[plans.PlannedTask],
        files: list[plans.PlannedTask],
        extras: list[plans.PlannedTask],
    ) -> ScriptedReply:
        """File the plan, and read the first files of it."""
        tasks = [*files, *extras]
        again = {task.id for task in tasks}
        known = [t for t in self.tasks if t.id not in again]
        words = fix_messages.plan(self.view, self.survey, self.progress, len(offered), tasks)
        words = f"{fix_messages.steering_answer(self.view)} {words}".strip()
        thought = fix_messages.plan_thought(self.view, offered, tasks)
        brief = f"{amount(len(tasks), 'subtask')} fit."
        reads = self._reads(files)
        return job_steps.file_plan(self.view, thought, words, reads, tasks, known, brief=brief)

    def _fitting(
        self, offered: Sequence[plans.PlannedTask]
    ) -> tuple[list[plans.PlannedTask], list[plans.PlannedTask]]:
        """Files that fit into the room, and the closing steps that fit beside them."""
        tests = any(is_test(path) for path, _ in self.survey.candidates)
        closings = [
            s.task(self.view, len(offered))
            for s in verification.verification_steps(self.view, tests)
        ]
        room = self.view.plannable
        if room is None:
            return self._sensible(offered), closings
        check = [task for task in closings if task.id == "check"]
        files = plans.tasks_that_fit(offered, room - sum(task.estimate for task in check))
        if not files:
            return plans.tasks_that_fit(offered, room), []
        room -= sum(task.estimate for task in files)
        order = sorted(closings, key=lambda task: task.id != "check")
        kept = {task.id for task in plans.tasks_that_fit(order, room)}
        return files, [task for task in closings if task.id in kept]

    def _sensible(self, offered: Sequence[plans.PlannedTask]) -> list[plans.PlannedTask]:
        """Files that one prompt takes on where no budget says how far to go: at least one."""
        planned = [task for task in self.tasks if task.title in self._files]
        room = plans.SENSIBLE - sum(task.estimate for task in planned)
        some = plans.tasks_that_fit(offered[: max(0, plans.MOST_UNASKED - len(planned))], room)
        return some or list(offered[: not planned])

    # The work ----------------------------------------------------------------------

    def _work(self) -> ScriptedReply:
        waiting = [t for t in self.tasks if t.open and verification.step_of(t) is None]
        ready = [t for t in waiting if self.decisions[t.title].state == "ready"]
        unread = [t for t in waiting if self.decisions[t.title].state in ("unread", "partial")]
        # What was read together is finished before more is read.
        if ready and (self._looked(ready[0]) or not unread):
            return self._edit(ready)
        if unread:
            return self._read(unread)
        closing = next((t for t in self.tasks if t.open and verification.step_of(t)), None)
        if closing is not None:
            return self._close(closing)
        return job_steps.close_job(self.view, self.progress, self._report)

    def _looked(self, task: plans.PlannedTask) -> bool:
        file = self.view.known_files.get(task.title)
        return file is not None and file.looked

    def _edit(self, ready: Sequence[plans.PlannedTask]) -> ScriptedReply:
        taken: list[plans.PlannedTask] = []
        edits: list[actions.ToolAction] = []
        for task in ready[: self.view.effort.together]:
            mine = self.decisions[task.title].edits[:_EDITS]
            if taken and len(edits) + len(mine) > _EDITS:
                break
            taken.append(task)
            edits += [actions.EditAction(task.title, edit.old, edit.new) for edit in mine]
        decisions = [self.decisions[task.title] for task in taken]
        thought = fix_messages.edit_thought(self.view, decisions)
        words = fix_messages.edits(self.view, decisions)
        return self._step(thought, words, edits, taken[0])

    def _read(self, unread: Sequence[plans.PlannedTask]) -> ScriptedReply:
        reads = self._reads(unread)
        if not reads:
            return scripted_landing.land(self.view, self.progress)
        batch = unread[: len(reads)]
        closed = sum(not task.open for task in self.tasks)
        names = listed([task.title for task in batch], 8)
        thought = f"{closed} of {len(self.tasks)} subtasks are closed. Next I read {names}."
        return self._step(thought, "", reads, batch[0])

    def _reads(self, unread: Sequence[plans.PlannedTask]) -> list[actions.ToolAction]:
        """The next batch: all of it at first, fewer as the countdown falls, none near its end.

        Never more is read at once than half of what is left to work with, and a file that takes
        more than a third of it is read in pieces.
        """
        view, most = self.view, self.view.effort.batch
        if view.left is None or view.room is None:
            return [actions.ReadAction(task.title, self._next_line(task)) for task in unread[:most]]
        used = 1 - view.left / view.situation.total if view.situation.total else 0.0
        rest = sum(self._rest(task) for task in self.tasks if task.open)
        if used >= 0.85 and rest > view.room:
            unread = [t for t in unread if self._next_line(t) > 1]
        most = max(1, most // 2) if used >= 0.7 else most
        reads: list[actions.ToolAction] = []
        room, share = view.room, view.room // 2
        for task in unread[:most]:
            reading = view.reading_costs.reading(task.title, self._next_line(task) - 1)
            room, share = room - self._rest(task), share - reading
            if room < 0 or (reads and share < 0):
                break
            piece = int(view.room // 3 / view.reading_costs.per_line)
            limit = piece if reading > view.room // 3 and piece >= _PIECE else None
            reads.append(actions.ReadAction(task.title, self._next_line(task), limit))
        return reads

    def _next_line(self, task: plans.PlannedTask) -> int:
        file = self.view.known_files.get(task.title)
        partial = task.title in self.decisions and self.decisions[task.title].state == "partial"
        return (file.next_line or 1) if file is not None and partial else 1

    def _rest(self, task: plans.PlannedTask) -> int:
        """What a subtask still takes, in tokens: of a file that was read no reading."""
        if verification.step_of(task) is not None:
            return task.estimate
        known = len(file.rows) if (file := self.view.known_files.get(task.title)) else 0
        places = dict(self.survey.candidates).get(task.title, 3)
        return self.cost(task.title, places) - int(
            min(known, self.view.reading_costs.lines_of(task.title))
            * self.view.reading_costs.per_line
        )

    def _close(self, task: plans.PlannedTask) -> ScriptedReply:
        closing = verification.step_of(task)
        todo = closing.acts(self.view, self.changed) if closing else []
        return self._step(f"All files are done. Now: {task.title.lower()}.", "", todo, task)

    def _report(self) -> str:
        decisions = [self.decisions[t.title] for t in self.tasks if t.title in self.decisions]
        return fix_messages.report(self.view, self.progress, decisions)

    # Parts -------------------------------------------------------------------------

    @property
    def _takes_up_more(self) -> bool:
        """Whether to plan what the plan left out: asked to, or as the budget goes on to pay."""
        if not self._finished or not self.progress.beyond:
            return False
        if self.view.resumed and self.view.begins and not self.view.told_to_land:
            return True
        if scripted_landing.has_landed(self.view) or (self.survey.cut and not self.view.resumed):
            return False
        left, total = self.view.left, self.view.situation.total
        if left is not None and total and left < 0.15 * total:
            # So late nothing new is begun.
            return False
        sample = sorted(self._sample, key=lambda one: (one[1], one[0]))
        files, _ = self._fitting(plans.tasks_for(sample, self.view.plan))
        return bool(files) and len(files) >= plans.FAIR_SHARE * len(sample)

    @property
    def _finished(self) -> bool:
        return not any(task.open for task in self.tasks)

    def _state(self, task: plans.PlannedTask) -> str:
        if not task.open or verification.step_of(task) is not None:
            return task.state
        if not self.view.steering.takes(task.title):
            return "skipped"
        decision = self.decisions[task.title]
        if decision.state == "settled":
            return "skipped" if decision.skipped else "done"
        return task.state

    def _closing_state(self, task: plans.PlannedTask) -> plans.PlannedTask:
        closing = verification.step_of(task)
        if closing is None or not task.open or closing.acts(self.view, self.changed):
            return task
        return replace(task, state="done" if self.changed else "skipped")

    def _step(
        self,
        thought: str,
        words: str,
        acts: Iterable[actions.ToolAction],
        current: plans.PlannedTask | None = None,
    ) -> ScriptedReply:
        tasks = job_steps.with_current(self.tasks, current) if current else ()
        words = words or fix_messages.steering_answer(self.view)
        return job_steps.step(self.view, thought, words, acts, tasks)
