"""`/model` and `/effort`: chosen from a list, by name, by key and by mouse, and kept."""

from pathlib import Path
from threading import Event

import pytest
from textual import events

from tests.support.app_driver import AppDriver, StartApp
from tests.support.idle_loop import held_threads
from tui.agent.open_session import OpenSession
from tui.claude.catalogue import load_catalogue
from tui.screens.past_runs import PastRuns, read_past_runs
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.select_dialog import SelectDialog

CATALOGUE = load_catalogue()
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
    from tui.claude.model_names import find_model

    found = find_model(CATALOGUE, words)
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


async def test_a_model_and_its_effort_are_chosen_from_the_list(running_app: StartApp):
    async with running_app(size=(140, 40)) as driver:
        await driver.run_turn("hello")
        await driver.press("alt+p")
        text = driver.text()
        assert "▸ Opus 5.5" in text and "default" in text and "$4 / $20" in text
        assert f"{len(CATALOGUE.models) - 4} older …" in text
        assert "▐medium▌" in text and "Opus 5.5 works in this session" in text
        await driver.press("down")
        assert "▸ Sonnet 5.5" in driver.text() and "switching now" in driver.text()
        await driver.press("right", "enter")
        await driver.until(lambda: driver.state.model == "claude-sonnet-5-5")
        levels = CATALOGUE.model("claude-sonnet-5-5").efforts
        default = CATALOGUE.model("claude-sonnet-5-5").default_effort
        assert default is not None
        assert driver.state.effort == levels[levels.index(default) + 1]
        assert not driver.page() and not user_folders().settings.exists()
        await driver.submit("/model")
        await driver.press("down", "escape")
        assert driver.state.model == "claude-sonnet-5-5"


async def test_only_the_effort_is_changed_where_the_model_stays(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/model")
        await driver.press("left", "enter")
        await driver.until(lambda: driver.state.effort == "low")
        assert driver.state.model == "claude-opus-5-5"


async def test_an_older_model_is_behind_one_row(running_app: StartApp):
    async with running_app(size=(80, 24)) as driver:
        await driver.submit("/model")
        assert "Haiku 4.5" not in driver.text()
        await driver.press(*["down"] * 4, "enter")
        await driver.press("end")
        assert "▸ Haiku 4.5" in driver.text()
        await driver.press("enter")
        await driver.until(lambda: driver.state.model == "claude-haiku-4-5")


async def test_a_key_keeps_the_choice_as_the_default(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/model")
        await driver.press("down", "d")
        await driver.until(
            lambda: driver.notices()[-1:] == [f"Saved model in {user_folders().settings}."]
        )
        assert driver.state.model == "claude-sonnet-5-5"
        assert 'model = "claude-sonnet-5-5"' in user_folders().settings.read_text()
        assert "effort" not in user_folders().settings.read_text()
        await driver.submit("/model")
        await driver.press("right", "d")
        await driver.until(lambda: "effort" in user_folders().settings.read_text())


async def test_the_first_arrow_after_the_command_moves_the_mark(running_app: StartApp):
    async with running_app() as driver:
        await driver.press(*"/model")
        keys = [events.Key(key, None) for key in ("enter", "down", "enter")]
        for key, later in zip(keys, (1.0, 1.005, 2.0), strict=True):
            key.time += later
        for key in keys:  # the program had no time to do anything between them
            driver.app.post_message(key)
        await driver.until(lambda: driver.state.model == "claude-sonnet-5-5")
        assert driver.chat.composer.is_empty


async def test_a_click_takes_a_row(running_app: StartApp):
    async with running_app(size=(80, 24)) as driver:
        await driver.submit("/model")
        panel = driver.chat.panel_area.panel
        assert panel is not None
        await driver.pilot.click(panel, offset=(6, 3))
        await driver.until(lambda: driver.state.model == "claude-sonnet-5-5")


async def test_unknown_and_present_models_are_answered_in_one_sentence(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/model gpt")
        assert driver.refusal == 'There is no model "gpt" in the catalogue; /model lists them.'
        await driver.submit("/model opus-5.5")
        await driver.until(lambda: driver.notices() == ["The model is Opus 5.5 already."])
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
        await driver.until(lambda: driver.notices()[-1] == "The effort is low already.")
        await driver.submit("/effort nine")
        sentence = "Opus 5.5 has the levels low, medium, high, xhigh, max."
        await driver.until(lambda: driver.refusal == sentence)
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


async def test_a_proposed_effort_shows_what_it_would_take_when_that_is_known(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    """From medium to high: 1 ÷ 0.8; half of the published features stay under 100,000."""
    gate = Event()

    def read(session: OpenSession) -> PastRuns:
        assert gate.wait(60)
        return read_past_runs(session)

    monkeypatch.setattr("tui.screens.effort_forecast.read_past_runs", read)
    async with running_app() as driver:
        driver.chat.composer.insert_text("Add a button")
        driver.chat.effort.focus()
        with held_threads():
            await driver.press("right")
        driver.paint()
        assert "‹high›" in sidebar_words(driver)
        assert "spend" not in sidebar_words(driver)
        gate.set()
        await driver.until(lambda: "≈ 1.2 × spend, ≈ 100k for a feature" in sidebar_words(driver))
        await driver.press("escape")
        assert "spend" not in sidebar_words(driver)


async def test_a_proposed_effort_shows_nothing_where_the_history_cannot_be_read(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    tried = []

    def fail(_: object) -> None:
        tried.append(1)
        raise StoreError(Path("history.db"), "The history cannot be read.")

    monkeypatch.setattr("tui.screens.effort_forecast.read_past_runs", fail)
    async with running_app() as driver:
        driver.chat.effort.focus()
        await driver.press("right")
        await driver.until(lambda: tried)
        assert "‹high›" in driver.text()
        assert "spend" not in sidebar_words(driver)


def sidebar_words(driver: AppDriver) -> str:
    """What is on the screen where the selector is."""
    place = driver.chat.effort.region
    rows = driver.rows()[place.y : place.bottom]
    return " ".join(" ".join(row[place.x : place.right] for row in rows).split())


async def test_a_model_without_levels_says_so(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/model haiku-4.5")
        await driver.until(lambda: "none for this model" in driver.text())
        await driver.submit("/effort high")
        await driver.press("alt+up")
        assert driver.notices()[-1] == "Haiku 4.5 has no effort levels."
