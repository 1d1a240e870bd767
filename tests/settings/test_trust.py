"""Which folders are trusted, and that a project's own files can only tighten."""

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tui.claude.price_comparison import price_comparison
from tui.settings.problems import Layer
from tui.settings.setting import Setting
from tui.settings.setting_types import (
    ChoiceType,
    FlagType,
    ListType,
    NumberType,
    TokenCountType,
)
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.settings_schema import EFFORTS, SETTINGS, SETTINGS_BY_KEY
from tui.settings.toml_document import TomlDocument, read_toml_document
from tui.settings.trusted_folders import TrustRecord, read_trust_record, trust_problems
from tui.settings.user_folders import user_folders

COSTS = price_comparison({})


class TrustFolders:
    """A home with the user's settings, and a project with its own."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.project = self.home / "work" / "project"
        (self.project / ".glideslope").mkdir(parents=True)
        self.user_folders = user_folders({"GLIDESLOPE_HOME": str(root / "own")})
        self.user_folders.config.mkdir(parents=True)
        self.mine = self.user_folders.settings
        self.costs = COSTS
        self.theirs = self.project / ".glideslope" / "settings.toml"

    def resolve(self, **more: Any) -> ResolvedSettings:
        more = {
            "costs": lambda corrections: self.costs,
            "environ": {},
            "managed": self.home / "none",
            **more,
        }
        return resolve_settings(self.project, home=self.user_folders, **more)

    def written(self, text: str) -> TomlDocument:
        """The user's settings with this text."""
        self.mine.write_text(text)
        document = read_toml_document(self.mine)
        assert isinstance(document, TomlDocument)
        return document

    def trust(self, text: str, folder: Path | None = None, root: Path | None = None) -> TrustRecord:
        return read_trust_record(self.written(text), folder or self.project, root)

    def problems(self, text: str) -> list[str]:
        return [problem.sentence for problem in trust_problems(self.written(text))]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrustFolders:
    made = TrustFolders(tmp_path)
    monkeypatch.setenv("HOME", str(made.home))
    return made


# Which folders


@pytest.mark.parametrize(
    ("entry", "trusted"),
    [
        ("{project}", True),
        ("{project}/", True),
        ("~/work/project", True),
        ("~/work/", True),
        ("{home}/work/", True),
        ("~/work", None),  # this folder alone
        ("~/wor", None),
        ("~/work/pro", None),
        ("~/work/project/src/", None),
        ("~/", None),  # too much
        ("/", None),
        ("{home}/", None),
        ("{home}/../", None),
        ("work/", None),  # from where?
        ("", None),
        ("~nobody-of-that-name/", None),
        ("{link}/", True),  # a link to the home's `work`
        ("{project}/../project", True),
        ("{project}/../other", None),
    ],
)
def test_a_folder_is_trusted_by_its_path_or_by_one_above_that_ends_in_a_slash(
    folders: TrustFolders, entry: str, trusted: bool | None
):
    link = folders.home / "link"
    link.symlink_to("work")
    said = entry.format(project=folders.project, home=folders.home, link=link)
    assert folders.trust(f"[trust]\nfolders = ['{said}']").trusted is trusted


def test_a_project_that_is_a_link_is_what_it_leads_to(folders: TrustFolders):
    elsewhere = folders.home / "elsewhere"
    elsewhere.mkdir()
    (folders.home / "work" / "linked").symlink_to(elsewhere)
    assert folders.trust("[trust]\nfolders = ['~/work/']", folders.home / "work" / "linked") == (
        folders.trust("")
    )


def test_an_answer_about_one_project_is_stronger_than_a_list(folders: TrustFolders):
    table = f'[projects."{folders.project}"]\ntrusted = false\n'
    assert folders.trust(f"{table}[trust]\nfolders = ['~/work/']").trusted is False


