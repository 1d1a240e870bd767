"""`glideslope advise`: what budget to give, from the runs of the past."""

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import get_terminal_size

from tui.budget.budget_advice import POLICIES, budget_advice
from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import KINDS, TYPICAL
from tui.claude.catalogue import EFFORTS, Catalogue, Model
from tui.claude.model_names import find_model
from tui.claude.work_on_models import matrix_model, same_work
from tui.command_line import CommandLineParser, UsageError, current_folder
from tui.history.advice_basis import AdviceBasis, basis_with_warnings
from tui.history.billed_totals import BilledTotal, billed_mix
from tui.history.effort_matrix import effort_matrix
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.run_files import RunFileError, read_run_file
from tui.history.task_run import TaskRun, without_short_cuts
from tui.option_values import kind_option
from tui.printing import print_error, print_json, print_text
from tui.reports.advice_page import advice_json, advice_lines
from tui.reports.advice_plots import completion_curve, run_pictures, run_words
from tui.reports.effort_matrix_page import matrix_json, matrix_page
from tui.reports.same_work_page import same_work_json, same_work_lines
from tui.session.store_errors import StoreError
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.user_folders import user_folders

MIN_PLOT, MAX_PLOT, PLOT_LINES = 40, 100, 8
"""Cells of the curve: how wide it is at least and at most, and how high."""


def run_advise(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code.

    Raises:
        UsageError: the command line or the file with runs is wrong.
    """
    found = _parser().parse_args(arguments)
    if found.matrix or found.models:
        return _run_page(found)
    kind = kind_option(found.kind or "other")
    headroom = _headroom(found.headroom)
    if found.file is not None:
        kept, left_out = read_runs(Path(found.file))
        basis = AdviceBasis(SpendDistribution(kept, TYPICAL[kind]), left_out=left_out)
        model, effort = Model(id="", name=""), found.effort
    else:
        catalogue, model = _catalogue_and_model(found.model)
        effort = model.effort(found.effort) if found.effort else None
        try:
            runs = _read_history(catalogue).runs
        except StoreError as error:
            print_error(error.sentence)
            return 1
        basis = basis_with_warnings(
            runs,
            kind,
            lambda id: catalogue.model(id).tokenizer,
            model=model.id,
            effort=effort,
            now=time.time(),
        )
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
            print_text("\n".join(run_pictures(basis.distribution, width=width)))
        else:
            print_text("\n".join(run_words(basis.distribution)))
    return 0


def _run_page(found: argparse.Namespace) -> int:
    """Print the matrix of efforts, or the same work on other models."""
    kinds = (kind_option(found.kind),) if found.kind else KINDS
    catalogue, model = _catalogue_and_model(found.model)
    if found.matrix and not model.efforts:
        raise UsageError(f"{model.name} has no effort levels; advise without --matrix.")
    try:
        history = _read_history(catalogue)
    except StoreError as error:
        print_error(error.sentence)
        return 1
    if found.matrix:
        matrix = effort_matrix(
            history.runs, history.totals, kinds, matrix_model(catalogue, model, _today())
        )
        words, data = matrix_page(matrix, model.name, kinds), matrix_json(matrix, model.id, kinds)
    else:
        kind = kinds[0] if found.kind else "other"
        mix = billed_mix(history.totals, lambda id: catalogue.model(id).tokenizer, kind)
        rows = same_work(catalogue, model, mix, _today())
        words, data = same_work_lines(rows, model, mix), same_work_json(rows, model, mix)
    if found.json:
        print_json(data)
    else:
        print_text("\n".join(words))
    return 0


def _today() -> date:
    return datetime.now(UTC).date()


def read_runs(path: Path) -> tuple[list[MeasuredRun], int]:
    """The runs of a file, and how many more were cut too early to say anything.

    Raises:
        UsageError: the file cannot be read, or a run in it makes no sense.
    """
    try:
        runs = read_run_file(path)
    except RunFileError as error:
        raise UsageError(str(error)) from error
    kept = without_short_cuts(runs)
    return kept, len(runs) - len(kept)


def _parser() -> CommandLineParser:
    parser = CommandLineParser(
        prog="glideslope advise",
        description="Says what budget to give a task, from runs of the past; without runs, from"
        " published ranges.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--kind", metavar="KIND", help=f"the kind of task: {', '.join(KINDS)}")
    add("--model", metavar="ID", help="the model it is for; without it, the one of the settings")
    add("--effort", choices=EFFORTS, help="the effort it is for")
    add("--policy", choices=[*POLICIES], default="complete", help="how many tasks shall fit")
    add("--headroom", metavar="PERCENT", help="what to add, instead of the usual: 0 for nothing")
    what = parser.add_mutually_exclusive_group()
    runs = "runs of anybody's, from a file"
    what.add_argument("--from", dest="file", metavar="RUNS.csv|json", help=runs)
    what.add_argument("--matrix", action="store_true", help="what each effort takes, by kind")
    models = "what the same work costs on every model"
    what.add_argument("--models", action="store_true", help=models)
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


def _catalogue_and_model(name: str | None) -> tuple[Catalogue, Model]:
    """The models, and the one that is named; without a name, the one of the settings."""
    settings = resolve_settings(current_folder(), use_project=False)
    catalogue = _catalogue(settings)
    wanted = name or str(settings.values["model"].value)
    return catalogue, find_model(catalogue, wanted) or catalogue.model(wanted)


def _catalogue(settings: ResolvedSettings) -> Catalogue:
    from tui.claude.catalogue_overrides import catalogue_from_settings

    catalogue, sentences = catalogue_from_settings(settings)
    for sentence in sentences:
        print_error(sentence)
    return catalogue


@dataclass(frozen=True, slots=True)
class _History:
    """What was read of the past."""

    runs: Sequence[TaskRun]
    totals: Sequence[BilledTotal]


def _read_history(catalogue: Catalogue) -> _History:
    """The history, with the own sessions as they are now.

    Raises:
        StoreError: it cannot be read.
    """
    data = user_folders().data
    with HistoryStore(data) as store:
        unread = refresh_own_runs(store, data, catalogue.counting, state=user_folders().state)
        history = _History(store.newest_runs(), store.billed_totals())
    if unread:
        print_error(f"{unread:,} sessions could not be read; their runs are left out.")
    return history
