"""`glideslope measure`: what a task really takes, before a budget is chosen."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from itertools import count
from pathlib import Path

from tui.budget.task_kind_rules import guess_before
from tui.budget.task_kinds import KINDS, TaskKind, find_kind
from tui.claude.catalogue_overrides import catalogue_from_settings
from tui.command_line import CommandLineParser, UsageError, current_folder
from tui.history.kind_corrections import KindCorrections
from tui.measuring.headless_runs import Lifelines, run_once
from tui.measuring.measurement import (
    BegunRun,
    MeasuredTask,
    Measurement,
    MeasurePlan,
)
from tui.measuring.stopped_runs import read_stopped
from tui.measuring.workspaces import (
    Workspace,
    WorkspaceError,
    make_workspace,
    remarks_on,
    remove_abandoned,
)
from tui.number_format import count_with_noun, format_dollars, format_duration, format_tokens
from tui.printing import print_beside, print_error, print_json, print_text
from tui.reports.measure_page import measure_json, measure_lines, stopped_sentence
from tui.sanitize import clean_line
from tui.session.session_paths import new_session_id
from tui.session.store_errors import StoreError
from tui.settings.settings_resolver import resolve_settings
from tui.settings.user_folders import user_folders

RUNS = 5
RUN_LIMIT, TOTAL_LIMIT = Decimal(2), Decimal(20)
"""Dollars of a run and of all runs, unless told otherwise; neither can be switched off."""
RUN_SECONDS = 3_600.0
"""Seconds that one run may take."""
MODES = ("edits", "auto")
"""Permission modes: nobody is there to ask."""
ONLY_PLANS = (
    "Mode plan changes nothing and ends with a price, so there is no work to measure. Measure with"
    " --permission-mode edits or auto; glideslope -p --plan-only prices a plan."
)
EXIT_ERROR, EXIT_LIMIT, EXIT_INTERRUPTED = 1, 4, 130


def run_measure(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code.

    Raises:
        UsageError: the command line is wrong, or no copy can be made.
    """
    found = _parser().parse_args(arguments)
    measurement = _resumed(found.resume) if found.resume else _begun(found, current_folder())
    if measurement.plan.mode == "plan":
        raise UsageError(ONLY_PLANS)
    if measurement.broken_off():
        _note_stopped(measurement)
    folder = Path(measurement.plan.folder or current_folder())
    if not folder.is_dir():
        raise UsageError(f"{folder} is gone: there is nothing to measure in.")
    is_json = found.output_format == "json"
    say: Callable[[str], None] = print_beside if is_json else print_text
    cache = user_folders().cache / "measure"
    remove_abandoned(folder, cache)
    if not _agreed(measurement, folder, say, is_agreed=found.yes):
        return EXIT_INTERRUPTED
    session = _Session(measurement, folder, cache, say, keep=found.keep)
    try:
        code = session.run(found.parallel)
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    if is_json:
        print_json(measure_json(measurement))
    else:
        print_text("\n".join(measure_lines(measurement)))
    if measurement.missing():
        say(f"To go on: glideslope measure --resume {measurement.path.stem}")
    return code


