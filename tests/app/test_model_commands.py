"""`/model` and `/effort`: chosen from a list, by name, by key and by mouse, and kept."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.select_dialog import SelectDialog

LEVELS = ("low", "medium", "high", "xhigh", "max")


async def opens(driver: AppDriver) -> None:
    """Wait till there is a list to choose from."""
    await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("sonnet-5-5", "claude-sonnet-5-5"),
        ("Sonnet 5.5", "claude-sonnet-5-5"),
        ("haiku-4.5", "claude-haiku-4-5"),
        ("sonnet", "claude-sonnet-5-5"),
        ("Opus", "claude-opus-5-5"),
    ],
)
def test_a_model_is_named_in_many_ways(words: str, id: str):
    from tui.claude.catalogue import load_catalogue
    from tui.claude.model_names import find_model

    found = find_model(load_catalogue(), words)
    assert found is not None and found.id == id


async def test_a_model_is_chosen_by_its_name_and_used_from_the_next_prompt_on(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.submit("/model haiku-5.5")
        await driver.until(lambda: driver.state.model == "claude-haiku-5-5")
        assert driver.notices()[-1].startswith("Model: Haiku 5.5, from your next prompt on.")
        assert "haiku-5.5" in driver.rows()[-1]
        await driver.run_turn("hello again")
        assert driver.state.sent_model == "claude-haiku-5-5"
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        assert driver.state.model == "claude-haiku-5-5"
        assert "haiku-5.5" in driver.rows()[-1]
        assert "Model: Haiku 5.5" in "\n".join(driver.notices())


async def test_a_model_is_chosen_from_the_list_with_a_few_letters(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("alt+p")
        await opens(driver)
        assert "▸ Opus 5.5" in driver.text()
        await driver.press(*"sonnet 5.5", "enter")
        await driver.until(lambda: driver.state.model == "claude-sonnet-5-5")
        await driver.submit("/model")
        await opens(driver)
        await driver.press("down", "escape")
        await driver.pilot.pause()
        assert driver.state.model == "claude-sonnet-5-5"


async def test_unknown_and_present_models_are_answered_in_one_sentence(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/model gpt")
        await driver.submit("/model opus-5.5")
        await driver.until(lambda: len(driver.notices()) == 2)
        assert driver.notices() == [
            'There is no model "gpt" in the catalogue; /model lists them.',
            "The model is Opus 5.5 already.",
        ]
        assert driver.state.model == "claude-opus-5-5"


async def test_the_command_line_takes_short_names_too(running_app: StartApp):
    async with running_app(model="haiku") as driver:
        assert driver.state.model == "claude-haiku-5-5"
        assert "haiku-5.5" in driver.rows()[-1]
        await driver.run_turn("hello")
        session = driver.state.session
    async with running_app(model="opus-5.5", resume=session) as driver:
        assert driver.state.model == "claude-opus-5-5"


async def test_the_effort_is_typed_chosen_or_stepped(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/effort max")
        await driver.until(lambda: driver.state.effort == "max")
        assert "max▌" in driver.text()
        await driver.press("alt+up")  # there is nothing above it
        await driver.press("alt+down")
        await driver.until(lambda: driver.state.effort == "xhigh")
        await driver.press("alt+up")
        await driver.until(lambda: driver.state.effort == "max")
        await driver.submit("/effort")
        await opens(driver)
        assert "▸ max" in driver.text()
        await driver.press(*"low", "enter")
        await driver.until(lambda: driver.state.effort == "low")
        await driver.press("alt+down")
        await driver.submit("/effort LOW")
        await driver.submit("/effort nine")
        await driver.until(lambda: "nine" not in driver.chat.composer.text)
        assert driver.notices()[-2:] == [
            "The effort is low already.",
            "Opus 5.5 has the levels low, medium, high, xhigh, max.",
        ]
        assert driver.state.effort == "low"


async def test_the_effort_holds_after_a_restart(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.submit("/effort xhigh")
        await driver.until(lambda: driver.state.effort == "xhigh")
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        assert driver.state.effort == "xhigh"
        assert "▐xhi▌" in driver.text()


@pytest.mark.parametrize("label", ["low", "max"])
async def test_a_click_on_a_label_of_the_selector_chooses_it(running_app: StartApp, label: str):
    async with running_app() as driver:
        selector = driver.chat.query_one(EffortSelector)
        row = driver.rows()[selector.region.y][selector.region.x :]
        await driver.pilot.click(EffortSelector, offset=(row.index(label) + 1, 0))
        await driver.until(lambda: driver.state.effort == label)
        assert f"▐{label}▌" in driver.text()
        assert driver.notices()[-1].startswith(f"Effort: {label}, from your next prompt on.")


async def test_the_selector_works_by_keyboard_and_proposes_before_it_changes(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.press("tab", "tab")
        assert isinstance(driver.app.focused, EffortSelector)
        await driver.press("right", "right")
        assert "‹xhi›" in driver.text()
        assert driver.state.effort == "medium"
        await driver.press("escape")
        assert "‹" not in driver.text()
        assert isinstance(driver.app.focused, EffortSelector)
        await driver.press("left", "enter")
        await driver.until(lambda: driver.state.effort == "low")
        await driver.press("5")
        await driver.until(lambda: driver.state.effort == "max")
        await driver.press("escape")
        assert driver.chat.composer.has_focus_within


async def test_a_model_without_levels_says_so(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/model haiku-4.5")
        await driver.until(lambda: "none for this model" in driver.text())
        await driver.submit("/effort high")
        await driver.press("alt+up")
        assert driver.notices()[-1] == "Haiku 4.5 has no effort levels."
