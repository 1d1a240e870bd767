"""What is typed behind a slash name, as values."""

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tui.claude.catalogue import load_catalogue
from tui.screens.command_handlers import command_arguments as arguments
from tui.screens.command_handlers.command_arguments import (
    ARGUMENT_ERRORS,
    ChangeBudget,
    ChangeScope,
)
from tui.settings.amounts import Dollars, MoreTokens, NoBudget, Tokens
from tui.settings.problems import Layer

SESSION: Any = SimpleNamespace(minimum_budget=20_000)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("", None),
        ("200k", ChangeBudget(Tokens(200_000))),
        ("+50k", ChangeBudget(MoreTokens(50_000))),
        ("$5 --save user", ChangeBudget(Dollars(Decimal(5)), Layer.USER)),
        ("off", ChangeBudget(NoBudget())),
        ("scope turn", ChangeScope("turn")),
        ("scope session --save project", ChangeScope("session", Layer.PROJECT)),
    ],
)
def test_words_behind_budget_are_an_amount_or_a_scope(
    text: str, change: ChangeBudget | ChangeScope | None
):
    assert arguments.parse_budget(text, SESSION) == change


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (arguments.parse_grouping, "", None),
        (arguments.parse_grouping, "by Turn", "turn"),
        (arguments.parse_grouping, "model", "model"),
        (arguments.parse_figure, "", "budget"),
        (arguments.parse_figure, "Time", "time"),
        (arguments.parse_mode, "", None),
        (arguments.parse_mode, "PLAN", "plan"),
        (arguments.parse_effort, "", None),
        (arguments.parse_effort, "High", "high"),
        (arguments.parse_session_name, " the\nparser ", "the parser"),
        (arguments.parse_job, "", None),
        (arguments.parse_job, "stop 12", 12),
        (arguments.parse_setting, "", None),
        (arguments.parse_text, "as it is", "as it is"),
    ],
)
def test_words_are_values_and_nothing_typed_leaves_the_choice(
    parse: Callable[[Any, Any], object], text: str, value: str | int | None
):
    assert parse(text, SESSION) == value


def test_a_model_is_found_by_its_family():
    session: Any = SimpleNamespace(catalogue=load_catalogue())
    assert arguments.parse_model("", session) is None
    assert arguments.parse_model("opus", session).id.startswith("claude-opus")


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (arguments.parse_budget, "scope", "The scope is session or turn: /budget scope turn."),
        (
            arguments.parse_budget,
            "off --save user",
            "Nothing to save: only a whole budget is kept, not off.",
        ),
        (arguments.parse_mode, "wild", "The modes are plan, ask, edits, auto."),
        (arguments.parse_session_name, " ", "A name is missing: /rename NAME."),
        (arguments.parse_job, "end 7", "/jobs lists them, /jobs stop NUMBER stops one."),
        (arguments.parse_job, "stop x", "There is no job x; /jobs lists them."),
    ],
)
def test_words_that_are_no_arguments_are_refused_in_a_sentence(
    parse: Callable[[Any, Any], object], text: str, sentence: str
):
    with pytest.raises(ARGUMENT_ERRORS) as caught:
        parse(text, SESSION)
    assert str(caught.value) == sentence
