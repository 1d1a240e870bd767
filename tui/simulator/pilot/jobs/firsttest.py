"""The test job: find modules without a test, write a first one for some, run them."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.pilot import landing
from tui.simulator.pilot.acts import Act, Glob, Grep, Read, Shell, Weigh, Write
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.history import Call
from tui.simulator.pilot.jobs.closing import ending
from tui.simulator.pilot.jobs.listing import another_way, listing
from tui.simulator.pilot.jobs.starter import (
    Starter,
    module_name,
    starter,
    test_path,
    without_import,
)
from tui.simulator.pilot.jobs.survey import is_test
from tui.simulator.pilot.markdown import amount, code, table
from tui.simulator.pilot.plan import (
    MOST,
    SENSIBLE,
    Task,
    as_list,
    fitting,
    tasks_for,
    updates,
)
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.sheets import Sheet, was_refused
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking
from tui.simulator.pilot.toolbox import weighable

_PUBLIC = r"^(async +)?(def|class) +[A-Za-z]"
_MINE = "^.{3}First tests of `"
"""What the tests begin with that were written here."""
_TESTS = "**/*test*.py"
_COUNTED = re.compile(r"^(?:\./)?(.+\.py):(\d+)$")
_LIMIT = 200
"""Most modules that the search brings."""
_WORK = 900
"""Tokens of writing a test, at medium effort."""
_TRIES = 5
"""Most modules that are looked at where one test is asked for."""
_REMOVE = "rm -- "


@dataclass(frozen=True)
class TestJob:
    """A test job, as the facts on the desk have it."""

    __test__ = False
    desk: Desk

    def _searched(self, pattern: str) -> Call | None:
        calls = [c for a, c in self.desk.calls if isinstance(a, Grep) and a.pattern == pattern]
        return calls[-1] if calls else None

    @cached_property
    def candidates(self) -> list[str] | None:
        """Modules without a test; None before the searches."""
        counts, tests = self._searched(_PUBLIC), listing(self.desk, _TESTS)
        if counts is None or tests is None:
            return None
        found = [_COUNTED.match(line) for line in (counts.result or "").splitlines()]
        paths = [m[1] for m in found if m and not is_test(m[1]) and module_name(m[1])]
        named = self._named
        paths = [p for p in paths if not named or any(p.endswith(n) for n in named)]
        tested = {path.rpartition("/")[2] for path in tests.paths}
        wanted = [p for p in paths if not _names_of_tests(p) & tested]
        # What an earlier reply of this job wrote is in no listing, but in the plan.
        return [p for p in wanted if self.desk.steering.takes(p)]

    @property
    def _named(self) -> list[str]:
        return [name for name in self.desk.intent.files if name.endswith(".py")]

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The plan, with the states that the facts give it."""
        return tuple(replace(t, state=self._state(t)) for t in self.desk.plan.values())

    @cached_property
    def written(self) -> list[str]:
        """Test files that were written, and not removed again."""
        removed = " ".join(
            act.command
            for act, call in self.desk.calls
            if isinstance(act, Shell) and act.command.startswith(_REMOVE) and not call.failed
        )
        wrote = [path for path, sheet in self.desk.sheets.items() if sheet.wrote]
        return [path for path in wrote if shlex.quote(path) not in removed]

    @property
    def run(self) -> Call | None:
        """The run of the new tests as they are now."""
        last: Call | None = None
        for act, call in self.desk.calls:
            if isinstance(act, Write) or (
                isinstance(act, Shell) and act.command.startswith(_REMOVE) and not call.failed
            ):
                last = None
            elif isinstance(act, Shell) and "unittest" in act.command:
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
    def progress(self) -> Progress:
        """How far it is."""
        counts = self._searched(_PUBLIC)
        cut = counts is not None and (counts.result or "").count("\n") >= _LIMIT - 1
        checks = (f"unittest: {ending(self.run)}",) if self.run else ()
        return Progress(
            "write first tests",
            self.tasks,
            self.desk.plan,
            tuple(() if self._wants_one else self._costed(self._untried)),
            at_least=cut,
            changed=tuple(self.written),
            checks=checks,
        )

    def reply(self) -> Reply:
        """The next message."""
        if self.candidates is None:
            return self._search()
        if not self.tasks and (words := self._nothing(self.candidates)):
            return Reply((Text(words),))
        if not self.tasks:
            return self._make_plan(self.candidates)
        if self.failing:
            return self._repair(self.failing)
        waiting = [task for task in self.tasks if task.open]
        if waiting:
            return self._work(waiting)
        if not self.written and self._untried and len(self.tasks) < _TRIES:
            return self._make_plan(self._untried)
        if self.written and self.run is None and self.desk.tools.can("shell"):
            files = " ".join(shlex.quote(path) for path in self.written)
            command = f"python3 -m unittest -q {files}"
            return self._say("The tests are written; now they have to pass.", "",
                             [Shell(command, "Run the new tests")])  # fmt: skip
        short = landing.falls_short(self.progress)
        if short and self.desk.tools.can("wrap_up") and not landing.has_landed(self.desk):
            return landing.land(self.desk, self.progress)
        if (late := updates(self.desk.plan, self.tasks)) and self.desk.tools.can("checklist"):
            return Reply((self.desk.tools.use(late),))
        return Reply((Text(self._report()),))

    def _search(self) -> Reply:
        if self._searched(_PUBLIC) is None:
            acts: list[Act] = [
                Grep(_PUBLIC, "*.py", "count", _LIMIT),
                Grep(_MINE, "*test*.py", "files", 20),
                Glob(_TESTS),
            ]
            thought = "I need the modules that define something, and the tests that exist already."
            return self._say(thought, "I look for modules without a test.", acts)
        another = another_way(self.desk, _TESTS)
        return self._say("That failed. I try another tool.", "", [another] if another else [])

    def _nothing(self, candidates: list[str]) -> str:
        """What is said where no test is to be written; empty where one is."""
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
        text = self.desk.intent.text
        several = re.search(r"\b(all|every|each|any|missing|modules|tests)\b", text, re.IGNORECASE)
        return not several and bool(re.search(r"\ba (first )?(unit )?test\b", text, re.IGNORECASE))

    @property
    def _untried(self) -> list[str]:
        """Modules without a test that are in no plan."""
        planned = {task.title for task in self.desk.plan.values()}
        return [path for path in self.candidates or () if path not in planned]

    def _costed(self, paths: Sequence[str]) -> list[Task]:
        work = int(_WORK * self.desk.effort.factor)
        costs = [(path, self.desk.weights.reading(path) + work) for path in paths]
        return tasks_for(costs, self.desk.plan)

    def _make_plan(self, candidates: list[str]) -> Reply:
        some = candidates[:MOST]
        unknown = [path for path in some if path not in self.desk.weights.asked]
        unknown = [path for path in unknown if weighable(path)]
        matters = self.desk.room is not None or not self._wants_one
        if unknown and matters and self.desk.tools.can_weigh():
            return self._say("How long are they? A test begins with reading its module.", "",
                             [Weigh(tuple(unknown))])  # fmt: skip
        sample = sorted(self._costed(some), key=lambda task: (task.estimate, task.title))
        room = self.desk.plannable
        taken = fitting(
            sample[: 1 if self._wants_one else MOST], SENSIBLE if room is None else room
        )
        if not taken:
            need = sample[0].estimate + self.desk.reserve
            return landing.decline(
                self.desk, need, f"one test needs about {need:,} tokens", self.progress
            )
        least = "At least " if self.progress.at_least else ""
        words = (
            f"{least}{amount(len(candidates), 'module')} without a test. I write a first one for "
            f"{amount(len(taken), 'module')}."
        )
        if not self.desk.tools.can("checklist"):
            words += f"\n\n{as_list(taken)}"
        first = [replace(taken[0], state="in_progress"), *taken[1:]]
        thought = "A first test holds what the source makes certain: it imports, constants, sums."
        return self._say(thought, words, [Read(taken[0].title)], [*self.tasks, *first])

    def _work(self, waiting: Sequence[Task]) -> Reply:
        task = waiting[0]
        sheet = self.desk.sheets.get(task.title)
        after = [replace(t, state="in_progress") if t.id == task.id else t for t in self.tasks]
        if sheet is None or not sheet.known:
            rest = self._costed([task.title])
            if not fitting(rest, self.desk.room):
                return landing.land(self.desk, self.progress)
            offset = 1 if sheet is None or sheet.stale else sheet.next_line or 1
            return self._say("", "", [Read(task.title, offset)], after)
        made = self._starter(sheet)
        thought = (
            f"{task.title} can be imported without side effects; the test goes to {made.path}."
        )
        words = f"A first test for {code(task.title)}."
        return self._say(thought, words, [Write(made.path, made.content)], after)

    def _repair(self, failing: Sequence[str]) -> Reply:
        """Write a test that did not pass again, without the import; the second time remove it."""
        acts: list[Act] = []
        for task in self.tasks:
            path, sheet = test_path(task.title), self.desk.sheets.get(task.title)
            if path in failing and sheet is not None:
                again = without_import(task.title, self._starter(sheet).content)
                if "\n".join(self.desk.sheets[path].lines) != again.removesuffix("\n"):
                    acts.append(Write(path, again))
        if acts:
            thought = "A test of mine fails: the module does not import here. I test its source."
            return self._say(thought, "A test did not pass. I write it so that it does.", acts)
        names = " ".join(shlex.quote(path) for path in failing)
        tried = [
            a for a, _ in self.desk.calls if isinstance(a, Shell) and a.command == _REMOVE + names
        ]
        if tried:
            return landing.land(self.desk, self.progress)
        acts = [Shell(_REMOVE + names, "Remove the test that does not pass")]
        return self._say("A test that fails is none.", "It still does not pass. I remove it.", acts)

    def _starter(self, sheet: Sheet) -> Starter:
        return starter(sheet.path, sheet.lines)

    def _outcome(self, task: Task) -> str:
        """What became of a module; empty while it is open."""
        sheet = self.desk.sheets.get(task.title)
        test = self.desk.sheets.get(test_path(task.title))
        if test is not None and (test.wrote or test.refused or test.failures):
            if test.wrote and test.path not in self.written:
                return "its test did not pass, so I removed it"
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
        if test_path(task.title) in self.failing:
            return "in_progress"
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
            f"{self._beyond()}"
        )

    def _beyond(self) -> str:
        if not self.progress.more:
            return ""
        more, rest = self.progress.whats_more, self.desk.told_to_finish
        more = f"{more[0].upper()}{more[1:]}{f' ({rest})' if rest else ''}"
        return f"\n\n{more} without a test. Say *continue* and I go on with them."

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
