"""The models to choose from: the newest of each family, with prices."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from tui.budget.ledger import Usage
from tui.claude.catalogue import load_catalogue
from tui.reports.model_list import ModelList, model_list
from tui.session.usage_details import BillLine

CATALOGUE = load_catalogue()
NOON = 1_795_435_200.0


def models(
    current: str = "claude-opus-5-5", default: str = "opus", *, sees_budgets: bool = True
) -> ModelList:
    opened: Any = SimpleNamespace(
        catalogue=CATALOGUE,
        model=CATALOGUE.model(current),
        resolved=SimpleNamespace(settings=SimpleNamespace(model=default)),
        runner=SimpleNamespace(
            ctx=SimpleNamespace(run=SimpleNamespace(server_supports_task_budget=sees_budgets))
        ),
        now=lambda: NOON,
    )
    line = BillLine(
        request=1,
        turn=1,
        model="claude-opus-5-5",
        purpose="turn",
        usage=Usage(input=100_000, output=2_000),
        dollars=Decimal("0.44"),
        rates=None,
    )
    return model_list(opened, [line])


def test_the_newest_of_each_family_come_first_with_their_prices():
    rows = models().newest
    assert [(row.name, row.prices, row.session, row.window) for row in rows] == [
        ("Opus 5.5", "$4 / $20", "$0.44", "1M"),
        ("Sonnet 5.5", "$2 / $10", "≈ $0.22", "1M"),
        ("Haiku 5.5", "$0.10 / $0.50", "≈ $0.01", "1M"),
        ("Fable 5.2", "$8 / $40", "≈ $0.88", "1M"),
    ]
    assert rows[0].notes == ("default", "everyday, hard tasks")
    assert rows[3].notes == ("told its budget by notes", "the largest")


def test_all_others_are_behind_them():
    found = models()
    assert len(found.newest) + len(found.others) == len(CATALOGUE.models)
    assert "by invitation" in next(row.notes for row in found.others if row.name == "Mythos 5.2")


def test_the_model_in_use_is_among_the_first_and_the_default_is_marked_where_it_is():
    found = models(current="claude-opus-4-8", default="sonnet")
    assert "Opus 4.8" in [row.name for row in found.newest]
    assert [row.name for row in found.newest if "default" in row.notes] == ["Sonnet 5.5"]
    unknown = models(current="llama-of-mine").newest
    assert ("llama-of-mine", "price unknown", "") in [row[1:2] + row[3:5] for row in unknown]


def test_where_the_server_tells_no_budget_notes_do():
    assert all("told its budget by notes" in row.notes for row in models(sees_budgets=False).newest)
