"""Escape and quitting while agents work: all are held, or go on when the session comes back."""

from pathlib import Path

import pytest

from tests.support.app_driver import StartApp
from tui.session import events as ev

ASK = "use 2 agents with 20k each to explain this project"


@pytest.mark.parametrize(
    ("keys", "turn", "agent"),
    [
        (("enter",), "completed", "done"),
        (("escape",), "interrupted", "stopped"),
        (("down", "enter"), "interrupted", "done"),
        (("down", "down", "enter"), "interrupted", "stopped"),
        (("down", "down", "down", "enter"), "wrapped_up", "stopped"),
    ],
    ids=["go on", "escape", "stop the lead", "stop all", "stop one"],
)
async def test_escape_holds_everybody_and_then_asks(
    running_app: StartApp, keys: tuple[str, ...], turn: str, agent: str
):
    async with running_app(budget="200k", team="300k") as driver:
        session = driver.chat.session
        assert session is not None and session.crew is not None

        def escape(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled):
                session.runner.listeners.remove(escape)
                driver.chat.host.run_command("session.interrupt")

        session.runner.listeners.append(escape)
        await driver.submit(ASK)
        await driver.until(lambda: driver.choosing)
        assert "Held: the lead and 1 agent stand still" in driver.text()
        assert "Stop explore-1" in driver.text()
        assert "esc stops all" in driver.text(), "the frame says what Escape does here"
        assert session.crew.held
        await driver.press(*keys)
        await driver.until(lambda: driver.state.last_end and not driver.chat.running)
        await driver.until(lambda: not session.crew.at_work)
        assert not session.crew.held
        (only,) = session.state.team.agents.values()
        end = session.state.last_end
        assert end is not None and (end.reason, only.state) == (turn, agent)


async def test_escape_holds_agents_that_work_on_after_their_lead(running_app: StartApp):
    async with running_app(budget="200k", team="300k") as driver:
        session = driver.chat.session
        assert session is not None and session.crew is not None
        crew = session.crew

        def stop_lead(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled):
                session.runner.listeners.remove(stop_lead)
                crew.hold()  # so that the agent cannot be faster than the end of the turn
                crew.stopping.leave_to_themselves()
                session.runner.interrupt()

        session.runner.listeners.append(stop_lead)
        await driver.submit(ASK)
        await driver.until(lambda: driver.state.last_end and not driver.chat.running)
        child = crew._agents["explore-1"].child
        assert child is not None
        child.may_go_on.clear()  # so that the agent cannot be faster than the key
        crew.release()
        await driver.until(lambda: "esc hold agents" in driver.text())
        await driver.press("escape")
        await driver.until(lambda: driver.choosing)
        child.may_go_on.set()
        assert "Held: 1 agent stands still" in driver.text() and crew.held
        assert "Stop the lead" not in driver.text()
        await driver.press("escape")
        await driver.until(lambda: not crew.at_work)
        (agent,) = session.state.team.agents.values()
        assert agent.state == "stopped" and not crew.held and not driver.chat.running
        await driver.until(lambda: "esc hold agents" not in driver.text())


async def test_escape_while_agents_report_stops_them_at_once_without_another_question(
    running_app: StartApp,
):
    async with running_app(budget="200k", team="300k") as driver:
        session = driver.chat.session
        assert session is not None and session.crew is not None
        crew = session.crew

        def stop_twice(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled):
                session.runner.listeners.remove(stop_twice)
                crew.hold()  # so that no report can come
                crew.stopping.with_reports()
                driver.chat.host.run_command("session.interrupt")

        session.runner.listeners.append(stop_twice)
        await driver.submit(ASK)
        await driver.until(lambda: driver.state.last_end and not driver.chat.running)
        assert not driver.choosing and not crew.at_work
        assert {agent.state for agent in session.state.team.agents.values()} == {"stopped"}


QUIT_KEYS = {
    "quit": ("enter",),
    "ctrl+c": ("ctrl+c",),
    "back": ("escape",),
    "wait": ("w", "enter"),
}


@pytest.mark.parametrize("how", QUIT_KEYS)
async def test_quitting_asks_while_agents_work_and_leaves_them_without_an_end(
    running_app: StartApp, project: Path, how: str
):
    async with running_app(folder=project, budget="200k", team="300k") as driver:
        session = driver.chat.session
        assert session is not None and session.crew is not None

        def leave(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled):
                session.runner.listeners.remove(leave)
                session.crew.hold()  # so that the agent cannot be faster than the question
                driver.chat.host.run_command("app.quit")

        session.runner.listeners.append(leave)
        await driver.submit(ASK)
        await driver.until(lambda: driver.choosing)
        assert "1 agent is at work: explore-1 " in driver.text()
        session.crew.release()
        await driver.press(*QUIT_KEYS[how])
        if how == "back":
            await driver.until_idle()
            assert driver.chat.session is session
        else:
            await driver.until(lambda: driver.app._exit)
    (agent, *_) = session.state.team.agents.values()
    if how in ("back", "wait"):
        assert agent.state == "done"
        return
    assert agent.is_living, "it has no end"
    held = session.state.team.pool.held
    async with running_app(folder=project, resume="latest") as again:
        assert "/agents go explore-1 lets it go on" in " ".join(again.notices())
        assert again.state.team.pool.held == held > 0
        await again.submit("/agents go explore-1")
        await again.until(lambda: not again.state.team.agents["explore-1"].is_living)
        assert again.state.team.agents["explore-1"].state == "done"
        assert again.state.team.pool.held == 0


async def test_who_leaves_a_session_is_told_which_agents_wait_there(running_app: StartApp):
    async with running_app(budget="200k", team="300k") as driver:
        session = driver.chat.session
        assert session is not None and session.crew is not None

        def leave(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled):
                session.runner.listeners.remove(leave)
                session.crew.hold()  # so that the agent cannot be faster than the fork
                session.crew.stopping.leave_to_themselves()
                session.runner.interrupt()

        session.runner.listeners.append(leave)
        await driver.submit(ASK)
        await driver.until(lambda: driver.state.last_end and not driver.chat.running)
        await driver.submit("/fork")
        await driver.until(lambda: driver.chat.session not in (None, session))
        await driver.until(lambda: "explore-1 waits in the session that you left" in driver.text())
        (agent, *_) = driver.state.team.agents.values()
        assert agent.end is not None
        assert agent.end.sentence == "It belongs to the session that this one was forked from."
        assert agent.charged > 0
