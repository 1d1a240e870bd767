"""Which layer wins, what a project and an organisation may say, and how mistakes are told."""

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings, cap_violation, resolve_settings
from tui.settings.settings_schema import BUILT_IN, TeamSettings
from tui.settings.user_folders import user_folders


class SettingsFolders:
    """A home, a project and an organisation, in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.environ = {"GLIDESLOPE_HOME": str(root / "home")}
        self.home = user_folders(self.environ)
        self.project = root / "project"
        self.managed_file = root / "managed.toml"
        (self.project / ".glideslope").mkdir(parents=True)
        self.home.config.mkdir(parents=True)

    def user(self, text: str) -> None:
        self.home.settings.write_text(text)

    def shared(self, text: str) -> None:
        (self.project / ".glideslope" / "settings.toml").write_text(text)

    def local(self, text: str) -> None:
        (self.project / ".glideslope" / "settings.local.toml").write_text(text)

    def managed(self, text: str) -> None:
        self.managed_file.write_text(text)

    def resolve(self, **more: Any) -> ResolvedSettings:
        return resolve_settings(
            self.project, environ=self.environ, home=self.home, managed=self.managed_file, **more
        )

    def sentences(self, **more: Any) -> list[str]:
        return [problem.sentence for problem in self.resolve(**more).problems]


@pytest.fixture
def folders(tmp_path: Path) -> SettingsFolders:
    return SettingsFolders(tmp_path)


def test_without_any_file_everything_is_built_in(folders: SettingsFolders):
    resolved = folders.resolve()
    assert resolved.settings == BUILT_IN
    assert resolved.problems == ()
    assert {value.origin.layer for value in resolved.values.values()} == {Layer.BUILT_IN}


def test_every_layer_overrides_the_one_before(folders: SettingsFolders):
    folders.user('model = "a"')
    assert folders.resolve().settings.model == "a"
    folders.environ["GLIDESLOPE_MODEL"] = "d"
    assert folders.resolve().settings.model == "d"
    assert folders.resolve(command_line={"model": "e"}).settings.model == "e"
    both = {"command_line": {"model": "e"}, "session": {"model": "f"}}
    assert folders.resolve(**both).settings.model == "f"
    folders.managed('[set]\nmodel = "g"')
    assert folders.resolve(**both).settings.model == "g"


def test_a_value_knows_its_layer_file_and_line(folders: SettingsFolders):
    folders.user('# mine\n\neffort = "low"\n\n[limits]\n# five\ndollars = "$5"\n')
    origin = folders.resolve().values["limits.dollars"].origin
    assert (origin.layer, origin.file, origin.line) == (Layer.USER, folders.home.settings, 7)
    folders.environ["GLIDESLOPE_EFFORT"] = "max"
    assert folders.resolve().values["effort"].origin.description == "environment, GLIDESLOPE_EFFORT"


def test_values_arrive_typed(folders: SettingsFolders):
    folders.user(
        'task_budget = "200k"\nlimits.dollars = 2.50\nlimits.requests = 40\n'
        'compaction = { at = 0.7, strategy = "server", automatic = false }\n'
        'permissions.deny = ["bash(rm *)"]\n'
    )
    settings = folders.resolve().settings
    assert settings.task_budget == 200_000
    assert settings.limits.dollars == Decimal("2.50")
    assert settings.limits.requests == 40
    assert settings.compaction.at == Decimal("0.7")
    assert settings.compaction.strategy == "server"
    assert settings.compaction.automatic is False
    assert settings.permissions.deny == ("bash(rm *)",)


def test_any_variable_of_the_environment_can_set_any_single_value(folders: SettingsFolders):
    folders.environ |= {"GLIDESLOPE_TASK_BUDGET": "50k", "GLIDESLOPE_LIMITS_MINUTES": "1.5"}
    settings = folders.resolve().settings
    assert (settings.task_budget, settings.limits.minutes) == (50_000, Decimal("1.5"))


# Off


def test_off_means_no_budget_only_for_one_session(folders: SettingsFolders):
    folders.user("task_budget = 200_000")
    for off in ("off", "0", 0, "OFF"):
        assert folders.resolve(session={"task_budget": off}).settings.task_budget is None
        resolved = folders.resolve(command_line={"task_budget": off})
        assert resolved.settings.task_budget is None
        assert resolved.values["task_budget"].origin.layer is Layer.COMMAND_LINE


@pytest.mark.parametrize("off", ["0", '"off"', '"0"'])
def test_off_in_a_file_is_refused_and_changes_nothing(folders: SettingsFolders, off: str):
    folders.user(f"task_budget = {off}")
    assert folders.resolve().settings.task_budget is None
    (sentence,) = folders.sentences()
    assert "no budget is --budget off or /budget off, for one session" in sentence


def test_off_in_the_environment_does_not_lift_the_users_budget(folders: SettingsFolders):
    folders.user("task_budget = 200_000")
    folders.environ["GLIDESLOPE_TASK_BUDGET"] = "off"
    assert folders.resolve().settings.task_budget == 200_000
    assert folders.sentences()[0].startswith('GLIDESLOPE_TASK_BUDGET is "off"; expected tokens')


@pytest.mark.parametrize("line", ["dollars = 0", "requests = 0", "minutes = 0", "over_budget = 0"])
def test_zero_never_means_unlimited(folders: SettingsFolders, line: str):
    folders.user(f"[limits]\n{line}")
    assert folders.resolve().settings.limits == BUILT_IN.limits
    assert "zero does not mean unlimited" in folders.sentences()[0]
    key, _, value = line.partition(" = ")
    assert folders.resolve(session={f"limits.{key}": value}).settings.limits == BUILT_IN.limits


# What a project may


def test_a_project_may_lower_the_budget(folders: SettingsFolders):
    folders.user("task_budget = 200_000")
    folders.shared("task_budget = 100_000")
    assert folders.resolve().settings.task_budget == 100_000
    assert folders.resolve().problems == ()


def test_a_project_may_not_raise_the_budget(folders: SettingsFolders):
    folders.user("task_budget = 200_000")
    folders.shared("\ntask_budget = 300_000")
    resolved = folders.resolve()
    assert resolved.settings.task_budget == 200_000
    file = folders.project / ".glideslope" / "settings.toml"
    assert resolved.problems[0].sentence == (
        f"{file}, line 2: task_budget is 300,000 tokens; "
        "a project may only lower it, so it stays 200,000 tokens."
    )


def test_a_local_file_may_not_raise_what_the_shared_one_lowered(folders: SettingsFolders):
    folders.user("task_budget = 200_000")
    folders.shared("task_budget = 100_000")
    folders.local("task_budget = 150_000")
    assert folders.resolve().settings.task_budget == 100_000


def test_any_budget_is_lower_than_none(folders: SettingsFolders):
    folders.shared("task_budget = 300_000\nlimits.dollars = 5")
    settings = folders.resolve().settings
    assert (settings.task_budget, settings.limits.dollars) == (300_000, 5)


def test_the_user_may_raise_on_the_command_line_what_a_project_lowered(
    folders: SettingsFolders,
):
    folders.shared("task_budget = 30_000")
    assert folders.resolve(command_line={"task_budget": "1M"}).settings.task_budget == 1_000_000


@pytest.mark.parametrize(
    ("mine", "theirs", "result"),
    [("ask", "auto", "ask"), ("ask", "plan", "plan"), ("auto", "edits", "edits")],
)
def test_a_project_may_only_tighten_the_mode(
    folders: SettingsFolders, mine: str, theirs: str, result: str
):
    folders.user(f'permissions.mode = "{mine}"')
    folders.local(f'permissions.mode = "{theirs}"')
    assert folders.resolve().settings.permissions.mode == result


def test_a_project_adds_to_what_is_denied_and_nothing_to_what_is_allowed(
    folders: SettingsFolders,
):
    folders.user('[permissions]\nallow = ["read(/usr/**)"]\ndeny = ["bash(sudo *)"]')
    folders.shared('[permissions]\nallow = ["bash(*)"]\ndeny = ["bash(curl *)"]')
    resolved = folders.resolve()
    assert resolved.settings.permissions.allow == ("read(/usr/**)",)
    assert resolved.settings.permissions.deny == ("bash(sudo *)", "bash(curl *)")
    assert "until you trust the project" in resolved.problems[0].sentence
    parts = resolved.values["permissions.deny"].item_origins
    assert [origin.layer for _, origin in parts] == [Layer.USER, Layer.PROJECT]


def test_one_slip_does_not_undo_a_whole_deny_list(folders: SettingsFolders):
    folders.user(
        '[permissions]\ndeny = [\n  "bash(sudo *)",\n  "rm", 3, "bash()",\n  "edit(.git/**)",\n]'
    )
    resolved = folders.resolve()
    assert resolved.settings.permissions.deny == ("bash(sudo *)", "edit(.git/**)")
    assert [problem.found for problem in resolved.problems] == [
        'permissions.deny holds "rm"',
        "permissions.deny holds 3",
        'permissions.deny holds "bash()"',
    ]
    assert {problem.line for problem in resolved.problems} == {2}


def test_a_rule_said_twice_belongs_to_the_first_who_said_it(folders: SettingsFolders):
    folders.user('permissions.deny = ["bash(sudo *)"]')
    folders.shared('permissions.deny = ["bash(sudo *)"]')
    (rule,) = folders.resolve().values["permissions.deny"].item_origins
    assert rule[1].layer is Layer.USER


@pytest.mark.parametrize("trust", ["", "trusted = false", 'trusted = "yes"', "trusted = 1"])
def test_only_true_is_trust(folders: SettingsFolders, trust: str):
    folders.user(f'[projects."{folders.project.as_posix()}"]\n{trust}')
    folders.shared('permissions.allow = ["bash(make *)"]')
    assert folders.resolve().settings.permissions.allow == ()


def test_a_project_may_allow_what_the_user_accepted(folders: SettingsFolders):
    folders.shared('permissions.allow = ["bash(make *)"]')
    digest = folders.resolve().project_files.digest
    table = f'[projects."{folders.project.as_posix()}"]\ntrusted = true\n'
    folders.user(table)
    assert folders.resolve().trusted and folders.resolve().settings.permissions.allow == ()
    folders.user(f'{table}accepted = "{digest}"')
    resolved = folders.resolve()
    assert resolved.settings.permissions.allow == ("bash(make *)",)
    assert resolved.problems == ()
    folders.shared('permissions.allow = ["bash(make *)", "bash(curl *)"]')
    assert folders.resolve().settings.permissions.allow == ()


def test_a_project_cannot_trust_itself(folders: SettingsFolders):
    trust = f'[projects."{folders.project.as_posix()}"]\ntrusted = true'
    folders.shared(f'permissions.allow = ["bash(*)"]\n{trust}')
    assert folders.resolve().settings.permissions.allow == ()
    assert any(
        "only your own settings file may speak about projects" in s for s in folders.sentences()
    )


def test_the_users_word_about_one_project_holds_only_there(folders: SettingsFolders):
    folders.user(
        'task_budget = 50_000\n[projects."/somewhere/else"]\ntask_budget = 60_000\n'
        f'[projects."{folders.project.as_posix()}"]\ntask_budget = 70_000\n'
        'permissions.allow = ["bash(pytest *)"]'
    )
    settings = folders.resolve().settings
    assert settings.task_budget == 70_000
    assert settings.permissions.allow == ("bash(pytest *)",)


# The organisation


def test_a_cap_holds_against_every_layer_and_says_who_set_it(folders: SettingsFolders):
    folders.managed('owner = "Platform team"\nresets = "on Mondays"\n[cap]\ntask_budget = 100_000')
    resolved = folders.resolve(command_line={"task_budget": "200k"})
    assert resolved.settings.task_budget == 100_000
    assert resolved.values["task_budget"].origin.line == 4
    (problem,) = resolved.problems_of(Layer.COMMAND_LINE)
    assert problem.warning
    assert problem.sentence == (
        "--budget is 200,000 tokens; the cap of Platform team is 100,000 tokens "
        f"and resets on Mondays (in {folders.managed_file}) and replaces it."
    )


def test_a_cap_on_the_pool_lowers_one_that_is_given_and_gives_none(folders: SettingsFolders):
    folders.managed("[cap]\nteam.pool = 100_000\nteam.at_once = 2")
    found = folders.resolve()
    assert (found.settings.team.pool, found.settings.team.at_once) == (None, 2)
    assert found.problems == ()
    given = folders.resolve(command_line={"team.pool": "300k"})
    assert given.settings.team.pool == 100_000


@pytest.mark.parametrize("key", ["pool", "at_once", "depth", "in_turn", "requests", "minutes"])
def test_no_limit_of_a_team_is_ever_zero(folders: SettingsFolders, key: str):
    folders.user(f"[team]\n{key} = 0")
    found = folders.resolve()
    assert getattr(found.settings.team, key) == getattr(TeamSettings(), key)
    assert found.problems


def test_a_cap_holds_against_no_budget_too(folders: SettingsFolders):
    folders.managed("[cap]\ntask_budget = 100_000\nlimits.dollars = 5")
    silent = folders.resolve()
    assert (silent.settings.task_budget, silent.settings.limits.dollars) == (100_000, 5)
    assert silent.problems == ()
    loud = folders.resolve(session={"task_budget": "off"})
    assert loud.settings.task_budget == 100_000
    assert "the cap of your organisation is 100,000 tokens" in loud.problems[0].sentence


def test_below_the_cap_everybody_is_free(folders: SettingsFolders):
    folders.managed('[cap]\ntask_budget = 100_000\npermissions.mode = "edits"\neffort = "high"')
    folders.user('task_budget = 30_000\npermissions.mode = "plan"\neffort = "low"')
    settings = folders.resolve().settings
    assert (settings.task_budget, settings.permissions.mode, settings.effort) == (
        30_000,
        "plan",
        "low",
    )


def test_modes_and_efforts_have_an_order(folders: SettingsFolders):
    folders.managed('[cap]\npermissions.mode = "edits"\neffort = "medium"')
    folders.user('permissions.mode = "auto"\neffort = "max"')
    settings = folders.resolve().settings
    assert (settings.permissions.mode, settings.effort) == ("edits", "medium")


def test_a_high_cap_on_effort_does_not_raise_a_models_own_level(folders: SettingsFolders):
    folders.managed('[cap]\neffort = "max"')
    assert folders.resolve().settings.effort is None


def test_what_the_organisation_sets_stands_and_the_asker_hears_of_it(
    folders: SettingsFolders,
):
    folders.managed('owner = "Ops"\n[set]\nmodel = "small"\npermissions.deny = ["bash(curl *)"]')
    folders.user('model = "big"\npermissions.deny = ["bash(sudo *)"]')
    resolved = folders.resolve(command_line={"model": "huge"})
    assert resolved.settings.model == "small"
    assert resolved.settings.permissions.deny == ("bash(sudo *)", "bash(curl *)")
    assert resolved.problems[0].sentence == (
        f"--model is huge; Ops sets it to small in {folders.managed_file}."
    )


def test_mistakes_in_the_organisations_file_are_told_too(folders: SettingsFolders):
    folders.managed('ownr = "x"\n[cap]\nmodel = "a"\ntask_budget = 5\n[set]\neffrt = "low"')
    sentences = folders.sentences()
    assert [s.partition(", line ")[2] for s in sentences] == [
        '1: there is no "ownr" in a managed file; did you mean owner?',
        '6: there is no setting "effrt"; did you mean effort?',
        "3: model has no more and less; it can be set, not capped.",
        "4: task_budget is 5; expected 20,000 tokens or more "
        "(the API accepts no smaller task budget).",
    ]


# Mistakes


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('effort = "hihg"', 1, 'effort is "hihg"; expected low, medium, high, xhigh or max.'),
        ("\n\neffort = 3", 3, "effort is 3; expected low, medium, high, xhigh or max."),
        (
            "[limits]\ndolars = 3",
            2,
            'there is no setting "limits.dolars"; did you mean limits.dollars?',
        ),
        ("dollars = 3", 1, 'there is no setting "dollars"; did you mean limits.dollars?'),
        ("zzz = 1", 1, 'there is no setting "zzz"; glideslope config lists them all.'),
        ("limits = 5", 1, "limits is 5; expected a table with the heading [limits]."),
        (
            "task_budget = 5_000",
            1,
            "task_budget is 5000; expected 20,000 tokens or more "
            "(the API accepts no smaller task budget).",
        ),
        (
            'task_budget = "$5"',
            1,
            'task_budget is "$5"; expected tokens, such as 50_000 or "200k".',
        ),
        ("compaction.at = 80", 1, "compaction.at is 80; expected a number from 0.2 to 0.95."),
        ("compaction.automatic = 1", 1, "compaction.automatic is 1; expected true or false."),
        ("limits.dollars = inf", 1, "limits.dollars is Infinity; expected a number of dollars"),
        ("limits.requests = 1e400", 1, "limits.requests is 1E+400; expected a number of requests"),
        ("limits.requests = 1.5", 1, "expected a number of requests without a fraction."),
        (
            'permissions.deny = "bash"',
            1,
            'permissions.deny is "bash"; expected a list of rules, such as',
        ),
        ('model = ["a"]', 1, "model is a list; expected the name of a model in quotes."),
        (
            'model = """\nmany\nlines"""',
            1,
            'model is "many\\x0alines"; expected the name of a model.',
        ),
        ("projects = 1", 1, "projects is 1; expected tables such as"),
        ("catalogue = 1", 1, "catalogue is 1; expected tables such as [catalogue.models.NAME]."),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_line(
    folders: SettingsFolders, text: str, line: int, sentence: str
):
    folders.user(text)
    (told,) = folders.sentences()
    assert told.startswith(f"{folders.home.settings}, line {line}: ")
    assert sentence in told
    assert folders.resolve().settings == BUILT_IN


def test_all_mistakes_are_told_and_the_rest_holds(folders: SettingsFolders):
    folders.user('effort = "x"\nmodel = "mine"\n[limits]\ndollars = -1\nrequests = 7\n')
    resolved = folders.resolve()
    assert [problem.line for problem in resolved.problems] == [1, 4]
    assert (resolved.settings.model, resolved.settings.limits.requests) == ("mine", 7)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = \nb = 1", 1),
        ("model = 'x'\n\n[limits\n", 3),
        ('model = "x"\n\nlimits.requests = [\n 1,\n', 3),
        ('model = "x"\ntheme = """\nno end\n', 2),
        ('model = "x"\nmodel = "y"\n', 2),
        ('model = "x"\nmodel = "y"', 2),
        ("limits.requests = " + "9" * 5000, 1),
    ],
)
def test_a_syntax_mistake_names_its_line(folders: SettingsFolders, text: str, line: int):
    folders.user(text)
    (told,) = folders.sentences()
    assert told.startswith(f"{folders.home.settings}, line {line}: a TOML mistake, ")
    assert folders.resolve().settings == BUILT_IN


