"""The words about the budget, typed as they should be and as they should not."""

from tui.numbers import tokens
from tui.widgets.transcript.items import Answer


def pages(cockpit) -> list[str]:
    """The program's own answers."""
    return [item.markdown for item in cockpit.items() if isinstance(item, Answer)]


PAGES = {
    "/budget": "**Budget** of 60k tokens for the whole session.",
    "/cost": "**Cost** of this session: $",
    "/usage": "| budget |",
    "/context": "**Context**",
    "/wire": "| max\\_tokens | 64000 |",
}
"""Words, and how the page begins that answers each."""


async def test_a_word_is_answered_with_its_page(fly):
    async with fly(budget="60k", effort="high") as cockpit:
        await cockpit.turn("hello")
        for typed, words in PAGES.items():
            shown = len(pages(cockpit))
            await cockpit.say(typed)
            await cockpit.until(lambda: len(pages(cockpit)) > shown)  # noqa: B023  awaited here
            assert words in pages(cockpit)[-1], typed


async def test_after_a_restart_the_last_request_is_built_again_from_the_log(fly):
    async with fly(budget="60k", effort="high") as cockpit:
        await cockpit.turn("hello")
        await cockpit.turn("what can you do?")
        await cockpit.say("/wire")
        await cockpit.until(lambda: pages(cockpit)[-1].startswith("**Last request**"))
        before = pages(cockpit)[-1].partition("\n")[2]
    async with fly(resume="latest") as cockpit:
        await cockpit.say("/wire")
        await cockpit.until(lambda: pages(cockpit)[-1].startswith("**Last request** · "))
        head, _, after = pages(cockpit)[-1].partition("\n")
        assert "sent before the program was started this time" in head
        assert head.endswith("the digest that was logged with it is the same.")
        assert after == before
        await cockpit.turn("thanks")
        await cockpit.say("/wire")
        await cockpit.until(lambda: pages(cockpit)[-1].startswith("**Last request**\n"))


SENSELESS = {
    "/cost today": "The meters can be taken apart by",
    "/usage 5": "The meters can be taken apart by request, turn, subtask, agent, model.",
    "/context all": "/context takes no arguments.",
    "/wrapup now": "/wrapup takes no arguments.",
    "/wire 2": "/wire takes no arguments.",
    "/budgte 5": "There is no command /budgte; did you mean /budget?",
    "/entries nothing": "There are entries behind budget",
    "/wrapup": "There is nothing to wrap up yet.",
    "/compact": "There is nothing to shorten yet.",
    "/export": "There is nothing to export yet.",
}
"""Lines that make no sense, and words of the sentence about each."""


async def test_what_makes_no_sense_is_one_sentence(fly):
    async with fly(budget="60k") as cockpit:
        for typed, sentence in SENSELESS.items():
            told = len(cockpit.notices())
            await cockpit.say(typed)
            await cockpit.until(
                lambda: sentence in "\n".join([*cockpit.notices()[told:], cockpit.text()])  # noqa: B023
            )
            assert cockpit.chat.composer.is_empty and cockpit.state.turn == 0, typed


async def test_wrapping_up_leaves_a_report_of_the_model(fly):
    async with fly(mode="auto", budget="60k") as cockpit:
        await cockpit.turn()
        await cockpit.say("/wrapup")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert cockpit.state.wrap_ups[-1].by == "model"
        card = cockpit.card()
        assert card is not None and "subtasks complete" in str(card.lines[0])


async def test_compacting_shortens_and_the_budget_goes_on(fly):
    async with fly(mode="auto", budget="60k") as cockpit:
        await cockpit.turn()
        used = cockpit.state.charged
        await cockpit.say("/compact keep the names")
        await cockpit.until(
            lambda: (
                any("context" in str(getattr(item, "text", "")) for item in cockpit.items())
                and not cockpit.chat.running
            )
        )
        assert cockpit.state.charged > used, "the summary is charged"
        assert len(cockpit.state.conversation.messages) == 1


async def test_what_compacting_costs_is_said_before_and_nothing_where_there_is_no_room(fly):
    async with fly(mode="auto", budget="60k") as cockpit:
        await cockpit.turn()
        context = cockpit.state.context
        dropped = cockpit.state.warmth.left - cockpit.state.warmth.preamble
        await cockpit.say("/config limits.dollars 0.01")
        await cockpit.until(lambda: cockpit.state.fuses.dollars is not None)
        before = len(cockpit.notices())
        await cockpit.say("/compact")
        await cockpit.until(lambda: "nothing is shortened" in cockpit.notices()[-1])
        assert len(cockpit.notices()) == before + 1
        await cockpit.say("/config limits.dollars 50")
        await cockpit.until(lambda: cockpit.state.fuses.dollars == 50)
        await cockpit.say("/compact")
        await cockpit.until(lambda: len(cockpit.state.conversation.messages) == 1)
        (said,) = [each for each in cockpit.notices() if each.startswith("Shortening")]
        assert f"the model reads {context:,} tokens once more and writes a summary." in said
        assert "costs ≈ 2.5k tokens of the budget (8,000 at most) and ≈ $0.0" in said
        assert said.endswith(
            "The next request writes ≈ 2.5k tokens to the prompt cache instead of reading "
            f"{tokens(dropped)} from it."
        )
