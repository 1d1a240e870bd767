"""The shipped table and what users may change of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tui.claude.catalogue import DEFAULT_MODEL, CatalogueError, load_catalogue

BUDGETS = {
    "claude-fable-5-1",
    "claude-mythos-5-1",
    "claude-fable-5",
    "claude-mythos-5",
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
}
"""The documentation's list of models that accept a task budget."""

PER_TURN_EFFORT = {
    "claude-fable-5-1",
    "claude-mythos-5-1",
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
}


def test_the_models_that_see_a_budget_are_the_documented_ones():
    assert {id for id, model in load_catalogue().models.items() if model.task_budget} == BUDGETS


def test_the_models_with_an_effort_per_turn_are_the_documented_ones():
    assert {
        id for id, model in load_catalogue().models.items() if model.per_turn_effort
    } == PER_TURN_EFFORT


def test_all_models_of_the_price_list_are_there_with_a_price_and_a_consistent_one():
    models = load_catalogue().models
    assert len(models) == 18
    for model in models.values():
        assert model.rates, model.id
        for row in model.rates:
            assert row.cache_write_5m == row.input * Decimal("1.25"), model.id
            assert row.cache_write_1h == row.input * 2, model.id
            assert row.output == row.input * 5, model.id


@pytest.mark.parametrize(
    ("id", "factor"),
    [
        ("claude-opus-5-5", "0.05"),
        ("claude-sonnet-5-5", "0.05"),
        ("claude-fable-5-1", "0.025"),
        ("claude-mythos-5-2", "0.025"),
        ("claude-opus-5", "0.1"),
        ("claude-haiku-5-5", "0.1"),
        ("claude-fable-5", "0.1"),
    ],
)
def test_cache_reads_cost_what_the_documentation_multiplies_them_with(id: str, factor: str):
    for row in load_catalogue().model(id).rates:
        assert row.cache_read == row.input * Decimal(factor)


@pytest.mark.parametrize(
    ("id", "efforts", "default"),
    [
        ("claude-opus-5-5", 5, "medium"),
        ("claude-haiku-5-5", 5, "medium"),
        ("claude-opus-4-7", 5, "high"),
        ("claude-sonnet-4-6", 4, "high"),
        ("claude-opus-4-5", 3, "high"),
        ("claude-haiku-4-5", 0, None),
    ],
)
def test_efforts_and_their_defaults_are_the_documented_ones(
    id: str, efforts: int, default: str | None
):
    model = load_catalogue().model(id)
    assert (len(model.efforts), model.default_effort) == (efforts, default)


def test_an_effort_a_model_does_not_have_becomes_the_next_lower_one():
    catalogue = load_catalogue()
    assert catalogue.model("claude-opus-4-6").effort("xhigh") == "high"
    assert catalogue.model("claude-opus-4-5").effort("max") == "high"
    assert catalogue.model("claude-opus-5-5").effort(None) == "medium"
    assert catalogue.model("claude-opus-5-5").effort("furious") == "medium"
    assert catalogue.model("claude-haiku-4-5").effort("high") is None


def test_the_default_model_is_known_and_sees_budgets():
    assert load_catalogue().model(DEFAULT_MODEL).task_budget


def test_a_dated_id_is_the_model_it_is_a_date_of():
    model = load_catalogue().get("claude-haiku-4-5-20251001")
    assert model is not None
    assert (model.id, model.name) == ("claude-haiku-4-5-20251001", "Haiku 4.5")


def test_an_unknown_model_is_assumed_to_know_nothing_and_to_have_no_price():
    catalogue = load_catalogue()
    assert catalogue.get("gpt-17") is None
    model = catalogue.model("gpt-17")
    assert (model.known, model.task_budget, model.efforts, model.rates) == (False, False, (), ())
    assert model.thinking == "none"


def test_an_override_changes_what_it_names_and_nothing_else():
    before = load_catalogue().model("claude-fable-5-2")
    after = load_catalogue({"models": {"claude-fable-5-2": {"task_budget": True}}}).model(
        "claude-fable-5-2"
    )
    assert (before.task_budget, after.task_budget) == (False, True)
    assert after.rates == before.rates
    assert load_catalogue().model("claude-fable-5-2") == before


