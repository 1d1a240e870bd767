"""What is known of the rate limits, in words."""

from datetime import UTC, datetime

import pytest

from tui.agent.known_limits import known_limits
from tui.budget.meters import LimitMeter
from tui.claude.catalogue import load_catalogue
from tui.settings.settings_schema import RateLimitSettings

SATURDAY = datetime(2026, 12, 5, 15, tzinfo=UTC).timestamp()
THURSDAY = datetime(2026, 12, 3, 15, tzinfo=UTC).timestamp()
TOLD = (LimitMeter("input-tokens", 30_000, 5), LimitMeter("requests", 1_000, 49))


@pytest.mark.parametrize(
    ("settings", "limits", "words"),
    [
        ({}, (), "not known before the first answer"),
        ({}, TOLD, "by the last answer 1,000 requests, 30k input tokens a minute"),
        (
            {"team_size": 5},
            (),
            "taken to be 25 requests, 1.0M tokens a minute for a team of 5, until the server tells",
        ),
        (
            {"team_size": 5, "tokens_per_minute": 20_000, "pace": False},
            TOLD,
            "by the last answer 1,000 requests, 30k input tokens a minute; your own 20k tokens a "
            "minute; requests do not wait for them (rate_limits.pace)",
        ),
    ],
)
def test_each_limit_says_whose_it_is(
    settings: dict[str, int], limits: tuple[LimitMeter, ...], words: str
):
    given = RateLimitSettings(**settings)  # type: ignore[arg-type]
    assert known_limits(given, load_catalogue(), limits, SATURDAY) == words


def test_peak_hours_are_named_while_they_are():
    said = known_limits(RateLimitSettings(), load_catalogue(), (), THURSDAY)
    assert said.endswith(
        "; now are peak hours, in which a subscription is used up 1.3 to 1.5 times as fast "
        "(September 2026)"
    )
