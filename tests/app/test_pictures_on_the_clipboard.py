"""ctrl+v attaches the picture on the clipboard, or says why it does not."""

from pathlib import Path

import pytest

from tests.budget.test_picture_header import png
from tests.support.app_driver import StartApp


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one clipboard tool of this desktop: a script that gives a file."""
    folder = tmp_path / "tools"
    folder.mkdir()
    script = folder / "wl-paste"
    script.write_text(f"#!/bin/sh\nexec /bin/cat {folder}/picture\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    for name in ("SSH_CONNECTION", "SSH_TTY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    return folder


async def test_the_picture_goes_with_the_prompt(running_app: StartApp, tool: Path):
    (tool / "picture").write_bytes(png(1_500, 100))
    async with running_app(mode="auto") as driver:
        await driver.press(*"what", "ctrl+v")
        await driver.until(lambda: "tokens]" in driver.chat.composer.draft.text)
        assert driver.chat.composer.draft.text == (
            "what [picture #1: 1,500 × 100 pixels, ≈ 200 tokens] "
        )
        await driver.press("enter")
        await driver.until(lambda: driver.state.turn == 1 and not driver.chat.running)
        (first, *_) = driver.state.conversation.messages
        assert [block["type"] for block in first.content if block["type"] == "image"] == ["image"]


async def test_without_one_the_status_line_says_so(running_app: StartApp, tool: Path):
    (tool / "picture").write_text("no picture")
    async with running_app() as driver:
        await driver.press("ctrl+v")
        await driver.until(lambda: "no picture on the clipboard" in driver.rows()[-1])
        (tool / "wl-paste").unlink()
        await driver.press("ctrl+v")
        await driver.until(lambda: "No clipboard here" in driver.rows()[-1])
        assert driver.chat.composer.is_empty
