"""Monthly budgets in the settings: which hold, who may lower them, who caps them."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.settings.test_layers import SettingsFolders
from tui.budget.monthly_budget import MonthlyBudget
from tui.settings.budgets_in_force import budgets_in_force
from tui.settings.config_arguments import parse_config_arguments
from tui.settings.problems import Layer
from tui.settings.settings_schema import SETTINGS_BY_KEY, find_setting
from tui.settings.time_zone import chosen_zone
from tui.settings.toml_writer import write_setting


@pytest.fixture
def folders(tmp_path: Path) -> SettingsFolders:
    return SettingsFolders(tmp_path)


def in_force(folders: SettingsFolders) -> list[MonthlyBudget]:
    """Without where each is set."""
    return [
        MonthlyBudget(b.cover, b.unit, b.limit, b.tag, b.stops, b.owner, b.is_cap)
        for b in budgets_in_force(folders.resolve())
    ]


MINE = """\
[budgets.month]
dollars = 200
[budgets.project]
tokens = "5M"
stop = true
[budgets.tags.client-a]
dollars = "$50"
"""


def test_budgets_hold_for_all_sessions_for_a_project_and_for_a_tag(folders: SettingsFolders):
    folders.user(MINE)
    assert folders.resolve().problems == ()
    assert in_force(folders) == [
        MonthlyBudget("month", "dollars", Decimal(200)),
        MonthlyBudget("project", "tokens", Decimal(5_000_000), stops=True),
        MonthlyBudget("tag", "dollars", Decimal(50), "client-a"),
    ]
    places = [budget.origin for budget in budgets_in_force(folders.resolve())]
    assert [place.rpartition(" ")[2] for place in places] == ["2", "4", "7"]
    assert all(place.startswith(f"user, {folders.home.settings}") for place in places)


def test_without_settings_there_is_none(folders: SettingsFolders):
    assert budgets_in_force(folders.resolve()) == ()


def test_a_project_may_only_lower_them_and_let_them_stop(folders: SettingsFolders):
    folders.user(MINE)
    folders.shared(
        "[budgets.month]\ndollars = 300\nstop = true\n[budgets.project]\ntokens = 9_000\n"
        "stop = false\n[budgets.tags.client-a]\ndollars = 51\n[budgets.tags.new]\ndollars = 3\n"
    )
    assert in_force(folders) == [
        MonthlyBudget("month", "dollars", Decimal(200), stops=True),
        MonthlyBudget("project", "tokens", Decimal(9_000), stops=True),
        MonthlyBudget("tag", "dollars", Decimal(50), "client-a"),
        MonthlyBudget("tag", "dollars", Decimal(3), "new"),
    ]
    path = folders.project / ".glideslope" / "settings.toml"
    assert folders.sentences()[0] == (
        f"{path}, line 2: budgets.month.dollars is $300; a project may only lower it, "
        "so it stays $200."
    )


def test_the_user_gives_one_project_another_budget(folders: SettingsFolders):
    folders.user(f'{MINE}[projects."{folders.project}".budgets.project]\ntokens = 7_000_000\n')
    assert in_force(folders)[1].limit == 7_000_000


def test_what_the_organisation_caps_stops_and_stands_beside_a_lower_budget(
    folders: SettingsFolders,
):
    folders.managed('owner = "Platform team"\n[cap]\nbudgets.month.dollars = 400')
    cap = MonthlyBudget("month", "dollars", Decimal(400), "", True, "Platform team", True)
    assert in_force(folders) == [cap]
    folders.user(MINE)
    assert in_force(folders)[:2] == [MonthlyBudget("month", "dollars", Decimal(200)), cap]
    folders.user("[budgets.month]\ndollars = 500")
    assert in_force(folders) == [cap]
    assert folders.sentences() == [
        f"{folders.home.settings}, line 2: budgets.month.dollars is $500; the cap of Platform team"
        f" is $400 and resets with each calendar month (in {folders.managed_file}) and replaces it."
    ]


def test_what_the_organisation_sets_nobody_changes(folders: SettingsFolders):
    folders.user(MINE)
    folders.managed('owner = "Ops"\n[set]\nbudgets.month.dollars = 100\nbudgets.month.stop = true')
    first = in_force(folders)[0]
    assert first == MonthlyBudget("month", "dollars", Decimal(100), stops=True, owner="Ops")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[budgets.month]\ndollars = 0",
            "line 2: budgets.month.dollars is 0; expected a number of dollars from $0.01 to"
            " $10,000,000 (zero does not mean unlimited).",
        ),
        (
            "[budgets.month]\ndollar = 5",
            'line 2: there is no setting "budgets.month.dollar"; did you mean'
            " budgets.month.dollars?",
        ),
        ("budgets.month = 5", "line 1: budgets.month is 5; expected a table with the heading"
         " [budgets.month]."),
        (
            "[budgets.tags.a]\ntoken = 5_000",
            'line 2: there is no setting "budgets.tags.a.token"; did you mean'
            " budgets.tags.a.tokens?",
        ),
        (
            '[budgets.tags."My Client"]\ndollars = 5',
            'line 1: there is no setting "budgets.tags.My Client"; expected a tag of at most 32'
            " small letters, digits, - and _, such as client-a.",
        ),
        (
            'tag = "two words"',
            'line 1: tag is "two words"; expected a tag of at most 32 small letters, digits, - and'
            " _, such as client-a.",
        ),
        (
            'time_zone = "Europe/Nowhere"',
            'line 1: time_zone is "Europe/Nowhere"; expected the name of a time zone, such as'
            " Europe/Berlin.",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_sentence_and_the_rest_holds(
    folders: SettingsFolders, text: str, sentence: str
):
    folders.user(f"{text}\n[budgets.project]\ndollars = 7\n")
    assert folders.sentences() == [f"{folders.home.settings}, {sentence}"]
    assert in_force(folders) == [MonthlyBudget("project", "dollars", Decimal(7))]
    assert bool(folders.resolve().lost_limits) == text.startswith(("[budgets", "budgets"))


def test_a_variable_an_option_and_the_session_set_them_too(folders: SettingsFolders):
    folders.environ["GLIDESLOPE_BUDGETS_MONTH_DOLLARS"] = "$30"
    found = folders.resolve(
        command_line={"tag": "Client-A", "time_zone": "Asia/Kolkata"},
        session={"budgets.tags.client-a.tokens": "2M"},
    )
    assert found.problems == ()
    assert found.settings.budgets.month.dollars == 30
    assert found.settings.budgets.tags["client-a"].tokens == 2_000_000
    assert found.settings.tag == "client-a"
    assert str(chosen_zone(found.settings.time_zone)) == "Asia/Kolkata"


def test_a_budget_of_a_tag_can_be_typed_and_kept(folders: SettingsFolders):
    typed = parse_config_arguments("budgets.tags.client-a.dollars $9 --save user")
    assert typed is not None and typed.save is Layer.USER
    write_setting(folders.home.settings, typed.setting, typed.value)
    assert in_force(folders) == [MonthlyBudget("tag", "dollars", Decimal(9), "client-a")]


def test_a_tag_makes_no_setting_of_another_name():
    assert find_setting("budgets.tags.a.stop") is not None
    assert find_setting("budgets.tags.a.b.stop") is None
    assert find_setting("budgets.tags.NAME.stop") is None
    assert find_setting("budgets.tags.a.minutes") is None
    assert not any(key.startswith("budgets.tags") for key in SETTINGS_BY_KEY)