def test_an_override_can_add_a_model_with_prices_of_any_number_kind():
    row = {
        "since": "2026-11-01",
        "input": 0.1,
        "output": "0.5",
        "cache_write_5m": 1,
        "cache_write_1h": 2,
        "cache_read": 0.01,
    }
    entry = {"name": "Qwen 9", "context": 32_000, "max_output": 8_000, "rates": [row]}
    model = load_catalogue({"models": {"qwen-9": entry}}).model("qwen-9")
    assert (model.name, model.context, model.known) == ("Qwen 9", 32_000, True)
    assert model.rates[0].input == Decimal("0.1")
    assert model.rates[0].since == date(2026, 11, 1)


def test_the_undocumented_is_a_switch():
    catalogue = load_catalogue()
    assert (catalogue.turn_reset, catalogue.charges_prompts) == ("context", False)
    changed = load_catalogue({"turn_reset": "fresh", "charges_prompts": True})
    assert (changed.turn_reset, changed.charges_prompts) == ("fresh", True)


@pytest.mark.parametrize(
    ("overrides", "path"),
    [
        (
            {"models": {"claude-opus-5": {"context": "big"}}},
            "catalogue.models.claude-opus-5.context",
        ),
        ({"models": {"claude-opus-5": {"contxt": 1}}}, "catalogue.models.claude-opus-5"),
        ({"models": {"claude-opus-5": 3}}, "catalogue.models.claude-opus-5"),
        ({"models": []}, "catalogue.models"),
        ({"models": {"claude-opus-5": {"context": 0}}}, "catalogue.models.claude-opus-5.context"),
        ({"models": {"claude-opus-5": {"rates": [{}]}}}, "catalogue.models.claude-opus-5.rates"),
        ({"models": {"claude-opus-5": {"default_effort": "hot"}}}, "default_effort"),
        ({"models": {"claude-opus-5": {"efforts": ["low"]}}}, "default_effort"),
        ({"turn_reset": "never"}, "catalogue.turn_reset"),
        ({"charges_prompts": "yes"}, "catalogue.charges_prompts"),
        ({"nonsense": 1}, "catalogue"),
    ],
)
def test_a_mistake_in_an_override_is_one_sentence_that_names_the_place(
    overrides: dict[str, Any], path: str
):
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(overrides)
    said = str(caught.value)
    assert path in said
    assert said.endswith((".", "?")) and "\n" not in said


@pytest.mark.parametrize("price", [-1, "NaN", "Infinity"])
def test_a_price_that_is_none_is_refused(price: int | str):
    row = {
        "since": "2026-11-01",
        "input": price,
        "output": 1,
        "cache_write_5m": 1,
        "cache_write_1h": 1,
        "cache_read": 1,
    }
    with pytest.raises(CatalogueError, match=r"rates\[0\]\.input"):
        load_catalogue({"models": {"claude-opus-5": {"rates": [row]}}})


