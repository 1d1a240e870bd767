"""Pictures of a usage report as text."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tui.claude.catalogue import load_catalogue
from tui.reports.usage_pictures import day_bars, peak_sentence, week_heat_map, week_words

MONDAY = date(2026, 3, 2)

PEAK = load_catalogue().peak_hours


def days(*dollars: float) -> dict[date, Decimal]:
    """Dollars from a Monday on; days of nothing are left out."""
    return {MONDAY + timedelta(n): Decimal(str(each)) for n, each in enumerate(dollars) if each}


def week(**hours: int) -> list[list[int]]:
    """Requests by `day_hour`, all others none."""
    found = [[0] * 24 for _ in range(7)]
    for name, count in hours.items():
        _, day, hour = name.split("_")
        found[int(day)][int(hour)] = count
    return found


def dollars(**spent: int) -> list[list[Decimal]]:
    """Dollars by weekday and hour; `at_0_9` is Monday, 9 o'clock."""
    return [[Decimal(amount) for amount in day] for day in week(**spent)]


def test_bars_are_three_rows_high_with_a_date_below_each_monday():
    """12 dollars are three full rows; so 8 are two, 4 are one, and 1 is a quarter of one."""
    picture = day_bars(days(12, 8, 0, 4, 1, 0, 0, 12, 12, 12, 12, 12))
    assert picture is not None
    assert picture.lines == [
        "█      █████",
        "██     █████",
        "██ █▂  █████",
        "03-02  03-09",
    ]
    assert picture.title == "Dollars by day, 2026-03-02 to 2026-03-13; most on 2026-03-02, $12.00"


@pytest.mark.parametrize("found", [{}, {MONDAY: Decimal(0)}])
def test_without_dollars_there_are_no_bars(found: dict[date, Decimal]):
    assert day_bars(found) is None


def test_only_the_newest_days_have_room():
    picture = day_bars(days(*range(1, 100)), width=20)
    assert picture is not None
    assert {len(line) for line in picture.lines[:3]} == {20}
    assert picture.title.startswith("Dollars by day, 2026-05-20 to 2026-06-08;")


def test_the_map_of_the_week_is_read_without_colour():
    found = week(at_0_0=1, at_0_9=8, at_0_10=7, at_4_23=3, at_6_0=4)
    spent = dollars(at_0_9=12, at_4_23=3)
    picture = week_heat_map(found, frozenset({(0, 10), (0, 11), (4, 23)}), spent)
    assert picture is not None
    assert picture.lines == [
        "    0     3     6     9     12    15    18    21       all",
        "Mon ░░                ███· ·                            16",
        "Tue                                                      0",
        "Wed                                                      0",
        "Thu                                                      0",
        "Fri                                               ▒·     3",
        "Sat                                                      0",
        "Sun ▒▒                                                   4",
        "",
        "dollars  Mon $12.00   Tue $0.00    Wed $0.00    Thu $0.00",
        "         Fri $3.00    Sat $0.00    Sun $0.00",
    ]
    assert week_words(found, spent) == (
        "Requests by weekday: Mon 16 for $12.00, Tue 0, Wed 0, Thu 0, Fri 3 for $3.00, Sat 0, "
        "Sun 4 for $0.00; most in the hour from Mon 9:00, 8."
    )
    assert picture.note == "░ 1–2  ▒ 3–4  ▓ 5–6  █ 7–8 requests; · marks a peak hour"


@pytest.mark.parametrize(
    ("most", "note"),
    [
        (1, "█ 1 requests; · marks a peak hour"),
        (2, "▒ 1  █ 2 requests; · marks a peak hour"),
        (
            4_000,
            "░ 1–1,000  ▒ 1,001–2,000  ▓ 2,001–3,000  █ 3,001–4,000 requests; · marks a peak hour",
        ),
    ],
)
def test_the_legend_names_only_shades_that_a_number_has(most: int, note: str):
    picture = week_heat_map(week(at_0_0=most), frozenset(), dollars())
    assert picture is not None
    assert picture.note == note


def test_a_week_without_requests_has_no_map():
    assert week_heat_map(week(), frozenset({(0, 9)}), dollars()) is None


@pytest.mark.parametrize(
    ("found", "beginning"),
    [
        (week(at_0_9=1, at_1_9=3), "25 % of the requests were in the published peak hours"),
        (week(at_1_9=3), "0 % of the requests"),
        (week(), ""),
    ],
)
def test_the_share_in_the_peak_hours(found: list[list[int]], beginning: str):
    said = peak_sentence(found, frozenset({(0, 9)}), PEAK, dollars())
    assert said.startswith(beginning)
    assert bool(said) == bool(beginning)
    assert peak_sentence(found, frozenset(), PEAK, dollars()) == ""


def test_the_dollars_of_the_peak_hours_are_named_too():
    said = peak_sentence(
        week(at_0_9=1, at_1_9=3), frozenset({(0, 9)}), PEAK, dollars(at_0_9=6, at_1_9=2)
    )
    assert said.startswith("25 % of the requests and 75 % of the dollars were in the published")
