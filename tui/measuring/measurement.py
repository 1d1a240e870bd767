"""A measurement: which prompts, how often, and what each run took; kept in a file as it goes."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from statistics import median

import msgspec

from tui.budget.spend_distribution import MeasuredRun
from tui.budget.task_kinds import TaskKind
from tui.session.private_files import make_private_folder, open_private

MEASURE_VERSION = 1
"""Version of the file and of the JSON; fields are only ever added under one version."""
MIN_PROMPTS = 3
"""Prompts from which on a measurement tells of a kind, and not of one prompt."""


class MeasurePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured."""

    prompts: tuple[str, ...]
    runs: int
    """How often each prompt runs."""
    kind: TaskKind
    run_limit: Decimal
    """Dollars of one run at most."""
    total_limit: Decimal
    """Dollars of all runs at most."""
    model: str | None = None
    effort: str | None = None
    mode: str = "edits"
    check: str = ""
    """A command whose exit code tells whether the result is right; empty for none."""
    simulate: bool = False
    trust: bool = False
    """Whether the settings and memory files of the folder are used."""
    folder: str = ""

    def order(self) -> Iterator[tuple[int, int]]:
        """Which runs there are: prompt and number, both from 0, the prompts in turn.

        A measurement that is stopped leaves about the same number of runs of each prompt.
        """
        yield from (
            (prompt, run) for run in range(self.runs) for prompt in range(len(self.prompts))
        )


class MeasuredTask(msgspec.Struct, frozen=True, kw_only=True):
    """What one run took."""

    prompt: int
    """Its place among the prompts, from 0, as is `n`."""
    n: int
    spend: int
    """Charged tokens."""
    finished: bool
    end: str
    dollars: Decimal
    seconds: float
    check: bool | None = None
    """Whether the check passed; None without one."""
    sentence: str = ""
    """Why it ended before its first token; empty for a run that used any."""


class BegunRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was begun."""

    prompt: int
    n: int
    folder: str
    """The copy that it works in; no other run of the measurement has the same."""


class StoppedRun(BegunRun, frozen=True, kw_only=True):
    """What a run used that was stopped with the measurement, and is made again."""

    spend: int
    """Charged tokens."""
    dollars: Decimal


class _MarkedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that is no run that is done: a program before this one passes it over."""

    begun: BegunRun | None = None
    stopped: StoppedRun | None = None


class Measurement:
    """A plan and its runs, in a file with one JSON row for each that began, is done or stopped."""

    def __init__(self, path: Path, plan: MeasurePlan, done: Sequence[MeasuredTask] = ()) -> None:
        self.path = path
        self.plan = plan
        self.done = [*done]
        self.begun: list[BegunRun] = []
        self.stopped: list[StoppedRun] = []
        """They count in the dollars, and in no other figure."""

    @classmethod
    def begin(cls, path: Path, plan: MeasurePlan) -> "Measurement":
        """Begin a measurement; makes its file.

        Raises:
            OSError: the file cannot be written.
        """
        make_private_folder(path.parent)
        measurement = cls(path, plan)
        measurement._write(msgspec.to_builtins(plan))
        return measurement

    @classmethod
    def load(cls, path: Path) -> "Measurement":
        """A measurement that was begun before; a torn last row is left out.

        Raises:
            OSError: there is no such file.
            ValueError: it is not the file of a measurement.
        """
        data = path.read_bytes()
        first, *rows = data.splitlines()[:100_000] or [b""]
        try:
            plan = msgspec.json.decode(first, type=MeasurePlan)
        except msgspec.DecodeError as error:
            raise ValueError(f"{path} is not the file of a measurement.") from error
        measurement = cls(path, plan)
        for row in rows:
            measurement._take(row)
        if not data.endswith(b"\n"):
            measurement._append(b"\n")  # the next row must not go on with a torn one
        return measurement

    def _take(self, row: bytes) -> None:
        """Take a row of the file; one that is torn, or of a later program, is left out."""
        with suppress(msgspec.DecodeError):
            marked = msgspec.json.decode(row, type=_MarkedRow)
            if marked.begun is not None:
                self.begun.append(marked.begun)
            elif marked.stopped is not None:
                self.stopped.append(marked.stopped)
            else:
                self.done.append(msgspec.json.decode(row, type=MeasuredTask))

    def begin_run(self, run: BegunRun) -> None:
        """Note that a run begins; from any thread."""
        self.begun.append(run)
        self._write(msgspec.to_builtins(_MarkedRow(begun=run)))

    def add(self, task: MeasuredTask) -> None:
        """Note a run that is over."""
        self.done.append(task)
        self._write(msgspec.to_builtins(task))

    def add_stopped(self, run: StoppedRun) -> None:
        """Note what a run used that was stopped."""
        self.stopped.append(run)
        self._write(msgspec.to_builtins(_MarkedRow(stopped=run)))

    def broken_off(self) -> list[BegunRun]:
        """The runs that were begun, are not done, and of which nobody knows what they used."""
        done = {(task.prompt, task.n) for task in self.done}
        last = {(run.prompt, run.n): run.folder for run in self.begun}
        ended = {last[key] for key in done & last.keys()} | {run.folder for run in self.stopped}
        return [run for run in self.begun if run.folder not in ended]

    def attempts(self, prompt: int, n: int) -> int:
        """How often a run was begun."""
        return sum((run.prompt, run.n) == (prompt, n) for run in self.begun)

    def missing(self) -> list[tuple[int, int]]:
        """The runs that are still to be made, in order."""
        done = {(task.prompt, task.n) for task in self.done}
        return [each for each in self.plan.order() if each not in done]

    @property
    def dollars(self) -> Decimal:
        """Dollars of all runs so far, those of stopped ones among them."""
        return sum(
            (each.dollars for runs in (self.done, self.stopped) for each in runs), Decimal(0)
        )

    def measured_runs(self) -> list[MeasuredRun]:
        """The runs as the estimate needs them.

        Runs of one prompt are looks at one task, and differ less than tasks do. So from
        `MIN_PROMPTS` prompts on each counts with its median run; below that all runs count, and
        tell of these very prompts only.
        """
        if len(self.plan.prompts) < MIN_PROMPTS:
            return [_measured(task) for task in self.done if task.spend > 0]
        found = []
        for prompt in range(len(self.plan.prompts)):
            of_prompt = sorted(
                (task for task in self.done if task.prompt == prompt and task.spend > 0),
                key=lambda task: task.spend,
            )
            if of_prompt:
                found.append(_measured(of_prompt[(len(of_prompt) - 1) // 2]))
        return found

    def median_spend(self) -> int:
        """The median of all runs so far, in tokens; 0 before the first."""
        return round(median(task.spend for task in self.done)) if self.done else 0

    def _write(self, row: object) -> None:
        self._append(json.dumps(row).encode() + b"\n")

    def _append(self, data: bytes) -> None:
        handle = open_private(self.path, os.O_WRONLY | os.O_APPEND)
        with os.fdopen(handle, "ab") as file:
            file.write(data)


def _measured(task: MeasuredTask) -> MeasuredRun:
    return MeasuredRun(float(task.spend), task.finished)
