"""`/model` and `/effort`: chosen from a list, by name, by key and by mouse, and kept."""

import pytest

from tui.widgets.choice import Choice
from tui.widgets.effort_selector import EffortSelector

LEVELS = ("low", "medium", "high", "xhigh", "max")


async def opens(cockpit) -> None:
    """Wait till there is a list to choose from."""
    await cockpit.until(lambda: isinstance(cockpit.app.screen, Choice))


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
def test_a_model_is_named_in_many_ways(words, id):
    from tui.claude.catalogue import load
    from tui.claude.names import model_named

    found = model_named(load(), words)
    assert found is not None and found.id == id


async def test_a_model_is_chosen_by_its_name_and_used_from_the_next_prompt_on(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.say("/model haiku-5.5")
        await cockpit.until(lambda: cockpit.state.model == "claude-haiku-5-5")
        assert cockpit.notices()[-1].startswith("Model: Haiku 5.5, from the next prompt on.")
        assert "haiku-5.5" in cockpit.rows()[-1]
        await cockpit.turn("hello again")
        assert cockpit.state.sent_model == "claude-haiku-5-5"
        session = cockpit.state.session
    async with fly(mode="auto", resume=session) as cockpit:
        assert cockpit.state.model == "claude-haiku-5-5"
        assert "haiku-5.5" in cockpit.rows()[-1]
        assert "Model: Haiku 5.5" in "\n".join(cockpit.notices())


async def test_a_model_is_chosen_from_the_list_with_a_few_letters(fly):
    async with fly() as cockpit:
        await cockpit.press("alt+p")
        await opens(cockpit)
        assert "▸ Opus 5.5" in cockpit.text()
        await cockpit.press(*"sonnet 5.5", "enter")
        await cockpit.until(lambda: cockpit.state.model == "claude-sonnet-5-5")
        await cockpit.say("/model")
        await opens(cockpit)
        await cockpit.press("down", "escape")
        await cockpit.pilot.pause()
        assert cockpit.state.model == "claude-sonnet-5-5"


async def test_unknown_and_present_models_are_answered_in_one_sentence(fly):
    async with fly() as cockpit:
        await cockpit.say("/model gpt")
        await cockpit.say("/model opus-5.5")
        await cockpit.until(lambda: len(cockpit.notices()) == 2)
        assert cockpit.notices() == [
            'There is no model "gpt" in the catalogue; /model lists them.',
            "The model is Opus 5.5 already.",
        ]
        assert cockpit.state.model == "claude-opus-5-5"


async def test_the_command_line_takes_short_names_too(fly):
    async with fly(model="haiku") as cockpit:
        assert cockpit.state.model == "claude-haiku-5-5"
        assert "haiku-5.5" in cockpit.rows()[-1]
        await cockpit.turn("hello")
        session = cockpit.state.session
    async with fly(model="opus-5.5", resume=session) as cockpit:
        assert cockpit.state.model == "claude-opus-5-5"


async def test_the_effort_is_typed_chosen_or_stepped(fly):
    async with fly() as cockpit:
        await cockpit.say("/effort max")
        await cockpit.until(lambda: cockpit.state.effort == "max")
        assert "max▌" in cockpit.text()
        await cockpit.press("alt+up")  # there is nothing above it
        await cockpit.press("alt+down")
        await cockpit.until(lambda: cockpit.state.effort == "xhigh")
        await cockpit.press("alt+up")
        await cockpit.until(lambda: cockpit.state.effort == "max")
        await cockpit.say("/effort")
        await opens(cockpit)
        assert "▸ max" in cockpit.text()
        await cockpit.press(*"low", "enter")
        await cockpit.until(lambda: cockpit.state.effort == "low")
        await cockpit.press("alt+down")
        await cockpit.say("/effort LOW")
        await cockpit.say("/effort nine")
        await cockpit.until(lambda: "nine" not in cockpit.chat.composer.text)
        assert cockpit.notices()[-2:] == [
            "The effort is low already.",
            "Opus 5.5 has the levels low, medium, high, xhigh, max.",
        ]
        assert cockpit.state.effort == "low"


async def test_the_effort_holds_after_a_restart(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.say("/effort xhigh")
        await cockpit.until(lambda: cockpit.state.effort == "xhigh")
        session = cockpit.state.session
    async with fly(mode="auto", resume=session) as cockpit:
        assert cockpit.state.effort == "xhigh"
        assert "▐xhi▌" in cockpit.text()


@pytest.mark.parametrize("label", ["low", "max"])
async def test_a_click_on_a_label_of_the_selector_chooses_it(fly, label):
    async with fly() as cockpit:
        selector = cockpit.chat.query_one(EffortSelector)
        row = cockpit.rows()[selector.region.y][selector.region.x :]
        await cockpit.pilot.click(EffortSelector, offset=(row.index(label) + 1, 0))
        await cockpit.until(lambda: cockpit.state.effort == label)
        assert f"▐{label}▌" in cockpit.text()
        assert cockpit.notices()[-1].startswith(f"Effort: {label}, from the next prompt on.")


async def test_the_selector_works_by_keyboard_and_proposes_before_it_changes(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.press("tab", "tab")
        assert isinstance(cockpit.app.focused, EffortSelector)
        await cockpit.press("right", "right")
        assert "‹xhi›" in cockpit.text()
        assert cockpit.state.effort == "medium"
        await cockpit.press("escape")
        assert "‹" not in cockpit.text()
        assert isinstance(cockpit.app.focused, EffortSelector)
        await cockpit.press("left", "enter")
        await cockpit.until(lambda: cockpit.state.effort == "low")
        await cockpit.press("5")
        await cockpit.until(lambda: cockpit.state.effort == "max")
        await cockpit.press("escape")
        assert cockpit.chat.composer.has_focus_within


async def test_a_model_without_levels_says_so(fly):
    async with fly() as cockpit:
        await cockpit.say("/model haiku-4.5")
        await cockpit.until(lambda: "none for this model" in cockpit.text())
        await cockpit.say("/effort high")
        await cockpit.press("alt+up")
        assert cockpit.notices()[-1] == "Haiku 4.5 has no effort levels."
