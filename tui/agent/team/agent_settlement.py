"""What an agent used so far, booked in the log of the session that delegates."""

from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_report import settled_event
from tui.budget.stages import reserve
from tui.session import events as ev
from tui.session.state import SessionState


def kept_for_report(runner: SessionRunner, state: SessionState) -> int:
    """Tokens that stay held for the report of an agent in this state.

    Args:
        runner: Runs the session that delegates.
        state: The agent's.
    """
    return reserve(state.grant or 0, runner.ctx.settings.thresholds)


def settled(
    runner: SessionRunner, name: str, state: SessionState, doing: str = ""
) -> ev.AgentSettled:
    """What an agent without a request underway used so far, and what stays held for it.

    Args:
        runner: Runs the session that delegates.
        name: The agent.
        state: Its state.
        doing: Its last act in one line.
    """
    shares = runner.state.team.agents[name].shares_pool
    return settled_event(name, state, doing, holds=kept_for_report(runner, state) * shares)


async def settle_before_question(runner: SessionRunner, name: str, state: SessionState) -> None:
    """Book all that an agent used before it waits for the user, who sees what it has left then.

    Args:
        runner: Runs the session that delegates.
        name: The agent.
        state: Its state.
    """
    known = runner.state.team.agents[name]
    used = settled(runner, name, state, known.doing)
    if used.charged > known.charged:
        await runner.commit(used)