def test_files_that_are_no_text_are_told_and_skipped(folders: SettingsFolders):
    folders.home.settings.write_bytes(b'model = "a"\ntheme = "\xff"')
    folders.shared("#" + "x" * 200_001)
    (folders.project / ".glideslope" / "settings.local.toml").mkdir()
    sentences = folders.sentences()
    assert "line 2: the text is not UTF-8" in sentences[0]
    assert "over 200 kB" in sentences[1]
    assert "this is a folder" in sentences[2]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_file_without_permission_is_told(folders: SettingsFolders):
    folders.user("model = 'a'")
    folders.home.settings.chmod(0)
    assert "cannot be read (permission denied)" in folders.sentences()[0]


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 50_000,
        ".".join("a" * 3000) + " = 1",
        "a = " + "{ b = " * 900 + "1" + "}" * 900,
        'model = """' + "\n" * 100_000,
        "\n" * 150_000 + "effort = 1",
    ],
    ids=["brackets", "dots", "tables", "open string", "blank lines"],
)
def test_hostile_files_neither_crash_nor_hang(folders: SettingsFolders, text: str):
    started = time.process_time()
    folders.user(text)
    assert len(folders.sentences()) == 1
    assert time.process_time() - started < 5


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm(folders: SettingsFolders):
    folders.home.settings.write_bytes(b'\xef\xbb\xbfmodel = "a"\r\n\r\neffort = "x"\r\n')
    assert folders.resolve().settings.model == "a"
    assert folders.resolve().problems[0].line == 3