def test_an_answer_for_the_top_of_a_repository_holds_below_it(folders: TrustFolders):
    deep = folders.project / "src" / "deep"
    deep.mkdir(parents=True)
    table = f'[projects."{folders.project}"]\ntrusted = true\n'
    assert folders.trust(table, deep, folders.project).trusted is True
    assert folders.trust(table, deep).trusted is None
    inner = f'{table}[projects."{deep.parent}"]\ntrusted = false\n'
    assert folders.trust(inner, deep, folders.project).trusted is False
    above = f'[projects."{folders.project.parent}"]\ntrusted = true\n'
    assert folders.trust(above, deep, folders.project).trusted is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trust = 1", "trust is 1; expected a table with the heading [trust]."),
        ("[trust]\nfolders = '~/work/'", 'trust.folders holds "~/work/"; expected a list'),
        ("[trust]\nfolders = [3]", "trust.folders holds 3; expected a list of folders"),
        ("[trust]\nfolders = ['~/']", "that is everything you have; name the folders"),
        ("[trust]\nfolders = ['/']", "that is everything you have; name the folders"),
        ("[trust]\nfolders = ['work/']", "expected a whole path, such as ~/work/"),
        ("[trust]\nfolder = ['~/work/']", 'there is no setting "trust.folder"; expected folders.'),
    ],
)
def test_a_mistake_about_trust_is_one_sentence(folders: TrustFolders, text: str, said: str):
    (sentence,) = folders.problems(text)
    assert said in sentence
    assert sentence in [problem.sentence for problem in folders.resolve().problems]


def test_a_project_cannot_speak_about_trust(folders: TrustFolders):
    folders.theirs.write_text(f"[trust]\nfolders = ['{folders.project}']")
    assert folders.resolve().trusted is False
    assert "only your own settings file may speak about trust" in (
        folders.resolve().problems[0].sentence
    )


# What a project's file may


VALUES = {
    "model": ("claude-haiku-4-5", "claude-opus-5-5", "claude-fable-5", "gpt", "claude-sonnet-5-5"),
    "theme": ("glideslope-dark", "paper"),
    "tag": ("client-a", "client-b"),
    "time_zone": ("Europe/Berlin", "Asia/Kolkata"),
}
"""Values of settings whose kind does not name some."""
LIST_ITEMS = {
    "permissions": ("bash(a *)", "bash(b *)"),
    "sandbox": ("~/a", "/b"),
    "catalogue": ("a.example", "b.example"),
}
"""Two items of each list, by the table that it is in."""


def values(setting: Setting) -> list[str]:
    """Some values that a setting can have, as TOML writes them."""
    kind = setting.value_type
    if isinstance(kind, ChoiceType):
        return [repr(option) for option in kind.options]
    if isinstance(kind, FlagType):
        return ["true", "false"]
    if isinstance(kind, ListType):
        one, other = LIST_ITEMS[setting.key.partition(".")[0]]
        return [f'["{one}"]', f'["{one}", "{other}"]']
    if isinstance(kind, TokenCountType):
        return [str(kind.least), str(kind.least + 1), str(kind.most)]
    if isinstance(kind, NumberType):
        middle = (kind.least + kind.most) / 2
        most = kind.least + (kind.most - kind.least) * Decimal("0.8")
        numbers = (kind.least, middle, most, kind.most)
        return [str(int(each) if kind.whole else each) for each in numbers]
    assert setting.key in VALUES, f"values for {setting.key} are needed here"
    return [repr(value) for value in VALUES[setting.key]]


PRICES = {"claude-haiku-4-5": 1, "claude-sonnet-5-5": 2, "claude-opus-5-5": 3, "claude-fable-5": 4}
"""The list by price, for the eye: the cheapest first."""


BUDGETS = ("task_budget", "plan_budget")


TABLES = ("limits.", "budgets.", "loops.", "team.", "tools.", "stages.")
"""Tables whose values are tighter the lower they are."""


