"""Escape while agents work: all are held, and the user says how it goes on."""

import pytest

from tests.support.app_driver import StartApp
from tui.session import events as ev

ASK = "use 2 agents with 20k each to explain this project"


@pytest.mark.parametrize(
    ("keys", "turn", "agent"),
    [
        (("enter",), "completed", "done"),
        (("escape",), "interrupted", "stopped"),
        (("down", "enter"), "interrupted", "stopped"),
        (("down", "down", "enter"), "wrapped_up", "stopped"),
    ],
    ids=["go on", "escape", "stop all", "stop one"],
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
        assert session.crew.held
        await driver.press(*keys)
        await driver.until(lambda: driver.state.last_end and not driver.chat.running)
        assert not session.crew.held
        (only,) = session.state.team.agents.values()
        end = session.state.last_end
        assert end is not None and (end.reason, only.state) == (turn, agent)