def test_values_that_contradict_each_other_are_told(folders: SettingsFolders):
    folders.user("[stages]\ndescent = 0.9\nreserve_least = 9_000")
    folders.environ["GLIDESLOPE_STAGES_RESERVE_MOST"] = "8k"
    resolved = folders.resolve()
    assert resolved.settings.stages == BUILT_IN.stages
    first, second = resolved.problems
    assert first.line == 2
    assert first.found == "stages.descent is 0.9 and stages.approach is 0.85"
    assert second.layer is Layer.ENVIRONMENT


def test_a_slip_in_the_name_of_a_variable_is_told(folders: SettingsFolders):
    folders.environ |= {"GLIDESLOPE_TASK_BUGDET": "50k", "GLIDESLOPE_X": "1", "EFFORT": "low"}
    assert folders.sentences() == [
        'there is no setting behind "GLIDESLOPE_TASK_BUGDET"; did you mean GLIDESLOPE_TASK_BUDGET?'
    ]


def test_escape_sequences_in_a_file_stay_out_of_the_sentence(folders: SettingsFolders):
    folders.user('effort = "\\u001b[2J"\n"k\\u001b" = 1')
    assert all(sentence.isprintable() for sentence in folders.sentences())


def test_resolving_needs_no_textual_tomlkit_or_pydantic():
    code = (
        "import sys\n"
        "from tui.settings.settings_resolver import resolve_settings\n"
        "resolve_settings()\n"
        "print([m for m in ('textual', 'rich', 'tomlkit', 'pydantic', 'anthropic', 'rapidfuzz')"
        " if m in sys.modules])"
    )
    environ = {**os.environ, "GLIDESLOPE_HOME": "/nonexistent"}
    out = subprocess.check_output([sys.executable, "-c", code], text=True, env=environ)
    assert out.strip() == "[]"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"limits.dollars": "$5"}, "$5 is more than allowed: the cap of Ops is $4."),
        ({"task_budget": "300k"}, "300,000 tokens is more than allowed: the cap of Ops is 200,000"),
        ({"task_budget": "off"}, "There must be a limit: the cap of Ops is 200,000 tokens."),
        ({"limits.dollars": "$4", "task_budget": "200k"}, ""),
        ({"task_budget": "many", "effort": None}, ""),
    ],
)
def test_the_command_line_is_refused_what_a_cap_does_not_allow(
    folders: SettingsFolders, said: dict[str, Any], sentence: str
):
    folders.managed('owner = "Ops"\n[cap]\nlimits.dollars = 4\ntask_budget = 200_000\n')
    found = cap_violation(folders.resolve(command_line=said), said)
    assert found.startswith(sentence) if sentence else found == ""


