"""`/budget`, and its like in settings and on the command line, in the running program."""

from decimal import Decimal

import pytest

from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.widgets.choice import Choice

SPENT = 61_234


async def spend(
    cockpit, tokens: int = SPENT, dollars: str = "1.25", subtask: str | None = None
) -> None:
    """A turn that took so much, as the log has it."""
    await cockpit.chat.record(
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
        ev.RequestStarted(
            request=1,
            turn=1,
            model="claude-opus-5-5",
            effort="high",
            max_tokens=9,
            budget=None,
            messages=1,
            subtask=subtask,
        ),
        ev.RequestFinished(
            request=1,
            message="msg_spent",
            model="claude-opus-5-5",
            blocks=({"type": "text", "text": "ok"},),
            usage=Usage(input=10, output=tokens),
            raw_usage={},
            stop_reason="end_turn",
            dollars=Decimal(dollars),
        ),
        ev.TurnEnded(turn=1, reason="completed"),
    )


async def choosing(cockpit) -> None:
    """Wait till something is asked."""
    await cockpit.until(lambda: isinstance(cockpit.app.screen, Choice))


def cap(monkeypatch: pytest.MonkeyPatch, tmp_path, rows: str) -> None:
    """The organisation's file."""
    path = tmp_path / "managed.toml"
    path.write_text(f'owner = "Platform team"\n[cap]\n{rows}\n')
    monkeypatch.setattr("tui.settings.layers.managed_file", lambda: path)


async def test_a_budget_is_given(fly):
    async with fly() as cockpit:
        await cockpit.say("/budget 200k")
        await cockpit.until(lambda: cockpit.state.grant == 200_000)
        assert "0 used" in cockpit.text() and "of 200k" in cockpit.text()


REFUSED = {
    "/budget 5k": "A budget of 5,000 tokens is too small: the API accepts 20,000 or more",
    "/budget many": '"many" is not an amount: expected something like 200k',
    "/budget -50k": '"-50k" is not an amount: it is negative',
    "/budget +0": '"+0" is not an amount: adding nothing changes nothing',
    "/budget +50k": "There is no budget to extend. Give one, such as /budget 200k.",
    "/budget $0": "zero dollars would allow nothing",
    "/budget $-1": '"$-1" is not an amount: it is negative',
    "/budget $abc": '"$abc" is not an amount: expected something like',
    "/budget $0.001": "dollars go down to cents",
    "/budget +$5": "a limit in dollars is given whole",
    "/budget scope": "The scope is session or turn: /budget scope turn.",
    "/budget scope turn": "There is no budget. Give one first",
    "/budget +50k --save user": "Nothing to save: only a whole budget is kept, not +50k.",
    "/budget 200k --save nowhere": "--save nowhere needs user or project.",
    "/config task_budget many": "task_budget is",
    "/config task_budget 5000": "20,000",
    "/config task_budget $5": "or /budget $5 for dollars",
    "/config limits.dollars 0": "expected a number of dollars from $0.01",
}
"""Lines that give no budget, and words of the sentence about each."""


async def test_what_is_no_budget_is_one_sentence_and_changes_nothing(fly):
    async with fly() as cockpit:
        before = cockpit.state.seq
        for at, (typed, sentence) in enumerate(REFUSED.items()):
            await cockpit.say(typed)
            await cockpit.until(lambda: len(cockpit.notices()) > at)  # noqa: B023  awaited here
            assert len(cockpit.notices()) == at + 1, typed
            assert sentence in cockpit.notices()[-1], typed
            assert cockpit.state.seq == before, typed


