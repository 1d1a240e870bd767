"""`/usage` and `/cost`: the whole, and its parts."""

from tests.support.app_driver import AppDriver, StartApp
from tui.number_format import format_tokens


async def asked(driver: AppDriver, words: str) -> str:
    """The page that answers a command, as Markdown."""
    await driver.submit(words)
    return driver.page()


async def test_the_meters_are_taken_apart_by_turn_and_by_model(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="100k") as driver:
        await driver.run_turn()
        await driver.submit("/model sonnet-5.5")
        await driver.run_turn("Is that all?")
        turns = (await asked(driver, "/usage by turn")).splitlines()
        assert turns[2].startswith("| 1 · Add the missing return annotations\\.")
        assert turns[3].startswith("| 2 · Is that all?")
        assert turns[4].startswith("| all |")
        models = (await asked(driver, "/cost model")).splitlines()
        assert [row.split(" | ")[0] for row in models[2:]] == [
            "| opus\\-5\\-5",
            "| sonnet\\-5\\-5",
            "| all",
        ]
        assert all("$0" in row for row in models[2:])
        assert "breaks these figures down" in await asked(driver, "/usage")
        assert "breaks it down" in await asked(driver, "/cost")


async def test_what_the_meters_cannot_be_cut_by_is_said(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/usage by moon")
        await driver.until(lambda: driver.sentences())
        assert driver.sentences()[-1] == (
            "The figures can be broken down by request, turn, subtask, agent, model."
        )
        assert "nothing yet" in await asked(driver, "/cost")


async def test_the_context_page_has_the_figures_of_the_transcript_for_settled_results(
    running_app: StartApp,
):
    async with running_app(size=(120, 60), mode="auto") as driver:
        await driver.run_turn()
        lines = [call for call in driver.calls() if call.settled]
        assert len(lines) > 5
        page = (await asked(driver, "/context")).replace("\\", "")
        table = page.partition("| largest results | tokens used |\n")[2].partition("\n\n")[0]
        named = [" ".join(row.split("|")[1:3]).split() for row in table.splitlines()[1:]]
        shown = [
            f"{f'{line.name} {line.subject}'[:60]} {format_tokens(line.tokens)}".split()
            for line in lines
        ]
        assert len(named) == 5
        assert all(row in shown for row in named)
        assert f"| tool results | {format_tokens(sum(line.tokens for line in lines))} |" in page
