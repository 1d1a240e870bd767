"""The wrap-up card: its keys and a click on them are the commands they name."""

import shutil

import pytest

from tui.numbers import tokens
from tui.session.own_report import to_finish
from tui.widgets.transcript.items import Prompt
from tui.widgets.transcript.view import Transcript

KEYS = {
    "report.continue": "c",
    "budget.extend": "x",
    "report.copy": "y",
    "report.handoff": "h",
    "report.restart": "n",
}


async def interrupted(cockpit) -> None:
    """A turn that was interrupted with work left: the program's report stands."""
    await cockpit.say("Add the missing return annotations.")
    await cockpit.until(lambda: cockpit.state.asked)
    cockpit.app.run_act("session.interrupt")
    await cockpit.settled()
    card = cockpit.card()
    assert card is not None
    assert {action.id: action.key for action in card.actions} == KEYS


async def by_key(cockpit, id: str) -> None:
    await cockpit.onto_card()
    await cockpit.press(KEYS[id])


async def by_click(cockpit, id: str) -> None:
    await cockpit.onto_card()  # which brings it into view
    label = next(action.label for action in cockpit.card().actions if action.id == id)
    transcript = cockpit.chat.query_one(Transcript)
    rows = cockpit.rows()
    y = max(at for at, row in enumerate(rows) if "╰─ c continue" in row)
    x = rows[y].index(f"{KEYS[id]} {label}") + 2
    region = transcript.region
    await cockpit.pilot.click(Transcript, offset=(x - region.x, y - region.y))
    await cockpit.pilot.pause()


@pytest.fixture(params=[by_key, by_click], ids=["key", "click"])
def choose(request):
    """Chooses an action of the card."""
    return request.param


def prompts(cockpit) -> list[str]:
    return [item.text for item in cockpit.items() if isinstance(item, Prompt)]


async def test_copy_and_handoff_give_the_report_as_markdown(fly, choose):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        await choose(cockpit, "report.copy")
        await cockpit.until(lambda: "Copied the wrap-up report." in cockpit.notices())
        report = cockpit.app.clipboard
        assert report.startswith("# Handoff: Add the missing return annotations.")
        assert "## Not started" in report or "## In progress" in report
        await choose(cockpit, "report.handoff")
        path = cockpit.folder / f"HANDOFF-{cockpit.state.session}.md"
        await cockpit.until(lambda: f"Saved {path.name}." in cockpit.notices())
        assert path.read_text() == report


async def test_extend_proposes_the_typed_command_and_keeps_the_draft(fly, choose):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        await cockpit.press(*"thought")
        await choose(cockpit, "budget.extend")
        await cockpit.until(lambda: cockpit.chat.composer.text != "thought")
        assert cockpit.chat.composer.text == "/budget +50k"
        assert cockpit.chat.composer.has_focus_within
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.state.grant == 250_000)
        await cockpit.press("up", "up")
        assert cockpit.chat.composer.text == "thought"


async def test_continue_goes_on_with_the_work(fly, choose):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        await cockpit.say("/mode auto")
        await choose(cockpit, "report.continue")
        await cockpit.until(lambda: cockpit.state.turn == 2)
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "completed"
        assert "-> list[str]" in (cockpit.folder / "src" / "parse.py").read_text()


async def test_a_new_session_begins_with_the_report(fly, choose):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        await cockpit.say("/mode auto")
        first = cockpit.state.session
        await choose(cockpit, "report.restart")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session != first)
        await cockpit.until(lambda: cockpit.state.turn == 1)
        assert prompts(cockpit)[0].startswith("Go on from this handoff:\n\n# Handoff: Add the")
        cockpit.app.run_act("session.interrupt")
        await cockpit.settled()


