"""`/usage` and `/cost`: the whole, and its parts."""

from tui.widgets.numbers import tokens
from tui.widgets.transcript.items import Answer, ToolLine


def last_answer(cockpit) -> str:
    """The last answer of the program's own, as Markdown."""
    return next(item.markdown for item in cockpit.items()[::-1] if isinstance(item, Answer))


async def asked(cockpit, words: str) -> str:
    before = len(cockpit.items())
    await cockpit.say(words)
    await cockpit.until(lambda: len(cockpit.items()) > before)
    return last_answer(cockpit)


async def test_the_meters_are_taken_apart_by_turn_and_by_model(fly):
    async with fly(mode="auto", budget="100k") as cockpit:
        await cockpit.turn()
        await cockpit.say("/model sonnet-5.5")
        await cockpit.turn("Is that all?")
        turns = (await asked(cockpit, "/usage by turn")).splitlines()
        assert turns[2].startswith("| 1 · Add the missing return annotations\\.")
        assert turns[3].startswith("| 2 · Is that all?")
        assert turns[4].startswith("| all |")
        models = (await asked(cockpit, "/cost model")).splitlines()
        assert [row.split(" | ")[0] for row in models[2:]] == [
            "| opus\\-5\\-5",
            "| sonnet\\-5\\-5",
            "| all",
        ]
        assert all("$0" in row for row in models[2:])
        assert "take them apart" in await asked(cockpit, "/usage")
        assert "take it apart" in await asked(cockpit, "/cost")


async def test_what_the_meters_cannot_be_cut_by_is_said(fly):
    async with fly() as cockpit:
        await cockpit.say("/usage by moon")
        await cockpit.until(lambda: cockpit.notices())
        assert cockpit.notices()[-1] == (
            "The meters can be taken apart by request, turn, subtask, agent, model."
        )
        assert await asked(cockpit, "/cost") == last_answer(cockpit)
        assert "nothing yet" in last_answer(cockpit)


async def test_the_context_page_has_the_figures_of_the_transcript_for_settled_results(fly):
    async with fly(size=(120, 60), mode="auto") as cockpit:
        await cockpit.turn()
        lines = [item for item in cockpit.items() if isinstance(item, ToolLine) and item.settled]
        assert len(lines) > 5
        page = (await asked(cockpit, "/context")).replace("\\", "")
        named = page.partition("Largest results: ")[2].partition(".\n")[0].split(", ")
        shown = {f"{f'{line.name} {line.subject}'[:60]} {tokens(line.tokens)}" for line in lines}
        assert len(named) == 5
        assert set(named) <= shown
        assert f"| tool results | {tokens(sum(line.tokens for line in lines))} |" in page