def looser(key: str, value: Any, before: Any) -> bool:
    """Whether `value` gives more than `before`, by what the setting is for and not by its kind."""
    order = {
        "permissions.mode": ("plan", "ask", "edits", "auto"),
        "budget_scope": ("session", "turn"),
        "sandbox.mode": ("on", "off"),
        "effort": ("low", "medium", "high", "xhigh", "max"),
    }
    if value == before:
        return False
    if key in ("permissions.allow", "sandbox.read", "sandbox.write"):
        return not set(value) <= set(before)
    if key in ("permissions.deny", "sandbox.hide"):
        return not set(before) <= set(value)
    if key == "sandbox.network":
        return value and not before
    if key == "model":
        return value != before and PRICES.get(value, 9) > PRICES.get(before, 0)
    if key == "effort" and before is None:
        before = "medium"  # the own level of Opus 5.5
    if key in order:
        return order[key].index(value) > order[key].index(before)
    if key.startswith("stages.reserve"):
        return value < before
    if key in ("loops.watch", "rate_limits.pace") or key.endswith(".stop"):
        return before and not value
    if key.endswith("_per_minute"):
        return before is not None and (value is None or value > before)
    if key == "team.pool":  # without one there are no agents at all
        return value is not None and (before is None or value > before)
    if key.startswith(TABLES) or key in BUDGETS:
        return before is not None and (value is None or value > before)
    return value != before  # no direction is the tighter one


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_whatever_a_project_says_the_result_is_never_looser(
    folders: TrustFolders, setting: Setting
):
    key, tightened, trusted = setting.key, 0, itertools.cycle(["true", "false"])
    for mine, theirs in itertools.product(["", *values(setting)], values(setting)):
        word = f'[projects."{folders.project}"]\ntrusted = {next(trusted)}\n'
        folders.mine.write_text((f"{key} = {mine}\n" if mine else "") + word)
        folders.theirs.unlink(missing_ok=True)
        before = folders.resolve().values[key].value
        folders.theirs.write_text(f"{key} = {theirs}\n")
        resolved = folders.resolve()
        after = resolved.values[key].value
        assert not looser(key, after, before), (mine, theirs, after)
        tightened += after != before
        if after == before and not resolved.problems:
            assert resolved.project_files.loosenings == ()
    assert tightened or setting.project_rule == "users"


def test_every_setting_together_is_never_looser_either(folders: TrustFolders):
    """Values that contradict each other must not bring the built-in ones back."""
    folders.mine.write_text(
        "[stages]\ndescent = 0.3\napproach = 0.4\nreserve_least = 3_000\nreserve_most = 4_000\n"
    )
    folders.theirs.write_text("[stages]\napproach = 0.2\nreserve_least = 9_000\n")
    stages = folders.resolve().settings.stages
    assert (stages.descent, stages.approach) == (Decimal("0.3"), Decimal("0.4"))
    assert (stages.reserve_least, stages.reserve_most) == (3_000, 4_000)
    assert len(folders.resolve().problems) == 2


UPWARD = (
    'model = "claude-opus-5-5"\neffort = "max"\nbudget_scope = "turn"\ntask_budget = 20_000\n'
    "[limits]\ndollars = 3\n[compaction]\nautomatic = false\n"
    '[permissions]\nmode = "auto"\nallow = ["bash(*)"]\ndeny = ["bash(curl *)"]\n'
)
MINE = 'model = "claude-haiku-4-5"\ntask_budget = 60_000\n'


