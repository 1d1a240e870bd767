"""A key that the user types in: what can be one, and that nothing repeats it."""

from pathlib import Path

import pytest

from tui.agent.tools.base import ToolEnvironment
from tui.claude import credentials
from tui.claude.api_client import ClaudeClient
from tui.claude.credentials import known_secrets
from tui.claude.run_key import KeyRefused, read_typed_key

KEY = "sk-ant-api03-abcdefghijklmnop"


@pytest.fixture(autouse=True)
def forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_typed_secrets", {})


@pytest.mark.parametrize(
    "typed",
    [
        KEY,
        f"  {KEY}\n",
        f'"{KEY}"',
        f"ANTHROPIC_API_KEY={KEY}",
        f"export ANTHROPIC_API_KEY='{KEY}';",
    ],
)
def test_a_key_is_read_as_people_paste_it(typed: str):
    assert read_typed_key(typed) == KEY


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "No key was typed."),
        ("  ", "No key was typed."),
        ("export ANTHROPIC_API_KEY=", "No key was typed."),
        ("sk-ant-api03 abcdefghijklm", "A key has letters, digits and signs only, and no blanks."),
        ("sk-ant-ключ-abcdefghijklmn", "A key has letters, digits and signs only, and no blanks."),
        ("sk-ant-short", "This is too short for a key: it has 12 characters."),
    ],
)
def test_what_can_be_no_key_is_refused_without_repeating_it(typed: str, sentence: str):
    with pytest.raises(KeyRefused) as caught:
        read_typed_key(typed)
    assert str(caught.value) == sentence
    assert known_secrets({}) == ()


def test_a_typed_key_is_blacked_out_like_one_of_the_environment(tmp_path: Path):
    read_typed_key(KEY)
    assert KEY in known_secrets({})
    environment = ToolEnvironment(folder=tmp_path, variables={}, scratch_folder=tmp_path)
    assert KEY not in environment.redactor(f"key: {KEY}").text


async def test_a_client_sends_the_typed_key_from_the_next_request_on():
    async with ClaudeClient(base_url="http://127.0.0.1:9", api_key="the one before it") as client:
        before = await client._client()
        await client.use_key(KEY)
        after = await client._client()
        assert (before.api_key, after.api_key) == ("the one before it", KEY)
        assert KEY not in repr(client)