@pytest.mark.parametrize(
    ("keys", "grant"),
    [
        (["enter"], SPENT + 50_000),
        (["down", "enter"], 150_000),
        (["down", "down", "enter"], 100_000),
        (["escape"], 100_000),
    ],
)
async def test_less_than_is_spent_is_asked_about(fly, keys, grant):
    async with fly(budget="100k") as cockpit:
        await spend(cockpit)
        await cockpit.say("/budget 50k")
        await choosing(cockpit)
        text = cockpit.text()
        assert "61k tokens are used already, more than 50k" in text
        assert "Give 111k in all" in text and "Add 50k to what there is" in text
        assert "Leave it as it is" in text
        await cockpit.press(*keys)
        await cockpit.until(lambda: cockpit.app.screen is cockpit.chat)
        await cockpit.until(lambda: cockpit.state.grant == grant)


async def test_the_same_is_asked_for_a_setting_and_for_a_scope(fly):
    async with fly() as cockpit:
        await spend(cockpit)
        await cockpit.say("/config task_budget 50000")
        await choosing(cockpit)
        assert "Add" not in cockpit.text(), "there is nothing to add to"
        await cockpit.press("escape")
        assert cockpit.state.grant is None
        await cockpit.say("/config task_budget")
        assert any("task_budget is none" in said for said in cockpit.notices())
        await cockpit.chat.record(ev.BudgetGranted(total=50_000, scope="turn"))
        await cockpit.say("/budget scope session")
        await choosing(cockpit)
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.state.grant == SPENT + 50_000)
        assert cockpit.state.envelope.scope == "session"


async def test_dollars_are_a_limit_and_tokens_at_the_price_of_this_session(fly):
    """$1.25 for 61,234 tokens is $20.41 a million: $5.00 are 244,936 of them."""
    async with fly() as cockpit:
        await spend(cockpit)
        await cockpit.say("/budget $5")
        await cockpit.until(lambda: cockpit.state.grant)
        assert cockpit.state.grant == 244_000
        assert cockpit.state.fuses.dollars == 5
        hard, tokens = cockpit.notices()[-2:]
        assert hard == "Hard limit: $5.00, for this session."
        assert tokens.startswith("Budget: 244,000 tokens, computed once: $5.00 at $20.41 a million")
        assert "$1.25 of $5.00" in cockpit.text(), "both are on the gauge"
        await cockpit.say("/budget")
        await cockpit.until(lambda: "hard limit" in cockpit.text())
        assert "$1.25 spent" in cockpit.text()
    async with fly(resume="latest") as cockpit:
        assert (cockpit.state.grant, cockpit.state.fuses.dollars) == (244_000, 5)
        assert "$1.25 of $5.00" in cockpit.text()
        await cockpit.say("/budget off")
        await cockpit.until(lambda: cockpit.state.grant is None)
        assert cockpit.state.fuses.dollars is None


async def test_dollars_before_anything_is_measured(fly):
    async with fly(mode="auto", budget="$5") as cockpit:
        assert cockpit.state.grant is None and cockpit.state.fuses.dollars == 5
        later = "A token budget is worked out after 5,000 tokens are used."
        assert any(later in said for said in cockpit.notices())
        assert (
            "$5.00 left of $5.00" in cockpit.text()
            and "token budget after 5k used" in cockpit.text()
        )
        await spend(cockpit)
        await cockpit.say("hello")
        await cockpit.until(lambda: cockpit.state.grant is not None)
        assert any("computed once: $5.00 at" in said for said in cockpit.notices())


async def test_fewer_dollars_than_are_spent_are_asked_about(fly):
    async with fly() as cockpit:
        await spend(cockpit)
        await cockpit.say("/budget $1")
        await choosing(cockpit)
        assert "$1.25 are spent already, more than $1.00" in cockpit.text()
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.state.fuses.dollars == Decimal("2.25"))


async def test_a_budget_of_the_command_line_below_what_is_spent_is_asked_before_the_prompt(fly):
    async with fly(budget="100k") as cockpit:
        await spend(cockpit)
    async with fly(resume="latest", budget="30k", prompt="hello") as cockpit:
        await choosing(cockpit)
        assert cockpit.state.turn == 1, "the prompt waits"
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert cockpit.state.grant == SPENT + 30_000


