"""The box in which a key is typed."""

import pytest
from textual.events import Paste

from tests.widgets.widget_app import WidgetApp
from tui.claude import credentials
from tui.widgets.key_dialog import KeyDialog

KEY = "sk-ant-api03-abcdefghijklmnop"


@pytest.fixture(autouse=True)
def forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_typed_secrets", {})


async def test_a_key_is_masked_refused_while_it_can_be_none_and_given_to_who_asked(
    widget_app: type[WidgetApp],
):
    app, given = widget_app(), list[str | None]()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(KeyDialog(), given.append)
        await pilot.pause()
        await pilot.press(*"sk-ant", "enter")
        shown = "\n".join(app.rows())
        assert "too short" in shown and "sk-ant-…" not in shown and "••••••" in shown
        assert given == []
        await pilot.press("ctrl+u")
        app.screen.focused.post_message(Paste(f"export ANTHROPIC_API_KEY={KEY}\n"))
        await pilot.pause()
        assert "api03" not in "\n".join(app.rows())
        await pilot.press("ctrl+a", "ctrl+c")
        assert app.clipboard == ""
        await pilot.press("enter")
        assert given == [KEY]


async def test_escape_gives_no_key(widget_app: type[WidgetApp]):
    app, given = widget_app(), list[str | None]()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(KeyDialog(), given.append)
        await pilot.pause()
        said = " ".join(" ".join(app.rows()).replace("│", " ").split())
        assert "memory, never in a file" in said
        await pilot.press(*"sk-ant", "escape")
        assert given == [None]
