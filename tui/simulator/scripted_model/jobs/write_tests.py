"""The test job: find modules without a test, write a first one for some, run them."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.scripted_model import scripted_landing
from tui.simulator.scripted_model import scripted_plan as plans
from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.file_knowledge import FileKnowledge, was_refused
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs import job_steps
from tui.simulator.scripted_model.jobs.file_listing import another_way, list_files
from tui.simulator.scripted_model.jobs.file_survey import is_test
from tui.simulator.scripted_model.jobs.first_test_source import (
    GeneratedTest,
    generate_test,
    module_name,
    test_path,
    without_import,
)
from tui.simulator.scripted_model.jobs.job_report import JobReport, work_left
from tui.simulator.scripted_model.jobs.verification import ending
from tui.simulator.scripted_model.markdown_writing import amount, code
from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.model_input import ScriptedReply
from tui.simulator.scripted_model.request_view import RequestView

_PUBLIC = r"^(async +)?(def|class) +[A-Za-z]"
_MINE = "^.{3}First tests of `"
"""Finds tests that this job wrote before."""
_TESTS = "**/*test*.py"
_COUNTED = re.compile(r"^(?:\./)?(.+\.py):(\d+)$")
_LIMIT = 200
"""Most modules that the search brings."""
_WORK = 900
"""Tokens that writing a test costs at medium effort."""
_TRIES = 5
"""Most modules that the job looks at for one test."""
_REMOVE = "rm -- "


@dataclass(frozen=True)
class TestJob:
    """A test job, read from one request."""

    __test__ = False
    view: RequestView

    def _searched(self, pattern: str) -> CallEntry | None:
        calls = [
            c
            for a, c in self.view.calls
            if isinstance(a, actions.GrepAction) and a.pattern == pattern
        ]
        return calls[-1] if calls else None

    @cached_property
    def candidates(self) -> list[str] | None:
        """Modules without a test; None before the searches."""
        counts, tests = self._searched(_PUBLIC), list_files(self.view, _TESTS)
        if counts is None or tests is None:
            return None
        found = [_COUNTED.match(line) for line in (counts.result or "").splitlines()]
        paths = [m[1] for m in found if m and not is_test(m[1]) and module_name(m[1])]
        named = self._named
        paths = [p for p in paths if not named or any(p.endswith(n) for n in named)]
        tested = {path.rpartition("/")[2] for path in tests.paths}
        wanted = [p for p in paths if not _names_of_tests(p) & tested]
        # What an earlier reply of this job wrote is in no listing, but in the plan.
        return [p for p in wanted if self.view.steering.takes(p)]

    @property
    def _named(self) -> list[str]:
        return [name for name in self.view.intent.files if name.endswith(".py")]

    @cached_property
    def tasks(self) -> tuple[plans.PlannedTask, ...]:
        """The plan, with the states that the facts give it."""
        return tuple(replace(t, state=self._state(t)) for t in self.view.plan.values())

    @cached_property
    def written(self) -> list[str]:
        """Test files that were written, and not removed again."""
        removed = " ".join(
            act.command
            for act, call in self.view.calls
            if isinstance(act, actions.ShellAction)
            and act.command.startswith(_REMOVE)
            and not call.failed
        )
        wrote = [path for path, file in self.view.known_files.items() if file.wrote]
        return [path for path in wrote if shlex.quote(path) not in removed]

    @property
    def run(self) -> CallEntry | None:
        """The run of the new tests as they are now."""
        last: CallEntry | None = None
        for act, call in self.view.calls:
            if isinstance(act, actions.WriteAction) or (
                isinstance(act, actions.ShellAction)
                and act.command.startswith(_REMOVE)
                and not call.failed
            ):
                last = None
            elif isinstance(act, actions.ShellAction) and "unittest" in act.command:
                last = call
        return last

    @cached_property
    def failing(self) -> list[str]:
        """Test files that were written and do not pass."""
        run = self.run
        if run is None or not run.failed or was_refused(run) or "not found" in (run.result or ""):
            return []
        told = re.findall(r"^(?:ERROR|FAIL): (.*)$", run.result or "", re.MULTILINE)
        stems = {path: path.rpartition("/")[2].removesuffix(".py") for path in self.written}
        found = [p for p, stem in stems.items() if any(stem in line for line in told)]
        return found or self.written

    @cached_property
    def progress(self) -> JobProgress:
        """How far the job is."""
        counts = self._searched(_PUBLIC)
        cut = counts is not None and (counts.result or "").count("\n") >= _LIMIT - 1
        checks = (f"unittest: {ending(self.run)}",) if self.run else ()
        return JobProgress(
            "write first tests",
            self.tasks,
            self.view.plan,
            tuple(() if self._wants_one or self.view.agreed else self._costed(self._untried)),
            at_least=cut,
            changed=tuple(self.written),
            checks=checks,
        )

    def reply(self) -> ScriptedReply:
        """The next message."""
        if self.candidates is None:
            return self._search()
        if not self.tasks and (words := self._nothing(self.candidates)):
            return ScriptedReply.in_words(words)
        if not self.tasks:
            return self._make_plan(self.candidates)
        if self.failing:
            return self._repair(self.failing)
        waiting = [task for task in self.tasks if task.open]
        if waiting:
            return self._work(waiting)
        if not self.written and self._untried and len(self.tasks) < _TRIES:
            return self._make_plan(self._untried)
        if self.written and self.run is None and self.view.tools.can("shell"):
            files = " ".join(shlex.quote(path) for path in self.written)
            command = f"python3 -m unittest -q {files}"
            return job_steps.step(self.view, "The tests are written; now they have to pass.", "",
                             [actions.ShellAction(command, "Run the new tests")])  # fmt: skip
        return job_steps.close_job(self.view, self.progress, self._report)

    def _search(self) -> ScriptedReply:
        if self._searched(_PUBLIC) is None:
            acts: list[actions.ToolAction] = [
                actions.GrepAction(_PUBLIC, "*.py", "count", _LIMIT),
                actions.GrepAction(_MINE, "*test*.py", "files", 20),
                actions.GlobAction(_TESTS),
            ]
            thought = "I need the modules that define something, and the tests that exist already."
            return job_steps.step(self.view, thought, "I look for modules without a test.", acts)
        another = another_way(self.view, _TESTS)
        return job_steps.step(
            self.view, "That failed. I try another tool.", "", [another] if another else []
        )

    def _nothing(self, candidates: list[str]) -> str:
        """The answer when there is no test to write; empty when there is one."""
        failed = [call for call in (self._searched(_PUBLIC),) if call and call.failed]
        if failed:
            return (
                f"I could not search the folder: {' '.join((failed[0].result or '').split())[:200]}"
                "\n\nSo I wrote nothing. Once searching works, ask me again."
            )
        if not candidates:
            return (
                "Every Python module here has a test, or there are none. I have nothing to write."
            )
        mine = self._searched(_MINE)
        found = re.findall(r"^\S.*\.py\b", (mine.result or "") if mine else "", re.MULTILINE)
        if not self._wants_one or self._named or not found or (mine and mine.failed):
            return ""
        least = "At least " if self.progress.at_least else ""
        return (
            f"There is a first test already: {code(found[0])}. I have nothing to write. "
            f"{least}{amount(len(candidates), 'module')} without a test can have one too: say "
            "*write first tests for all modules*, or name one."
        )

    @property
    def _wants_one(self) -> bool:
        text = self.view.intent.text
        several = re.search(r"\b(all|every|each|any|missing|modules|tests)\b", text, re.IGNORECASE)
        return not several and bool(re.search(r"\ba (first )?(unit )?test\b", text, re.IGNORECASE))

    @property
    def _untried(self) -> list[str]:
        """Modules without a test that are in no plan."""
        planned = {task.title for task in self.view.plan.values()}
        return [path for path in self.candidates or () if path not in planned]

    def _costed(self, paths: Sequence[str]) -> list[plans.PlannedTask]:
        work = int(_WORK * self.view.effort.factor)
        costs = [(path, self.view.reading_costs.reading(path) + work) for path in paths]
        return plans.tasks_for(costs, self.view.plan)

    def _make_plan(self, candidates: list[str]) -> ScriptedReply:
        some = candidates[: plans.MOST]
        unknown = job_steps.uncounted(self.view, some)
        matters = self.view.room is not None or self.view.planning or not self._wants_one
        if unknown and matters and self.view.tools.can_weigh():
            thought = "How long are they? A test begins with reading its module."
            return job_steps.step(
                self.view, thought, "", [actions.CountLinesAction(tuple(unknown))]
            )
        sample = sorted(self._costed(some), key=lambda task: (task.estimate, task.title))
        room = self.view.plannable
        taken = plans.tasks_that_fit(
            sample[: 1 if self._wants_one else plans.MOST], plans.SENSIBLE if room is None else room
        )
        if not taken:
            need = sample[0].estimate + self.view.reserve
            return scripted_landing.decline(
                self.view, need, f"one test needs about {need:,} tokens", self.progress
            )
        least = "At least " if self.progress.at_least else ""
        words = (
            f"{least}{amount(len(candidates), 'module')} without a test. I write a first one for "
            f"{amount(len(taken), 'module')}."
        )
        thought = "A first test holds what the source makes certain: it imports, constants, sums."
        reads = [actions.ReadAction(taken[0].title)]
        return job_steps.file_plan(self.view, thought, words, reads, taken, self.tasks)

    def _work(self, waiting: Sequence[plans.PlannedTask]) -> ScriptedReply:
        task = waiting[0]
        file = self.view.known_files.get(task.title)
        after = job_steps.with_current(self.tasks, task)
        if file is None or not file.known:
            rest = self._costed([task.title])
            if not plans.tasks_that_fit(rest, self.view.room):
                return scripted_landing.land(self.view, self.progress)
            offset = 1 if file is None or file.stale else file.next_line or 1
            return job_steps.step(
                self.view, "", "", [actions.ReadAction(task.title, offset)], after
            )
        made = self._starter(file)
        thought = (
            f"{task.title} can be imported without side effects; the test goes to {made.path}."
        )
        words = f"A first test for {code(task.title)}."
        return job_steps.step(
            self.view, thought, words, [actions.WriteAction(made.path, made.content)], after
        )

    def _repair(self, failing: Sequence[str]) -> ScriptedReply:
        """Write a test that did not pass again, without the import; the second time remove it."""
        acts: list[actions.ToolAction] = []
        for task in self.tasks:
            path, file = test_path(task.title), self.view.known_files.get(task.title)
            if path in failing and file is not None:
                again = without_import(task.title, self._starter(file).content)
                if "\n".join(self.view.known_files[path].lines) != again.removesuffix("\n"):
                    acts.append(actions.WriteAction(path, again))
        if acts:
            thought = "A test of mine fails: the module does not import here. I test its source."
            return job_steps.step(
                self.view, thought, "A test did not pass. I write it so that it does.", acts
            )
        names = " ".join(shlex.quote(path) for path in failing)
        tried = [
            a
            for a, _ in self.view.calls
            if isinstance(a, actions.ShellAction) and a.command == _REMOVE + names
        ]
        if tried:
            return scripted_landing.land(self.view, self.progress)
        acts = [actions.ShellAction(_REMOVE + names, "Remove the test that does not pass")]
        return job_steps.step(
            self.view, "A test that fails is none.", "It still does not pass. I remove it.", acts
        )

    def _starter(self, file: FileKnowledge) -> GeneratedTest:
        return generate_test(file.path, file.lines)

    def _outcome(self, task: plans.PlannedTask) -> str:
        """What became of a module; empty while it is open."""
        file = self.view.known_files.get(task.title)
        test = self.view.known_files.get(test_path(task.title))
        if test is not None and (test.wrote or test.refused or test.failures):
            if test.wrote and test.path not in self.written:
                return "its test did not pass, so I removed it"
            return "written" if test.wrote else test.refused or test.failures[-1]
        if file is None or not file.looked:
            return ""
        if file.trouble or file.refused or file.endless:
            return file.trouble or file.refused or "too long to be read whole"
        if not file.known:
            return ""
        if self.view.hands_off:
            return self.view.hands_off
        return self._starter(file).reason

    def _state(self, task: plans.PlannedTask) -> str:
        outcome = self._outcome(task)
        if test_path(task.title) in self.failing:
            return "in_progress"
        if not task.open or not outcome:
            return task.state
        return "done" if outcome == "written" else "skipped"

    def _report(self) -> str:
        rows = [[code(t.title), code(test_path(t.title)) if self._outcome(t) == "written" else "–",
                 self._outcome(t)] for t in self.tasks]  # fmt: skip
        return JobReport(
            title="First tests",
            summary=f"{amount(len(self.written), 'test file')} written. They test only what the "
            "source makes certain.",
            head=("Module", "Test", "Outcome"),
            rows=rows,
            sections={
                "Checks": f"`unittest`: {ending(self.run)}" if self.run else "I ran no test."
            },
            closing=work_left(self.progress, self.view.told_to_finish),
        ).markdown()


def _names_of_tests(path: str) -> set[str]:
    stem = path.rpartition("/")[2].removesuffix(".py")
    return {f"test_{stem}.py", f"{stem}_test.py", test_path(path).rpartition("/")[2]}
