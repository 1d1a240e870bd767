"""The words about the budget, typed as they should be and as they should not."""

from tests.support.app_driver import StartApp
from tui.number_format import format_tokens

PAGES = {
    "/budget": "**Budget** of 60k tokens for the whole session.",
    "/cost": "**Cost** of this session: \\$",
    "/usage": "| budget |",
    "/context": "**Context**",
    "/wire": "| max\\_tokens | 64000 |",
}
"""Words, and how the page begins that answers each."""


async def test_a_word_is_answered_with_its_page(running_app: StartApp):
    async with running_app(budget="60k", effort="high") as driver:
        await driver.run_turn("hello")
        for typed, words in PAGES.items():
            await driver.submit(typed)
            assert words in driver.page(), typed


async def test_after_a_restart_the_last_request_is_built_again_from_the_log(
    running_app: StartApp,
):
    async with running_app(budget="60k", effort="high") as driver:
        await driver.run_turn("hello")
        await driver.run_turn("what can you do?")
        await driver.submit("/wire")
        before = driver.page()
    async with running_app(resume="latest") as driver:
        await driver.submit("/wire")
        head, _, after = driver.page().partition("\n\n")
        assert "sent before this start of the program" in head
        assert head.endswith("its digest is the one in the log.")
        assert after == before
        await driver.run_turn("thanks")
        await driver.submit("/wire")
        assert driver.page().startswith("| parameter |")


SENSELESS = {
    "/cost today": "The figures can be broken down by",
    "/usage 5": "The figures can be broken down by request, turn, subtask, agent, model.",
    "/context all": "/context takes no arguments.",
    "/wrapup now": "/wrapup takes no arguments.",
    "/wire 2": "/wire takes no arguments.",
    "/budgte 5": "There is no command /budgte; did you mean /budget?",
    "/entries nothing": "/entries can list budget",
    "/wrapup": "There is nothing to wrap up yet.",
    "/compact": "There is nothing to shorten yet.",
    "/export": "There is nothing to export yet.",
}
"""Lines that make no sense, and words of the sentence about each."""


async def test_what_makes_no_sense_is_one_sentence(running_app: StartApp):
    async with running_app(budget="60k") as driver:
        for typed, sentence in SENSELESS.items():
            told = len(driver.notices())
            await driver.submit(typed)
            await driver.until(
                lambda: sentence in "\n".join([*driver.sentences()[told:], driver.text()])  # noqa: B023
            )
            assert driver.chat.composer.is_empty and driver.state.turn == 0, typed


async def test_wrapping_up_leaves_a_report_of_the_model(running_app: StartApp):
    async with running_app(mode="auto", budget="60k") as driver:
        await driver.run_turn()
        await driver.submit("/wrapup")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.wrap_ups[-1].by == "model"
        await driver.until(lambda: "┃ Wrapped up · " in driver.text())


async def test_compacting_shortens_and_the_budget_goes_on(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="60k") as driver:
        await driver.run_turn()
        used = driver.state.charged
        await driver.submit("/compact keep the names")
        await driver.until(
            lambda: (
                any("context" in str(getattr(item, "text", "")) for item in driver.items())
                and not driver.chat.running
            )
        )
        assert driver.state.charged > used, "the summary is charged"
        assert len(driver.state.conversation.messages) == 1


async def test_what_compacting_costs_is_said_before_and_nothing_where_there_is_no_room(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="60k") as driver:
        await driver.run_turn()
        context = driver.state.context
        dropped = driver.state.prompt_cache.cached_tokens - driver.state.prompt_cache.preamble
        await driver.submit("/config limits.dollars 0.01")
        await driver.until(lambda: driver.state.hard_limits.dollars is not None)
        before = len(driver.notices())
        await driver.submit("/compact")
        await driver.until(lambda: "nothing is shortened" in driver.notices()[-1])
        assert len(driver.notices()) == before + 1
        await driver.submit("/config limits.dollars 50")
        await driver.until(lambda: driver.state.hard_limits.dollars == 50)
        await driver.submit("/compact")
        await driver.until(lambda: len(driver.state.conversation.messages) == 1)
        (said,) = [each for each in driver.notices() if each.startswith("Shortening")]
        assert f"the model reads {context:,} tokens once more and writes a summary." in said
        assert "costs ≈ 2.5k tokens of the budget (8,000 at most) and ≈ $0.0" in said
        assert said.endswith(
            "The next request writes ≈ 2.5k tokens to the prompt cache instead of reading "
            f"{format_tokens(dropped)} from it."
        )