class _Session:
    """Makes the runs that are missing."""

    def __init__(
        self,
        measurement: Measurement,
        folder: Path,
        cache: Path,
        say: Callable[[str], None],
        *,
        keep: bool,
    ) -> None:
        self._measurement = measurement
        self._folder, self._cache, self._say, self._keep = folder, cache, say, keep
        self._workspaces: list[Workspace] = []
        self._lifelines = Lifelines()

    def run(self, parallel: int) -> int:
        """Make the runs; returns the exit code.

        Args:
            parallel: How many at a time.

        Raises:
            UsageError: a copy cannot be made.
        """
        todo = self._measurement.missing()
        running: set[Future[MeasuredTask]] = set()
        pool = ThreadPoolExecutor(max_workers=parallel)
        try:
            while todo or running:
                while todo and len(running) < parallel and self._can_pay(len(running)):
                    running.add(pool.submit(self._run, *todo.pop(0)))
                if not running:
                    self._say(
                        "The limit of all runs "
                        f"({format_dollars(self._measurement.plan.total_limit)}) leaves no room for"
                        " another run."
                    )
                    return EXIT_LIMIT
                over, running = wait(running, return_when=FIRST_COMPLETED)
                for task in (future.result() for future in over):
                    # Before the first token of all the others would fail as well.
                    if task.sentence and not any(each.spend for each in self._measurement.done):
                        self._say(f"The run could not begin: {clean_line(task.sentence)}")
                        return EXIT_ERROR
                    self._note(task)
        except WorkspaceError as error:
            raise UsageError(str(error)) from error
        finally:
            self._lifelines.end_all()
            pool.shutdown(wait=False, cancel_futures=True)
            for workspace in self._workspaces:
                workspace.remove()
        return 0

    def _can_pay(self, running: int) -> bool:
        plan = self._measurement.plan
        ahead = self._measurement.dollars + (running + 1) * plan.run_limit
        return ahead <= plan.total_limit

    def _run(self, prompt: int, n: int) -> MeasuredTask:
        name = f"{self._measurement.path.stem}-{prompt + 1}-{n + 1}"
        # Each copy has a name of its own, so that its log is that of one run; one may be kept.
        first = self._measurement.attempts(prompt, n)
        names = (f"{name}-again-{at}" if at else name for at in count(first))
        free = next(each for each in names if not (self._cache / each).exists())
        workspace = make_workspace(self._folder, self._cache, free)
        begun = BegunRun(prompt=prompt, n=n, folder=str(workspace.folder))
        self._measurement.begin_run(begun)
        if self._keep:
            self._say(f"  copy of run {n + 1} of prompt {prompt + 1}: {workspace.folder}")
        else:
            self._workspaces.append(workspace)
        plan, lifelines = self._measurement.plan, self._lifelines
        task = run_once(plan, prompt, n, workspace.folder, RUN_SECONDS, lifelines=lifelines)
        if self._keep:
            workspace.keep()
        else:
            workspace.remove()
            self._workspaces.remove(workspace)
        return task

    def _note(self, task: MeasuredTask) -> None:
        measurement = self._measurement
        measurement.add(task)
        plan = measurement.plan
        of = len(plan.prompts) * plan.runs
        check = {True: ", check passed", False: ", check failed", None: ""}[task.check]
        self._say(
            f"{len(measurement.done):>3} of {of}  prompt {task.prompt + 1} run {task.n + 1}  "
            f"{format_tokens(task.spend):>6} tokens  {format_dollars(task.dollars)}  "
            f"{format_duration(task.seconds)}  {task.end.replace('_', ' ')}{check}  ·  median "
            f"{format_tokens(measurement.median_spend())}, "
            f"{format_dollars(plan.total_limit - measurement.dollars)} left"
        )


def _begun(found: object, folder: Path) -> Measurement:
    """A new measurement from the command line."""
    prompts = _prompts(getattr(found, "prompt", []), getattr(found, "file", None))
    mode: str = getattr(found, "permission_mode", MODES[0])
    if mode not in MODES:
        only = f"--permission-mode is {mode!r}; expected {' or '.join(MODES)}."
        raise UsageError(ONLY_PLANS if mode == "plan" else only)
    word: str | None = getattr(found, "kind", None)
    kind = find_kind(word) if word else guess_before(prompts[0], _taught_verbs()).kind
    if kind is None:
        raise UsageError(f"There is no kind of task {word!r}; there are {', '.join(KINDS)}.")
    plan = MeasurePlan(
        prompts=prompts,
        runs=_number("--runs", getattr(found, "runs", RUNS), 1, 1_000),
        kind=kind,
        run_limit=_dollars("--limit", getattr(found, "limit", None), RUN_LIMIT),
        total_limit=_dollars("--total", getattr(found, "total", None), TOTAL_LIMIT),
        model=getattr(found, "model", None),
        effort=getattr(found, "effort", None),
        mode=mode,
        check=getattr(found, "check", None) or "",
        simulate=getattr(found, "simulate", False),
        trust=getattr(found, "trust", False),
        folder=str(folder),
    )
    _number("--parallel", getattr(found, "parallel", 1), 1, 16)
    if plan.run_limit > plan.total_limit:
        raise UsageError("--total is less than the limit of one run.")
    path = user_folders().state / "measure" / f"{new_session_id()}.jsonl"
    try:
        return Measurement.begin(path, plan)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def _taught_verbs() -> Mapping[str, TaskKind]:
    """The head verbs that the user's corrections taught; none where they cannot be read."""
    corrections = KindCorrections(user_folders().data)
    with suppress(StoreError):
        corrections.refresh()
    return corrections.verbs


def _resumed(id: str) -> Measurement:
    folder = user_folders().state / "measure"
    if Path(id).name != id:
        raise UsageError(f"{id!r} is no id of a measurement.")
    try:
        return Measurement.load(folder / f"{id}.jsonl")
    except OSError as error:
        raise UsageError(f"There is no measurement {id}.") from error
    except ValueError as error:
        raise UsageError(str(error)) from error


