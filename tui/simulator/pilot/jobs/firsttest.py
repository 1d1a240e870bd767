"""The test job: find modules without a test, write a first one for some, run them."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.pilot import landing
from tui.simulator.pilot.acts import Act, Glob, Grep, Read, Shell, Write
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.history import Call
from tui.simulator.pilot.jobs.closing import ending
from tui.simulator.pilot.jobs.listing import Listing
from tui.simulator.pilot.jobs.starter import Starter, module_name, starter, test_path
from tui.simulator.pilot.jobs.survey import is_test
from tui.simulator.pilot.markdown import amount, code, table
from tui.simulator.pilot.plan import Task, as_list, fitting, tasks_for, updates
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.sheets import Sheet
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking

_PUBLIC = r"^(async +)?(def|class) +[A-Za-z]"
_COUNTED = re.compile(r"^(?:\./)?(.+\.py):(\d+)$")
_MOST = 5
"""Most modules that get a test in one job."""


@dataclass(frozen=True)
class TestJob:
    """A test job, as the facts on the desk have it."""

    __test__ = False
    desk: Desk

    @cached_property
    def candidates(self) -> list[str] | None:
        """Modules without a test; None before the searches."""
        counts, tests = None, None
        for act, call in self.desk.calls:
            if isinstance(act, Grep):
                counts = call
            elif isinstance(act, Glob):
                tests = Listing("" if call.failed else call.result or "")
        if counts is None or tests is None:
            return None
        found = [_COUNTED.match(line) for line in (counts.result or "").splitlines()]
        paths = [m[1] for m in found if m and not is_test(m[1]) and module_name(m[1])]
        named = [f for f in self.desk.intent.files if f.endswith(".py")]
        paths = [p for p in paths if not named or any(p.endswith(n) for n in named)]
        tested = {path.rpartition("/")[2] for path in tests.paths}
        wanted = [p for p in paths if not _names_of_tests(p) & tested]
        # What an earlier reply of this job wrote is in no listing, but in the plan.
        return [p for p in wanted if self.desk.steering.takes(p)]

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The plan, with the states that the facts give it."""
        return tuple(replace(t, state=self._state(t)) for t in self.desk.plan.values())

    @property
    def written(self) -> list[str]:
        """Test files that were written."""
        return [path for path, sheet in self.desk.sheets.items() if sheet.wrote]

    @property
    def run(self) -> Call | None:
        """The run of the new tests."""
        calls = [c for a, c in self.desk.calls if isinstance(a, Shell) and "unittest" in a.command]
        return calls[-1] if calls else None

    @property
    def progress(self) -> Progress:
        """How far it is."""
        beyond = () if self._wants_one else tasks_for(self._untried, self.desk.plan)
        checks = (f"unittest: {ending(self.run)}",) if self.run else ()
        return Progress("write first tests", self.tasks, self.desk.plan, tuple(beyond),
                        tuple(self.written), checks)  # fmt: skip

    def reply(self) -> Reply:
        """The next message."""
        if self.candidates is None:
            thought = "I need the modules that define something, and the tests that exist already."
            acts: list[Act] = [Grep(_PUBLIC, "*.py", "count", 200), Glob("**/*test*.py")]
            return self._say(thought, "I look for modules without a test.", acts)
        if not self.candidates and not self.tasks:
            return Reply((Text("Every Python module here has a test, or there are none. "
                               "I have nothing to write."),))  # fmt: skip
        if not self.tasks:
            return self._make_plan(self.candidates)
        waiting = [task for task in self.tasks if task.open]
        if waiting:
            return self._work(waiting)
        if not self.written and self._untried and len(self.tasks) < _MOST:
            return self._make_plan([path for path, _ in self._untried])
        if self.written and self.run is None and self.desk.tools.can("shell"):
            files = " ".join(shlex.quote(path) for path in self.written)
            command = f"python3 -m unittest -q {files}"
            return self._say("The tests are written; now they have to pass.", "",
                             [Shell(command, "Run the new tests")])  # fmt: skip
        if (late := updates(self.desk.plan, self.tasks)) and self.desk.tools.can("checklist"):
            return Reply((self.desk.tools.use(late),))
        return Reply((Text(self._report()),))

    @property
    def _wants_one(self) -> bool:
        return bool(re.search(r"\ba (first )?(unit )?test\b", self.desk.intent.text))

    @property
    def _untried(self) -> list[tuple[str, int]]:
        """Modules without a test that are in no plan, with what a test costs."""
        planned = {task.title for task in self.tasks}
        paths = [path for path in self.candidates or () if path not in planned]
        return [(path, self._cost) for path in paths[:_MOST]]

    @property
    def _cost(self) -> int:
        return int(2_200 * self.desk.effort.factor)

    def _make_plan(self, candidates: list[str]) -> Reply:
        most = 1 if self._wants_one else _MOST
        sample = tasks_for([(path, self._cost) for path in candidates[:most]], self.desk.plan)
        taken = fitting(sample, self.desk.room)
        if not taken:
            need = self._cost + self.desk.reserve
            return landing.decline(
                self.desk, need, f"one test needs about {need:,} tokens", self.progress
            )
        words = (
            f"{amount(len(candidates), 'module')} without a test. I write a first one for "
            f"{amount(len(taken), 'module')}."
        )
        if not self.desk.tools.can("checklist"):
            words += f"\n\n{as_list(taken)}"
        first = [replace(taken[0], state="in_progress"), *taken[1:]]
        reads: list[Act] = [Read(task.title) for task in taken]
        thought = "A first test holds what the source makes certain: it imports, constants, sums."
        return self._say(thought, words, reads, [*self.tasks, *first])

    def _work(self, waiting: Sequence[Task]) -> Reply:
        task = waiting[0]
        sheet = self.desk.sheets.get(task.title)
        after = [replace(t, state="in_progress") if t.id == task.id else t for t in self.tasks]
        if sheet is None or not sheet.known:
            if not fitting([task], self.desk.room):
                return landing.land(self.desk, self.progress)
            offset = 1 if sheet is None or sheet.stale else sheet.next_line or 1
            return self._say("", "", [Read(task.title, offset)], after)
        made = self._starter(sheet)
        thought = (
            f"{task.title} can be imported without side effects; the test goes to {made.path}."
        )
        words = f"A first test for {code(task.title)}."
        return self._say(thought, words, [Write(made.path, made.content)], after)

    def _starter(self, sheet: Sheet) -> Starter:
        return starter(sheet.path, sheet.lines)

    def _outcome(self, task: Task) -> str:
        """What became of a module; empty while it is open."""
        sheet = self.desk.sheets.get(task.title)
        test = self.desk.sheets.get(test_path(task.title))
        if test is not None and (test.wrote or test.refused or test.failures):
            return "written" if test.wrote else test.refused or test.failures[-1]
        if sheet is None or not sheet.looked:
            return ""
        if sheet.trouble or sheet.refused or sheet.endless:
            return sheet.trouble or sheet.refused or "too long to be read whole"
        if not sheet.known:
            return ""
        if self.desk.hands_off:
            return self.desk.hands_off
        return self._starter(sheet).reason

    def _state(self, task: Task) -> str:
        outcome = self._outcome(task)
        if not task.open or not outcome:
            return task.state
        return "done" if outcome == "written" else "skipped"

    def _report(self) -> str:
        rows = [[code(t.title), code(test_path(t.title)) if self._outcome(t) == "written" else "–",
                 self._outcome(t)] for t in self.tasks]  # fmt: skip
        ran = f"`unittest`: {ending(self.run)}" if self.run else "The tests were not run."
        return (
            f"## First tests\n\n{amount(len(self.written), 'test file')} written.\n\n"
            f"{table(['Module', 'Test', 'Outcome'], rows)}\n\n### Checks\n\n- {ran}\n\n"
            "They hold only what the source makes certain; the real cases are for you to add."
        )

    def _say(
        self, thought: str, words: str, acts: Sequence[Act], tasks: Sequence[Task] = ()
    ) -> Reply:
        blocks: list[Block] = [Thinking(thought)] if thought and self.desk.effort.depth else []
        blocks += [Text(words)] if words else []
        checklist = updates(self.desk.plan, tasks)
        if checklist is not None and self.desk.tools.can("checklist"):
            blocks.append(self.desk.tools.use(checklist))
        return Reply((*blocks, *(self.desk.tools.use(act) for act in acts)))


def _names_of_tests(path: str) -> set[str]:
    stem = path.rpartition("/")[2].removesuffix(".py")
    return {f"test_{stem}.py", f"{stem}_test.py", test_path(path).rpartition("/")[2]}