def priced(**more: Any) -> dict[str, Any]:
    """A row of prices."""
    names = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    return {"since": "2026-11-01", **dict.fromkeys(names, 1), **more}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"rates": [priced(), priced(since="2026-12-01", input="four")]},
            'catalogue.models.claude-opus-5.rates[1].input: expected a number, such as "4.50", '
            'not "four".',
        ),
        (
            {"rates": [priced(above=100_000)]},
            "catalogue.models.claude-opus-5.rates: expected a row of 2026-11-01 at standard speed "
            "without `above`, for short prompts.",
        ),
        (
            {"rates": [priced(), priced(speed="fast"), priced(speed="fast", output=2)]},
            "catalogue.models.claude-opus-5.rates: two rows of 2026-11-01 at fast speed have the "
            "same `above`.",
        ),
        (
            {"rates": [priced(web_search=-1)]},
            "catalogue.models.claude-opus-5.rates[0].web_search: expected dollars per 1,000 "
            "searches.",
        ),
        (
            {"rates": [priced(), priced(above=-1)]},
            "catalogue.models.claude-opus-5.rates[1].above: expected a number of tokens.",
        ),
        (
            {"rates": [priced(speed="warp")]},
            'catalogue.models.claude-opus-5.rates[0].speed: expected standard or fast, not "warp".',
        ),
        (
            {"geo": {"us": "a tenth"}},
            'catalogue.models.claude-opus-5.geo.us: expected a number, such as "4.50", '
            'not "a tenth".',
        ),
        (
            {"tiers": {"batch": "NaN"}},
            "catalogue.models.claude-opus-5.tiers.batch: expected a factor of zero or more.",
        ),
        ({"geo": "1.1"}, "catalogue.models.claude-opus-5.geo: expected a table."),
        (
            {"thinking": "sometimes"},
            "catalogue.models.claude-opus-5.thinking: expected always, on, send or none, "
            'not "sometimes".',
        ),
        (
            {"efforts": ["low", "hihg"]},
            "catalogue.models.claude-opus-5.efforts[1]: expected low, medium, high, xhigh or max, "
            'not "hihg".',
        ),
        (
            {"efforts": "low"},
            'catalogue.models.claude-opus-5.efforts: expected a list, not "low".',
        ),
        (
            {"retires": "soon"},
            "catalogue.models.claude-opus-5.retires: expected a date, such as 2026-12-01, "
            'not "soon".',
        ),
        (
            {"task_budget": "yes"},
            'catalogue.models.claude-opus-5.task_budget: expected true or false, not "yes".',
        ),
        (
            {"context": "big"},
            'catalogue.models.claude-opus-5.context: expected a whole number, not "big".',
        ),
        (
            {"rates": [{"since": "2026-11-01"}]},
            "catalogue.models.claude-opus-5.rates[0]: expected `input` too.",
        ),
    ],
)
def test_a_mistake_in_a_price_is_named_to_the_row_and_the_key(entry: dict[str, Any], said: str):
    with pytest.raises(CatalogueError) as caught:
        load_catalogue({"models": {"claude-opus-5": entry}})
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("id", "meant"),
    [
        ("claude-opus-5.5", "claude-opus-5-5"),
        ("claude-opus-55", "claude-opus-5-5"),
        ("claude-haiku-5-5-20261101", "claude-haiku-5-5"),
    ],
)
def test_a_slip_in_the_id_of_a_model_is_no_new_model(id: str, meant: str):
    with pytest.raises(CatalogueError) as caught:
        load_catalogue({"models": {id: {"task_budget": False, "context": 100_000}}})
    assert str(caught.value) == (
        f"catalogue.models.{id}: the list has no such model, and a new one needs `name`, `context` "
        f"and `max_output`; did you mean `{meant}`?"
    )


def test_a_model_like_no_other_is_told_what_it_needs():
    with pytest.raises(CatalogueError, match=r"a new one needs .* and `max_output`\.$"):
        load_catalogue({"models": {"qwen-9": {"context": 32_000}}})


def test_factors_are_overridden_by_name_of_the_table():
    model = load_catalogue({"models": {"claude-opus-5-5": {"tiers": {"priority": "0.8"}}}}).model(
        "claude-opus-5-5"
    )
    assert model.tiers == {"priority": Decimal("0.8")}
    assert model.geo == {"us": Decimal("1.1")}


@pytest.mark.parametrize(
    ("url", "known"),
    [
        (None, True),
        ("https://api.anthropic.com", True),
        ("https://API.anthropic.com/v1", True),
        ("https://api.anthropic.com.evil.example", False),
        ("http://localhost:11434", False),
        ("https://proxy.example/anthropic", False),
        ("nonsense", False),
        ("http://[::bad", False),
    ],
)
def test_only_servers_known_to_support_budgets_are_sent_one(url: str | None, known: bool):
    assert load_catalogue().server_supports_task_budget(url) is known
    assert load_catalogue().server_supports_task_budget(url, simulator=True) is True


def test_a_user_can_vouch_for_a_gateway():
    catalogue = load_catalogue({"budget_hosts": ["api.anthropic.com", "proxy.example"]})
    assert catalogue.server_supports_task_budget("https://proxy.example/anthropic")
    assert catalogue.model_sees_budget(catalogue.model("claude-opus-5-5"), "https://proxy.example")
    assert not catalogue.model_sees_budget(
        catalogue.model("claude-opus-4-6"), "https://proxy.example"
    )