def _note_stopped(measurement: Measurement) -> None:
    """Find out what the runs used that were stopped with the program that made them."""
    resolved = resolve_settings(current_folder(), use_project=False)
    counting = catalogue_from_settings(resolved)[0].counting
    for run in measurement.broken_off():
        measurement.add_stopped(read_stopped(run, user_folders().data, counting))


def _agreed(
    measurement: Measurement, folder: Path, say: Callable[[str], None], *, is_agreed: bool
) -> bool:
    """Say what will happen and cost, and ask.

    Raises:
        UsageError: there is nobody to ask.
    """
    plan, missing = measurement.plan, len(measurement.missing())
    most = min(plan.total_limit - measurement.dollars, missing * plan.run_limit)
    say(
        f"{count_with_noun(missing, 'run')} of {count_with_noun(len(plan.prompts), 'prompt')}, each"
        f" in a copy of {folder}, without a budget and with at most "
        f"{format_dollars(plan.run_limit)}: {format_dollars(max(most, Decimal(0)))} at most in all."
    )
    if measurement.stopped:
        say(stopped_sentence(measurement))
    if plan.mode == "auto":
        say("Commands run unasked. A copy is no sandbox: a command that deploys elsewhere deploys.")
    for remark in remarks_on(folder):
        say(remark)
    if is_agreed or plan.simulate:
        return True
    if not sys.stdin.isatty():
        raise UsageError("There is nobody to ask; --yes starts it.")
    print_error("Start? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _prompts(words: Sequence[str], file: str | None) -> tuple[str, ...]:
    """The prompts of the command line or of a file: a line each, or JSON rows with `prompt`."""
    if file is None:
        prompt = " ".join(words).strip()
        if not prompt:
            raise UsageError("Say what to measure: a prompt, or --file with one prompt a line.")
        return (prompt,)
    if words:
        raise UsageError("Give a prompt or --file, not both.")
    try:
        lines = Path(file).expanduser().read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{file} cannot be read: {reason}.") from error
    is_rows = file.endswith(".jsonl")
    found = [
        _row_prompt(file, at, line) if is_rows else line.strip()
        for at, line in enumerate(lines, 1)
        if line.strip()
    ]
    if not found:
        raise UsageError(f"{file} holds no prompt.")
    return tuple(found)


def _row_prompt(file: str, at: int, line: str) -> str:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{file}, line {at} is no JSON.") from error
    prompt = row if isinstance(row, str) else row.get("prompt") if isinstance(row, dict) else None
    if not isinstance(prompt, str) or not prompt.strip():
        raise UsageError(f'{file}, line {at} has no prompt; expected {{"prompt": "…"}}.')
    return prompt.strip()


def _dollars(option: str, text: str | None, default: Decimal) -> Decimal:
    if text is None:
        return default
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise UsageError(f"{option} is {text!r}; expected dollars above zero, such as '$2'.")
    return amount


def _number(option: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise UsageError(f"{option} is {value}; expected {low} to {high}.")
    return value


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope measure",
        description="Runs a prompt several times, each in a copy of this folder and without a"
        " budget, and says what budget it needs. Your files are not touched.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("prompt", nargs="*", metavar="PROMPT", help="what to measure")
    add("--file", metavar="TASKS", help='prompts: a line each, or .jsonl with {"prompt": …}')
    add("--runs", type=int, default=RUNS, metavar="K", help=f"runs of each prompt; {RUNS}")
    add("--parallel", type=int, default=1, metavar="N", help="runs at a time; 1")
    add("--limit", "--fuse", metavar="'$2'", help=f"dollars of one run at most; ${RUN_LIMIT}")
    add("--total", metavar="'$20'", help=f"dollars of all runs at most; ${TOTAL_LIMIT}")
    add("--model", metavar="ID", help="the model")
    add("--effort", metavar="LEVEL", help="how deep it works")
    add("--kind", metavar="KIND", help="the kind of task; guessed from the prompt otherwise")
    add(
        "--permission-mode",
        default=MODES[0],
        metavar="|".join(MODES),
        help="what it may do in the copy; commands run with auto only",
    )
    add("--check", metavar="CMD", help="a command that tells by its exit code if a result is right")
    add("--trust", action="store_true", help="use the settings and memory files of this folder")
    add("--keep", action="store_true", help="keep the copies, and say where they are")
    add("--yes", action="store_true", help="start without a question")
    add("--resume", metavar="ID", help="go on with a measurement that was stopped")
    add("--simulate", action="store_true", help="work offline with the simulator")
    add("--output-format", choices=("text", "json"), default="text", help="text unless told so")
    return parser
