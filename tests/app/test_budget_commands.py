"""`/budget`, and its like in settings and on the command line, in the running program."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.app.budget_steps import SPENT, cap, spend
from tests.support.app_driver import AppDriver, StartApp
from tui.session import events as ev
from tui.widgets.select_dialog import SelectDialog


async def choosing(driver: AppDriver) -> None:
    """Wait till something is asked."""
    await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))


async def test_a_budget_is_given(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/budget 200k")
        await driver.until(lambda: driver.state.grant == 200_000)
        assert "200k LEFT of 200k" in driver.text()


REFUSED = {
    "/budget 5k": "A budget of 5,000 tokens is too small: the API accepts 20,000 or more",
    "/budget many": '"many" is not an amount: expected something like 200k',
    "/budget -50k": '"-50k" is not an amount: it is negative',
    "/budget +0": '"+0" is not an amount: adding nothing changes nothing',
    "/budget +50k": "There is no budget to extend. Set one, for example /budget 200k.",
    "/budget $0": "zero dollars would allow nothing",
    "/budget $-1": '"$-1" is not an amount: it is negative',
    "/budget $abc": '"$abc" is not an amount: expected something like',
    "/budget $0.001": "dollars go down to cents",
    "/budget +$5": "a limit in dollars is given whole",
    "/budget scope": "The scope is session or turn: /budget scope turn.",
    "/budget scope turn": "There is no budget. Set one first",
    "/budget +50k --save user": "Nothing to save: only a whole budget is kept, not +50k.",
    "/budget 200k --save nowhere": "--save nowhere needs user or project.",
    "/config task_budget many": "task_budget is",
    "/config task_budget 5000": "20,000",
    "/config task_budget $5": "or /budget $5 for dollars",
    "/config limits.dollars 0": "expected a number of dollars from $0.01",
}
"""Lines that give no budget, and words of the sentence about each."""


async def test_what_is_no_budget_is_one_sentence_and_changes_nothing(
    running_app: StartApp,
):
    async with running_app() as driver:
        before = driver.state.seq
        for typed, sentence in REFUSED.items():
            await driver.submit(typed)
            await driver.until(lambda: driver.refusal)
            assert sentence in driver.refusal and not driver.notices(), typed
            assert driver.state.seq == before, typed


@pytest.mark.parametrize(
    ("keys", "grant"),
    [
        (["enter"], SPENT + 50_000),
        (["down", "enter"], 150_000),
        (["down", "down", "enter"], 100_000),
        (["escape"], 100_000),
    ],
)
async def test_less_than_is_spent_is_asked_about(
    running_app: StartApp, keys: list[str], grant: int
):
    async with running_app(budget="100k") as driver:
        await spend(driver)
        await driver.submit("/budget 50k")
        await choosing(driver)
        text = driver.text()
        assert "61k tokens are used already, more than 50k" in text
        assert "Give 111k in all" in text and "Add 50k to the budget" in text
        assert "Leave it as it is" in text
        await driver.press(*keys)
        await driver.until(lambda: driver.app.screen is driver.chat)
        await driver.until(lambda: driver.state.grant == grant)


async def test_the_same_is_asked_for_a_setting_and_for_a_scope(
    running_app: StartApp,
):
    async with running_app() as driver:
        await spend(driver)
        await driver.submit("/config task_budget 50000")
        await choosing(driver)
        assert "Add" not in driver.text(), "there is nothing to add to"
        await driver.press("escape")
        assert driver.state.grant is None
        await driver.submit("/config task_budget")
        assert any("task_budget is none" in said for said in driver.notices())
        await driver.chat.record_events(ev.BudgetGranted(total=50_000, scope="turn"))
        await driver.submit("/budget scope session")
        await choosing(driver)
        await driver.press("enter")
        await driver.until(lambda: driver.state.grant == SPENT + 50_000)
        assert driver.state.envelope.scope == "session"


async def test_dollars_are_a_limit_and_tokens_at_the_price_of_this_session(
    running_app: StartApp,
):
    """$1.25 for 61,234 tokens is $20.41 a million: $5.00 are 244,936 of them."""
    async with running_app() as driver:
        await spend(driver)
        await driver.submit("/budget $5")
        await driver.until(lambda: driver.state.grant)
        assert driver.state.grant == 244_000
        assert driver.state.hard_limits.dollars == 5
        hard, tokens = driver.notices()[-2:]
        assert hard == "Hard limit for this session: $5.00."
        assert tokens.startswith("Budget: 244,000 tokens, computed once: $5.00 at $20.41 a million")
        assert "$1.25 of $5.00" in driver.text(), "both are on the gauge"
        await driver.submit("/budget")
        assert "hard limit" in driver.page() and "$1.25 spent" in driver.page().replace("\\", "")
    async with running_app(resume="latest") as driver:
        assert (driver.state.grant, driver.state.hard_limits.dollars) == (244_000, 5)
        assert "$1.25 of $5.00" in driver.text()
        await driver.submit("/budget off")
        await driver.until(lambda: driver.state.grant is None)
        assert driver.state.hard_limits.dollars is None


async def test_dollars_before_anything_is_measured(running_app: StartApp):
    async with running_app(mode="auto", budget="$5") as driver:
        assert driver.state.grant is None and driver.state.hard_limits.dollars == 5
        later = "The program works out a token budget after 5,000 used tokens."
        assert any(later in said for said in driver.notices())
        assert "$5.00 LEFT of $5.00" in driver.text()
        await spend(driver)
        await driver.submit("hello")
        await driver.until(lambda: driver.state.grant is not None)
        assert any("computed once: $5.00 at" in said for said in driver.notices())


async def test_fewer_dollars_than_are_spent_are_asked_about(
    running_app: StartApp,
):
    async with running_app() as driver:
        await spend(driver)
        await driver.submit("/budget $1")
        await choosing(driver)
        assert "$1.25 are spent already, more than $1.00" in driver.text()
        await driver.press("enter")
        await driver.until(lambda: driver.state.hard_limits.dollars == Decimal("2.25"))


async def test_a_budget_of_the_command_line_below_what_is_spent_is_asked_before_the_prompt(
    running_app: StartApp,
):
    async with running_app(budget="100k") as driver:
        await spend(driver)
    async with running_app(resume="latest", budget="30k", prompt="hello") as driver:
        await choosing(driver)
        assert driver.state.turn == 1, "the prompt waits"
        await driver.press("enter")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.grant == SPENT + 30_000


async def test_no_way_leads_above_a_cap_of_the_organisation(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    async with running_app(budget="100k") as driver:
        await driver.submit("/config limits.dollars 9")
        await driver.until(lambda: driver.state.hard_limits.dollars == 9)
        await spend(driver)
    cap(monkeypatch, tmp_path, "task_budget = 90_000\nlimits.dollars = 4")
    async with running_app(resume="latest") as driver:
        assert driver.state.grant == 90_000, "it holds in a session that is older"
        assert any("This session had a budget of 100,000" in said for said in driver.notices())
        assert "$1.25 of $4.00" in driver.text()
        for typed in ("/budget 100k", "/budget +50k", "/config task_budget 100000"):
            await driver.submit(typed)
            await driver.pilot.pause()
            assert "the cap of Platform team is 90,000 tokens" in driver.sentences()[-1], typed
        await driver.submit("/budget off")
        await driver.until(lambda: "There must be a limit" in driver.sentences()[-1])
        for typed in ("/budget $5", "/config limits.dollars 5"):
            await driver.submit(typed)
            await driver.until(lambda: "$5 is more than allowed" in driver.sentences()[-1])
        assert driver.state.grant == 90_000
        assert driver.chat.meters.hard_limits.dollars == 4


async def test_a_limit_set_in_the_session_outlives_the_program(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/config limits.requests 2")
        await driver.until(lambda: driver.state.hard_limits.requests == 2)
        assert "Hard limit for this session: 2 requests a turn." in driver.notices()
        await spend(driver)
    async with running_app(resume="latest") as driver:
        assert driver.chat.meters.hard_limits.requests == 2


async def test_a_limit_in_dollars_is_said_to_be_fiction_where_the_model_has_no_price(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.chat.record_events(ev.LimitSet(limit="dollars", value=Decimal(5)))
        await driver.chat.record_events(ev.ModelChanged(model="llama-of-mine"))
        await driver.until(lambda: any("cannot be checked" in s for s in driver.notices()))
        await driver.submit("/budget")
        assert "cannot be checked: the price of this model" in driver.page()
        await spend(driver)
    async with running_app(resume="latest") as driver:
        assert any(
            "price of llama-of-mine is not known, so the limit in dollars cannot be checked" in said
            for said in driver.notices()
        )


@pytest.mark.parametrize("how", ["command line", "/config"])
async def test_without_a_budget_only_the_limit_of_the_settings_is_left(
    running_app: StartApp, own_home: Path, how: str
):
    settings = own_home / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("limits.dollars = 20\n")
    async with running_app(budget="$5" if how == "command line" else None) as driver:
        await driver.submit("/config limits.dollars 5")
        await driver.submit("/config limits.dollars")
        await driver.until(lambda: "limits.dollars is $5, set by session." in driver.notices())
        await driver.submit("/budget off")
        await driver.until(lambda: driver.state.hard_limits.dollars is None)
        assert driver.chat.meters.hard_limits.dollars == 20
        await driver.submit("/config limits.dollars")
        await driver.until(lambda: "limits.dollars is $20, set by user" in driver.text())


async def test_a_model_that_cannot_see_a_budget_is_said_in_words_when_it_is_given(
    running_app: StartApp,
):
    blind = "Haiku 4.5 cannot see a budget by itself: the program tells it in notes what is left."
    async with running_app(model="haiku-4.5") as driver:
        assert blind not in driver.notices()
        await driver.submit("/budget 50k")
        await driver.until(lambda: blind in driver.notices())
        await driver.submit("/model opus-5.5")
        await driver.until(lambda: driver.state.model == "claude-opus-5-5")
        assert driver.notices().count(blind) == 1
        await driver.submit("/model haiku-4.5")
        await driver.until(lambda: driver.notices().count(blind) == 2)