@pytest.mark.parametrize(
    ("layer", "text", "lost"),
    [
        ("user", "limits.dollars = 0", True),
        ("user", "task_budget = 0", True),
        ("user", "limits.dolars = 5", True),
        ("user", "dollars = 5", True),
        ("user", "limits = 5", True),
        ("user", "limits.dollars = ", True),  # no TOML: whatever else stands in it is not read
        ("shared", 'task_budget = "many"', True),
        ("local", "limits.requests = 0.5", True),
        ("managed", "[cap]\ntask_budget = 5", True),
        ("managed", "[set]\nlimits.minutes = -1", True),
        ("user", 'effort = "hihg"', False),
        ("user", "thmee = 'x'", False),
        ("user", "compaction.at = 2", False),
        ("managed", "[cap]\neffort = 'hihg'", False),
    ],
)
def test_a_mistake_knows_whether_a_limit_is_lost_by_it(
    folders: SettingsFolders, layer: str, text: str, lost: bool
):
    getattr(folders, layer)(text)
    resolved = folders.resolve()
    assert len(resolved.problems) == 1
    assert bool(resolved.lost_limits) is lost


def test_a_limit_that_a_tighter_one_stands_for_is_not_lost(folders: SettingsFolders):
    folders.user("task_budget = 50_000")
    folders.shared("task_budget = 90_000")
    resolved = folders.resolve()
    assert len(resolved.problems) == 1 and not resolved.lost_limits
