"""The bindings of a key are looked up, not made from nothing with each key."""

import pytest
from textual.binding import BindingsMap

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.command_bindings import active_binding


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[BindingsMap]:
    """Bindings of widgets that were copied, which is how a list of all bindings begins."""
    seen: list[BindingsMap] = []
    original = BindingsMap.copy

    def counted(bindings: BindingsMap) -> BindingsMap:
        seen.append(bindings)
        return original(bindings)

    monkeypatch.setattr(BindingsMap, "copy", counted)
    return seen


def check_all(driver: AppDriver) -> set[str]:
    """Compare what each key is bound to with what Textual says; the keys that are bound."""
    screen = driver.app.screen
    theirs = screen.active_bindings
    for key in (*theirs, "a", "f11", "question_mark", "escape", "up", "enter", "tab"):
        assert active_binding(screen, key) == theirs.get(key), key
    return set(theirs)


async def test_keys_in_the_same_place_make_no_list_of_bindings(
    running_app: StartApp, copies: list[BindingsMap]
):
    async with running_app() as driver:
        await driver.press("a", "left")
        copies.clear()
        await driver.press(*"quick", "left", "right", "home", "end", "up", "down", "backspace")
        assert not copies
        await driver.press("ctrl+u", "ctrl+up", "up")
        assert driver.chat.keys.context == "transcript"
        copies.clear()
        await driver.press("up", "up", "down", "down")
        assert not copies


async def test_each_key_is_bound_to_what_textual_says_wherever_the_focus_is(
    running_app: StartApp,
):
    async with running_app(budget="200k", mode="ask") as driver:
        composer = check_all(driver)
        await driver.press("slash")
        assert driver.chat.composer.is_list_open
        assert check_all(driver) - composer == {"escape"}, "escape closes the list"
        await driver.press("escape", "backspace", "ctrl+up")
        assert check_all(driver) != composer
        driver.chat.budget_panel.focus()
        await driver.pilot.pause()
        assert "space" in check_all(driver)
        driver.chat.set_focus(None)
        check_all(driver)
        driver.chat.composer.focus()
        await driver.press("ctrl+p")
        assert driver.app.screen is not driver.chat
        check_all(driver)


async def test_another_keymap_counts_from_the_next_key_on(running_app: StartApp):
    async with running_app() as driver:
        assert active_binding(driver.chat, "f11") is None
        driver.app.set_keymap({"composer.editor": "f11"})
        bound = active_binding(driver.chat, "f11")
        assert bound is not None and bound.binding.id == "composer.editor"
        check_all(driver)
