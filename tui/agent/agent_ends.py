"""What a session says of its agents: whether it may have any, how they end, what is undone."""

from tui.session import events as ev
from tui.session.state import SessionState

DELEGATE = "delegate"
"""The name of the tool that asks for an agent."""
END_WORDS: dict[ev.AgentEnd, str] = {
    "done": "is done",
    "landed": "landed on its budget",
    "limit": "was stopped at a limit",
    "out_of_turns": "ran out of requests or minutes",
    "failed": "failed",
    "stopped": "was stopped",
    "crashed": "broke off when the program ended",
}
"""How an agent ended, behind its name."""


def partial_agents_sentence(state: SessionState) -> str:
    """That agents of this turn did not finish their tasks, as a sentence; empty where all did."""
    partial = [agent for agent in state.team.of_turn(state.turn) if agent.is_partial]
    if not partial:
        return ""
    words = [
        f"{agent.name} {END_WORDS[agent.end.end] if agent.end.end != 'done' else 'left work'}"
        for agent in partial
        if agent.end is not None
    ]
    return f"Partial: {'; '.join(words)}."


def may_delegate(state: SessionState) -> bool:
    """Whether the model of a session can ask for agents: its tools were set when it began."""
    tools = state.preamble.tools if state.preamble else ()
    return any(tool.get("name") == DELEGATE for tool in tools)
