"""What a session says of its agents: whether it may have any, how they end, what is undone."""

from tui.session import events as ev
from tui.session.state import SessionState

DELEGATE = "delegate"
"""The name of the tool that asks for an agent."""
EMPTY_POOL = "The team's pool has too little left for another request."
"""Why an agent without a slice of the pool lands, as a sentence."""
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


def partial_agent_sentence(finished: ev.AgentFinished) -> str:
    """That one agent did not finish its task, as a sentence."""
    ended = "left work" if finished.end == "done" else END_WORDS[finished.end]
    why = f" {finished.sentence}" if finished.sentence else ""
    return f"Agent {finished.agent} {ended}: {finished.charged:,} tokens used. Partial.{why}"


def may_delegate(state: SessionState) -> bool:
    """Whether the model of a session can ask for agents: its tools were set when it began."""
    tools = state.preamble.tools if state.preamble else ()
    return any(tool.get("name") == DELEGATE for tool in tools)


def interrupted_agent_words(state: SessionState, tool_use: str) -> str:
    """What the agent of a call that was cut short has to report; empty for other calls."""
    for agent in state.team.agents.values():
        if not tool_use or agent.tool_use != tool_use:
            continue
        if agent.end is None:
            return f"Agent {agent.name} works on. Its report comes when it has ended."
        used = f"{agent.charged:,} of {state.team.reserved(agent.name):,} tokens used"
        ended = f"Agent {agent.name} {END_WORDS[agent.end.end]}, {used}. Partial."
        return f"{ended}\n\nIts report:\n{agent.end.report}"
    return ""
