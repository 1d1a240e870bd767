"""Runs as the tests write them: thousands of tokens, `x` behind those that were cut."""

from tui.budget.spend_distribution import MeasuredRun, SpendDistribution, SpendInterval
from tui.budget.task_kinds import TYPICAL, TaskKind

BUG_FIXES = "12 15.5 18 22 25x 26 31 40x 42 50x"
# Kind, runs, advice at 50, 75, 90, 95 and 99 %, interval of p90 and p50, budget at p90:
# worked out by hand and by an independent program.
WORKED: list[tuple[TaskKind, str, str, SpendInterval, SpendInterval, int]] = [
    (
        "feature",
        "",
        "100000 161972 250000 324153 527672",
        SpendInterval(None, None),
        SpendInterval(None, None),
        250_000,
    ),
    (
        "feature",
        "100",
        "100000 184322 354595 581267 2205320",
        SpendInterval(100_000, None),
        SpendInterval(None, None),
        535_000,
    ),
    (
        "feature",
        "80 150",
        "105098 180799 317149 475234 1308160",
        SpendInterval(80_000, None),
        SpendInterval(None, None),
        480_000,
    ),
    (
        "feature",
        "60 95 120x 200x 45",
        "105520 191612 343288 507435 1218147",
        SpendInterval(95_000, None),
        SpendInterval(45_000, None),
        515_000,
    ),
    (
        "feature",
        "38 52 61 75x 90 100x 140",
        "86886 140178 221536 299031 571738",
        SpendInterval(90_000, None),
        SpendInterval(52_000, 140_000),
        335_000,
    ),
    (
        "bug fix",
        BUG_FIXES,
        "27391 44481 69979 93568 171709",
        SpendInterval(42_000, None),
        SpendInterval(18_000, 42_000),
        105_000,
    ),
    (
        "bug fix",
        "12 15.5 18 22 26 31 35 42 55 90",
        "27671 44193 73782 99111 181054",
        SpendInterval(42_000, None),
        SpendInterval(18_000, 42_000),
        115_000,
    ),
    (
        "bug fix",
        "60x 60x 60x",
        "66383 166316 419169 798422 3706839",
        SpendInterval(None, None),
        SpendInterval(None, None),
        630_000,
    ),
    (
        "documentation",
        " ".join(map(str, range(1, 51))),
        "23879 38078 50963 58399 86892",
        SpendInterval(42_000, 49_000),
        SpendInterval(20_000, 31_000),
        69_000,
    ),
]


def runs_of(text: str) -> list[MeasuredRun]:
    """The runs of a text such as `60 95 120x`."""
    return [MeasuredRun(float(t.rstrip("x")) * 1_000, not t.endswith("x")) for t in text.split()]


def distribution(kind: TaskKind, text: str) -> SpendDistribution:
    """The estimate from these runs, beside the published range of the kind."""
    return SpendDistribution(runs_of(text), TYPICAL[kind])
