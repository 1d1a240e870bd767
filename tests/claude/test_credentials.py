"""Finding out whether there is a key, where the SDK would look."""

from pathlib import Path

import pytest

from tui.claude.credentials import credentials_found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def profile(folder: Path, name: str = "default") -> None:
    (folder / "configs").mkdir(parents=True, exist_ok=True)
    (folder / "configs" / f"{name}.json").write_text("{}")


def test_an_empty_world_has_no_credentials(home: Path):
    assert credentials_found({}) is False
    assert credentials_found({"ANTHROPIC_API_KEY": ""}) is False


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"])
def test_one_variable_is_enough(home: Path, name: str):
    assert credentials_found({name: "x"}) is True


def test_workload_federation_needs_all_three(home: Path):
    two = {"ANTHROPIC_FEDERATION_RULE_ID": "r", "ANTHROPIC_ORGANIZATION_ID": "o"}
    assert credentials_found(two) is False
    assert credentials_found({**two, "ANTHROPIC_IDENTITY_TOKEN_FILE": "/t"}) is True


def test_a_profile_on_disk_counts_where_the_sdk_looks_for_it(home: Path, tmp_path: Path):
    profile(tmp_path / "elsewhere")
    named = {"ANTHROPIC_CONFIG_DIR": str(tmp_path / "elsewhere")}
    assert credentials_found(named) is True
    assert credentials_found({"ANTHROPIC_CONFIG_DIR": str(tmp_path / "nowhere")}) is False


def test_the_active_profile_is_the_one_that_counts(home: Path, tmp_path: Path):
    profile(tmp_path, "work")
    named = {"ANTHROPIC_CONFIG_DIR": str(tmp_path)}
    assert credentials_found(named) is False
    (tmp_path / "active_config").write_text("work\n")
    assert credentials_found(named) is True


async def test_what_is_found_is_what_the_sdk_finds(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import anthropic

    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "profiles"
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(folder))
    (folder / "configs").mkdir(parents=True)
    (folder / "credentials").mkdir()
    (folder / "configs" / "default.json").write_text(
        '{"version": 1, "authentication": {"type": "user_oauth"}, "organization_id": "o"}'
    )
    (folder / "credentials" / "default.json").write_text('{"access_token": "t"}')
    assert credentials_found() is True
    assert anthropic.AsyncAnthropic().credentials is not None