def test_what_a_project_asks_for_is_known_and_holds_only_when_accepted(
    folders: TrustFolders,
):
    folders.mine.write_text(MINE)
    folders.theirs.write_text(UPWARD)
    resolved = folders.resolve()
    assert [each.sentence for each in resolved.project_files.tightenings] == [
        "task_budget 20,000 tokens instead of 60,000 tokens",
        "limits.dollars $3 instead of none",
        "permissions.deny bash(curl *) instead of none",
    ]
    assert [each.sentence for each in resolved.project_files.loosenings] == [
        "model claude-opus-5-5 instead of claude-haiku-4-5 (5.2 times the price)",
        "effort max instead of the model's own",
        "budget_scope turn instead of session",
        "compaction.automatic false instead of true",
        "permissions.mode auto instead of ask",
        "without asking: bash(*)",
    ]
    assert all(problem.loosens for problem in resolved.problems) and len(resolved.problems) == 6
    digest = resolved.project_files.digest
    folders.mine.write_text(f'{MINE}[projects."{folders.project}"]\naccepted = "{digest}"\n')
    accepted = folders.resolve()
    assert accepted.problems == () and accepted.project_files.accepted
    assert accepted.settings.model == "claude-opus-5-5"
    assert accepted.settings.permissions.mode == "auto"
    folders.theirs.write_text(UPWARD + "# another\n")
    assert folders.resolve().settings.model == "claude-haiku-4-5"


def test_the_local_file_counts_in_the_digest(folders: TrustFolders):
    folders.theirs.write_text("task_budget = 20_000")
    before = folders.resolve().project_files.digest
    local = folders.theirs.with_name("settings.local.toml")
    local.write_text("")
    assert folders.resolve().project_files.digest != before
    folders.theirs.rename(local)
    assert folders.resolve().project_files.digest != before


def test_files_that_are_not_used_are_not_read(folders: TrustFolders):
    folders.theirs.write_text("task_budget = 20_000")
    resolved = folders.resolve(use_project=False)
    assert resolved.settings.task_budget is None and resolved.project_files.digest == ""
    assert Layer.PROJECT not in {value.origin.layer for value in resolved.values.values()}


# Which model costs more


@pytest.mark.parametrize(
    ("model", "than", "effort", "answer"),
    [
        ("claude-haiku-4-5", "claude-opus-5-5", None, True),
        ("haiku", "opus", None, True),
        ("claude-opus-5-5", "claude-haiku-4-5", None, False),
        ("claude-fable-5", "claude-opus-5-5", None, False),
        ("claude-opus-5-5", "claude-opus-5-5", None, True),
        ("claude-opus-5-5", "claude-fable-5", "low", True),
        ("gpt", "claude-opus-5-5", None, False),
        ("claude-haiku-4-5", "gpt", None, False),
        # Its own level is high, that of Opus 5.5 is medium.
        ("claude-sonnet-5", "claude-opus-5-5", None, False),
    ],
)
def test_a_model_costs_no_more_if_no_price_of_it_is_higher(
    model: str, than: str, effort: str | None, answer: bool
):
    assert price_comparison({}).costs_no_more(model, than, effort) is answer


def test_a_model_without_a_price_is_never_the_cheaper_one():
    own = {"models": {"mine": {"name": "Mine", "context": 200_000, "max_output": 8_000}}}
    assert not price_comparison(own).costs_no_more("mine", "claude-fable-5", "low")
    assert price_comparison(own).price_ratio("mine", "claude-fable-5") is None


def test_the_users_corrections_of_prices_count():
    rates = {"since": "2026-01-01", "input": "99", "output": "99", "cache_read": "99"}
    rates |= {"cache_write_5m": "99", "cache_write_1h": "99"}
    own = {"models": {"claude-haiku-4-5": {"rates": [rates]}}}
    assert not price_comparison(own).costs_no_more("claude-haiku-4-5", "claude-opus-5-5", None)


def test_the_own_level_of_a_model_is_not_above_high():
    """What an unset effort amounts to where no list of models is at hand."""
    for model in price_comparison({}).catalogue.models.values():
        own = price_comparison({}).default_effort(model.id)
        kind = SETTINGS_BY_KEY["effort"].value_type
        assert isinstance(kind, ChoiceType)
        assert own is None or EFFORTS.index(own) <= EFFORTS.index(kind.unset)