async def test_no_way_leads_above_a_cap_of_the_organisation(fly, monkeypatch, tmp_path):
    async with fly(budget="100k") as cockpit:
        await cockpit.say("/config limits.dollars 9")
        await cockpit.until(lambda: cockpit.state.fuses.dollars == 9)
        await spend(cockpit)
    cap(monkeypatch, tmp_path, "task_budget = 90_000\nlimits.dollars = 4")
    async with fly(resume="latest") as cockpit:
        assert cockpit.state.grant == 90_000, "it holds in a session that is older"
        assert any("This session had a budget of 100,000" in said for said in cockpit.notices())
        assert "$1.25 of $4.00" in cockpit.text()
        for typed in ("/budget 100k", "/budget +50k", "/config task_budget 100000"):
            await cockpit.say(typed)
            await cockpit.pilot.pause()
            assert "the cap of Platform team is 90,000 tokens" in cockpit.notices()[-1], typed
        await cockpit.say("/budget off")
        await cockpit.until(lambda: "There must be a limit" in cockpit.notices()[-1])
        for typed in ("/budget $5", "/config limits.dollars 5"):
            await cockpit.say(typed)
            await cockpit.until(lambda: "$5 is more than allowed" in cockpit.notices()[-1])
        assert cockpit.state.grant == 90_000
        assert cockpit.chat.figures.fuses.dollars == 4


async def test_a_limit_set_in_the_session_outlives_the_program(fly):
    async with fly() as cockpit:
        await cockpit.say("/config limits.requests 2")
        await cockpit.until(lambda: cockpit.state.fuses.requests == 2)
        assert "Hard limit: 2 requests a turn, for this session." in cockpit.notices()
        await spend(cockpit)
    async with fly(resume="latest") as cockpit:
        assert cockpit.chat.figures.fuses.requests == 2


async def test_a_limit_in_dollars_is_said_to_be_fiction_where_the_model_has_no_price(fly):
    async with fly() as cockpit:
        await cockpit.chat.record(ev.FuseSet(fuse="dollars", value=Decimal(5)))
        await cockpit.chat.record(ev.ModelChanged(model="llama-of-mine"))
        await cockpit.until(lambda: any("limits nothing here" in s for s in cockpit.notices()))
        await cockpit.say("/budget")
        await cockpit.until(lambda: "says nothing: the price of this model" in cockpit.text())
        await spend(cockpit)
    async with fly(resume="latest") as cockpit:
        assert any(
            "price of llama-of-mine is not known: the limit in dollars limits nothing" in said
            for said in cockpit.notices()
        )


@pytest.mark.parametrize("how", ["command line", "/config"])
async def test_without_a_budget_only_the_limit_of_the_settings_is_left(fly, own_home, how):
    settings = own_home / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("limits.dollars = 20\n")
    async with fly(budget="$5" if how == "command line" else None) as cockpit:
        await cockpit.say("/config limits.dollars 5")
        await cockpit.say("/config limits.dollars")
        await cockpit.until(lambda: "limits.dollars is $5, set by session." in cockpit.notices())
        await cockpit.say("/budget off")
        await cockpit.until(lambda: cockpit.state.fuses.dollars is None)
        assert cockpit.chat.figures.fuses.dollars == 20
        await cockpit.say("/config limits.dollars")
        await cockpit.until(lambda: "limits.dollars is $20, set by user" in cockpit.text())


async def test_a_model_that_cannot_see_a_budget_is_said_in_words_when_it_is_given(fly):
    blind = "Haiku 4.5 cannot see a budget by itself: notes tell it what is left."
    async with fly(model="haiku-4.5") as cockpit:
        assert blind not in cockpit.notices()
        await cockpit.say("/budget 50k")
        await cockpit.until(lambda: blind in cockpit.notices())
        await cockpit.say("/model opus-5.5")
        await cockpit.until(lambda: cockpit.state.model == "claude-opus-5-5")
        assert cockpit.notices().count(blind) == 1
        await cockpit.say("/model haiku-4.5")
        await cockpit.until(lambda: cockpit.notices().count(blind) == 2)
