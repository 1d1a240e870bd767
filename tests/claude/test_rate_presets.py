"""The published limits by team size, and corrections to them."""

from typing import Any

import pytest

from tui.agent.rate_settings import rate_allowance
from tui.agent.request_scheduler import RateAllowance
from tui.claude.catalogue import CatalogueError, load_catalogue
from tui.claude.rate_presets import team_limits
from tui.settings.settings_schema import RateLimitSettings

PRESETS = load_catalogue().rate_presets


@pytest.mark.parametrize(
    ("users", "tokens", "requests"),
    [
        (1, 200_000, 5),
        (5, 1_000_000, 25),
        (6, 600_000, 15),
        (20, 2_000_000, 50),
        (21, 1_050_000, 27),  # 26.25
        (100, 2_500_000, 62),
        (500, 7_500_000, 185),
        (1_000, 10_000_000, 250),
    ],
)
def test_an_account_has_the_recommended_limits_of_all_its_users(
    users: int, tokens: int, requests: int
):
    assert team_limits(PRESETS, users) == {"tokens": tokens, "requests": requests}


def test_without_a_row_for_it_nothing_is_known_of_a_team():
    assert team_limits(PRESETS[:1], 6) == {}


def test_the_settings_limit_all_models_and_tell_the_size_of_the_team():
    catalogue = load_catalogue()
    assert rate_allowance(RateLimitSettings(), catalogue) == RateAllowance()
    given = RateLimitSettings(
        pace=False, tokens_per_minute=9_000, requests_per_minute=3, team_size=1
    )
    assert rate_allowance(given, catalogue) == RateAllowance(
        paced=False,
        own={"tokens": 9_000, "requests": 3},
        assumed={"tokens": 200_000, "requests": 5},
    )


def test_a_list_in_the_settings_replaces_the_shipped_one():
    row = {"tokens": [7_000, 8_000], "requests": ["1", "2"], "since": "2026-12-01"}
    presets = load_catalogue({"rate_presets": [row]}).rate_presets
    assert team_limits(presets, 10) == {"tokens": 70_000, "requests": 10}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tokens": [2, 1]}, "rate_presets[0].tokens: expected two numbers, the lower one first."),
        ({"requests": ["0", "1"]}, "rate_presets[0].requests: expected two numbers, the lower"),
        ({"users": 0}, "rate_presets[0].users: expected a number of people."),
        ({"people": 5}, "rate_presets[0].people: there is no such key"),
    ],
)
def test_a_mistake_is_named_with_its_row(changes: dict[str, Any], sentence: str):
    row = {"tokens": [1, 2], "requests": ["1", "2"], "since": "2026-12-01", **changes}
    with pytest.raises(CatalogueError) as refused:
        load_catalogue({"rate_presets": [row]})
    assert str(refused.value).startswith(f"catalogue.{sentence}")
