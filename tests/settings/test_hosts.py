"""`catalogue.budget_hosts`: the servers that pass task budgets on, and the sentence for a slip."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui.claude.catalogue_overrides import catalogue_from_settings
from tui.settings.setting_types import HOSTS, InvalidValueError
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.user_folders import UserFolders


@pytest.fixture
def settled(tmp_path: Path) -> Callable[..., ResolvedSettings]:
    """Resolves the settings of a user whose file holds `text`."""

    def settle(text: str, **more: Any) -> ResolvedSettings:
        home = UserFolders(config=tmp_path, data=tmp_path, state=tmp_path, cache=tmp_path)
        home.settings.write_text(text, encoding="utf-8")
        managed = tmp_path / "no.toml"
        return resolve_settings(home=home, environ={}, managed=managed, **more)

    return settle


def test_a_host_of_the_user_is_added_to_the_one_that_is_known(
    settled: Callable[..., ResolvedSettings],
):
    found = settled('[catalogue]\nbudget_hosts = ["Gateway.Example", "10.0.0.7", "::1"]\n')
    catalogue, sentences = catalogue_from_settings(found)
    assert not found.problems and not sentences
    for url in ("https://gateway.example/anthropic", "http://10.0.0.7:8080", "http://[::1]:1"):
        assert catalogue.server_supports_task_budget(url), url
    assert catalogue.server_supports_task_budget(None)
    assert not catalogue.server_supports_task_budget("https://other.example")


def test_the_value_is_shown_with_its_hosts(settled: Callable[..., ResolvedSettings]):
    value = settled("").values["catalogue.budget_hosts"]
    assert (value.display_text, value.origin.description) == ("api.anthropic.com", "built-in")
    value = settled('[catalogue]\nbudget_hosts = ["gateway.example"]\n').values[
        "catalogue.budget_hosts"
    ]
    assert value.display_text == "api.anthropic.com, gateway.example"
    assert value.origin.description.startswith("user, ")


def test_models_and_hosts_stand_in_the_same_table(settled: Callable[..., ResolvedSettings]):
    found = settled(
        '[catalogue]\nbudget_hosts = ["gateway.example"]\n'
        '[catalogue.models."claude-opus-5-5"]\ncontext = 123_000\n'
    )
    catalogue, sentences = catalogue_from_settings(found)
    assert not found.problems and not sentences
    assert catalogue.model("claude-opus-5-5").context == 123_000
    assert catalogue.server_supports_task_budget("https://gateway.example")


def test_a_slip_in_the_models_leaves_the_hosts(settled: Callable[..., ResolvedSettings]):
    found = settled(
        '[catalogue]\nbudget_hosts = ["gateway.example"]\n'
        '[catalogue.models."claude-opus-5-5"]\ncontext = "large"\n'
    )
    catalogue, sentences = catalogue_from_settings(found)
    assert len(sentences) == 1
    assert catalogue.server_supports_task_budget("https://gateway.example")


@pytest.mark.parametrize(
    "value",
    [
        '["https://gateway.example"]',
        '["gateway.example:8080"]',
        '["gateway.example/v1"]',
        '[""]',
        '[" "]',
        "[17]",
        '"gateway.example"',
        "true",
    ],
)
def test_a_bad_host_is_one_sentence_and_costs_nothing_else(
    settled: Callable[..., ResolvedSettings], value: str
):
    found = settled(f"[catalogue]\nbudget_hosts = {value}\n")
    _, more = catalogue_from_settings(found)
    (problem,) = found.problems
    assert not more
    assert "catalogue.budget_hosts" in problem.sentence and "line 2" in problem.sentence
    assert "host" in problem.sentence
    assert found.settings.catalogue.budget_hosts == ("api.anthropic.com",)


@pytest.mark.parametrize("text", ["https://x.example", "x.example:1", "", "a b", "-x-", "x" * 300])
def test_what_is_typed_is_one_host(text: str):
    with pytest.raises(InvalidValueError, match="the host of a base URL"):
        HOSTS.from_text(text)


def test_a_project_may_not_add_a_host_unasked(
    tmp_path: Path, settled: Callable[..., ResolvedSettings]
):
    project = tmp_path / "project"
    (project / ".glideslope").mkdir(parents=True)
    file = project / ".glideslope" / "settings.toml"
    file.write_text('[catalogue]\nbudget_hosts = ["evil.example"]\n', encoding="utf-8")
    found = settled("", project=project)
    assert found.settings.catalogue.budget_hosts == ("api.anthropic.com",)