async def test_an_action_that_must_wait_for_the_turn_says_so_and_does_nothing(fly, choose):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        session = cockpit.state.session
        await cockpit.say("Add the missing return annotations.")
        await cockpit.until(lambda: cockpit.state.asked)
        for id, title in [
            ("report.continue", "Continue the work"),
            ("report.restart", "New session from the report"),
        ]:
            await choose(cockpit, id)
            waits = f"“{title}” waits until the turn is over; esc interrupts it."
            await cockpit.until(lambda: waits in cockpit.notices())  # noqa: B023  awaited here
        assert cockpit.state.session == session and cockpit.chat.running
        cockpit.app.run_act("session.interrupt")
        await cockpit.settled()


async def test_the_card_and_its_actions_come_back_after_a_restart(fly):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        before, session = cockpit.card(), cockpit.state.session
    async with fly(resume=session) as cockpit:
        assert cockpit.card() == before
        await by_key(cockpit, "report.copy")
        assert cockpit.app.clipboard.startswith("# Handoff")


async def test_the_commands_of_the_card_say_so_where_there_is_no_report(fly):
    async with fly() as cockpit:
        for id in ("report.copy", "report.handoff", "report.restart"):
            cockpit.app.run_act(id)
            await cockpit.pilot.pause()
            assert cockpit.notices()[-1] == (
                "There is no wrap-up report yet; /wrapup asks for one."
            )
        assert not list(cockpit.folder.glob("HANDOFF*"))


async def test_a_report_that_cannot_be_saved_is_told(fly):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        path = cockpit.folder / f"HANDOFF-{cockpit.state.session}.md"
        shutil.rmtree(cockpit.folder)
        await by_key(cockpit, "report.handoff")
        assert cockpit.notices()[-1] == (f"{path} could not be written: No such file or directory.")


async def test_one_key_leads_to_the_card_and_the_status_line_lists_its_keys(fly):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        assert "ctrl+↑ then a key" in cockpit.text()
        await cockpit.press("ctrl+home", "ctrl+up")
        assert cockpit.chat.offered == tuple(KEYS)
        status = cockpit.rows()[-1]
        assert "c continue · x extend · y copy · h handoff · n new session" in status
        await cockpit.press("up")
        assert not cockpit.chat.offered
        assert "continue" not in cockpit.rows()[-1]
        await cockpit.press("h")  # no key of any card here: it is written
        assert cockpit.chat.composer.text == "h"
        await cockpit.press("backspace")
        # A new prompt: the card above it is of no turn any more.
        await cockpit.say("Add the missing return annotations.")
        await cockpit.until(lambda: cockpit.state.asked)
        await cockpit.press("ctrl+up")
        assert not cockpit.chat.offered
        cockpit.app.run_act("session.interrupt")
        await cockpit.settled()


async def test_a_new_session_without_a_budget_is_offered_one_before_anything_is_sent(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/mode ask")
        await interrupted(cockpit)
        first, rest = cockpit.state.session, to_finish(cockpit.state)
        await by_key(cockpit, "report.restart")
        pane = cockpit.chat.live_pane
        await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
        assert cockpit.state.session == first
        assert f"≈ {tokens(rest)} tokens to finish: no budget would limit" in cockpit.text()
        assert "y give 20k and start the new session" in cockpit.text()
        await cockpit.press("escape")
        await cockpit.until(lambda: pane.prompt is None)
        assert cockpit.state.session == first and cockpit.state.turn == 1
        await by_key(cockpit, "report.restart")
        await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
        await cockpit.press("y")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session != first)
        await cockpit.until(lambda: cockpit.state.turn == 1)
        assert cockpit.state.grant == 20_000
        assert prompts(cockpit)[0].startswith("Go on from this handoff:")
        cockpit.app.run_act("session.interrupt")
        await cockpit.settled()


async def test_keys_of_a_card_mean_letters_elsewhere(fly):
    async with fly(budget="200k") as cockpit:
        await interrupted(cockpit)
        await cockpit.press("ctrl+up", "end", "c", "x")
        assert cockpit.chat.composer.text == "cx"
        assert cockpit.state.turn == 1
        assert cockpit.chat.composer.has_focus_within
