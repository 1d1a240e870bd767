"""`glideslope advise`: what budget to give, from the runs of the past."""

import csv
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import msgspec

from tui.budget.budget_advice import POLICIES, budget_advice
from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import KINDS, TYPICAL, TaskKind
from tui.claude.catalogue import EFFORTS, Catalogue, Model
from tui.claude.model_names import find_model
from tui.command_line import CommandLineParser, UsageError, current_folder
from tui.history.advice_basis import AdviceBasis, basis_with_warnings
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.option_values import kind_option
from tui.printing import print_error, print_json, print_text
from tui.reports.advice_page import advice_json, advice_lines
from tui.reports.advice_plots import completion_curve
from tui.session.store_errors import StoreError
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.user_folders import user_folders

MIN_PLOT, MAX_PLOT, PLOT_LINES = 40, 100, 8
"""Cells of the curve: how wide it is at least and at most, and how high."""
TRUE_WORDS = frozenset({"true", "yes", "1", "y", "finished", "done", "completed"})
FALSE_WORDS = frozenset({"false", "no", "0", "n", "cut"})


def run_advise(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code.

    Raises:
        UsageError: the command line or the file with runs is wrong.
    """
    found = _parser().parse_args(arguments)
    kind = kind_option(found.kind)
    headroom = _headroom(found.headroom)
    if found.file is not None:
        distribution = SpendDistribution(read_runs(Path(found.file)), TYPICAL[kind])
        basis, model, effort = AdviceBasis(distribution), Model(id="", name=""), found.effort
    else:
        settings = resolve_settings(current_folder(), use_project=False)
        catalogue = _catalogue(settings)
        name = found.model or str(settings.values["model"].value)
        model = find_model(catalogue, name) or catalogue.model(name)
        effort = model.effort(found.effort) if found.effort else None
        try:
            basis = _own_basis(catalogue, kind, model, effort)
        except StoreError as error:
            print_error(error.sentence)
            return 1
    advice = budget_advice(basis.distribution, found.policy, headroom=headroom)
    if found.json:
        print_json(advice_json(basis, advice, kind=kind, model=model.id, effort=effort))
    else:
        print_text(
            "\n".join(advice_lines(basis, advice, kind=kind, model=model.name, effort=effort))
        )
        if not found.plain:
            width = min(MAX_PLOT, max(MIN_PLOT, get_terminal_size().columns))
            curve = completion_curve(
                basis.distribution, advice.budget, width=width, height=PLOT_LINES
            )
            print_text("\n".join(("", "share of such tasks that a budget fits", *curve)))
    return 0


def read_runs(path: Path) -> list[MeasuredRun]:
    """Runs from a file: a JSON list of `{"tokens": N, "finished": true}`, or CSV with a header.

    A run that does not say whether it was finished counts as finished.

    Raises:
        UsageError: the file cannot be read, or a run in it makes no sense.
    """
    try:
        text = path.expanduser().read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.") from error
    begins = text.lstrip()[:1]
    rows = _json_rows(path, text) if begins in ("[", "{") else _csv_rows(path, text)
    return [_measured(path, number, row) for number, row in rows]


def _json_rows(path: Path, text: str) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no JSON: {error}.") from error
    if isinstance(found, dict):
        found = found.get("runs")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        wanted = '[{"tokens": 52000, "finished": true}, …]'
        raise UsageError(f"{path} holds no list of runs; expected {wanted}.")
    return ((f"run {number}", row) for number, row in enumerate(found, 1))


def _csv_rows(path: Path, text: str) -> Iterable[tuple[str, dict[str, Any]]]:
    lines = [line for line in text.splitlines() if line.strip()]
    rows = csv.DictReader(lines, skipinitialspace=True)
    if "tokens" not in [name.strip().lower() for name in rows.fieldnames or ()]:
        raise UsageError(f"{path} has no column `tokens`; its first line names the columns.")
    for number, row in enumerate(rows, 2):
        values = {name.strip().lower(): value for name, value in row.items() if name}
        yield f"line {number}", values


def _measured(path: Path, place: str, row: dict[str, Any]) -> MeasuredRun:
    tokens: Any = row.get("tokens", row.get("spend"))
    try:
        number = math.nan if isinstance(tokens, bool) else float(tokens)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < 1e15:
        raise UsageError(
            f"{path}, {place}: tokens is {str(tokens)[:20]!r}; expected a number above 0."
        )
    said = row.get("finished", True)
    word = str(said).strip().lower()
    if said is None or not word or word in TRUE_WORDS:
        return MeasuredRun(number, finished=True)
    if word in FALSE_WORDS:
        return MeasuredRun(number, finished=False)
    raise UsageError(f"{path}, {place}: finished is {word[:20]!r}; expected true or false.")


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope advise",
        description="Says what budget to give a task, from runs of the past; without runs, from"
        " published ranges.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--kind", default="other", metavar="KIND", help=f"the kind of task: {', '.join(KINDS)}")
    add("--model", metavar="ID", help="the model it is for; without it, the one of the settings")
    add("--effort", choices=EFFORTS, help="the effort it is for")
    add("--policy", choices=[*POLICIES], default="complete", help="how many tasks shall fit")
    add("--headroom", metavar="PERCENT", help="what to add, instead of the usual: 0 for nothing")
    add("--from", dest="file", metavar="RUNS.csv|json", help="runs of anybody's, from a file")
    add("--plain", action="store_true", help="print no picture of the curve")
    add("--json", action="store_true", help="print one JSON object")
    return parser


def _headroom(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        percent = float(text.strip().rstrip("%"))
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 1_000:
        raise UsageError(f"--headroom is {text!r}; expected a percentage such as 30.")
    return percent / 100


def _catalogue(settings: ResolvedSettings) -> Catalogue:
    from tui.claude.catalogue_overrides import catalogue_from_settings

    catalogue, sentences = catalogue_from_settings(settings)
    for sentence in sentences:
        print_error(sentence)
    return catalogue


def _own_basis(
    catalogue: Catalogue, kind: TaskKind, model: Model, effort: str | None
) -> AdviceBasis:
    data = user_folders().data
    with HistoryStore(data) as store:
        unread = refresh_own_runs(store, data, catalogue.counting)
        runs = store.newest_runs()
    if unread:
        print_error(f"{unread:,} sessions could not be read; their runs are left out.")
    return basis_with_warnings(
        runs,
        kind,
        lambda id: catalogue.model(id).tokenizer,
        model=model.id,
        effort=effort,
        now=time.time(),
    )
