"""Agents that misbehave on request, so that the guards of a client can be seen at work.

The word for it stands in the agent's task: `runaway` never comes to an end, `deaf` never heeds its
countdown, `boastful` uses its budget up and claims that all is done. An agent whose task says
`throttled` behaves well; the server refuses its first request with a 429.
"""

from collections.abc import Sequence

from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.model_input import ScriptedBlock, ScriptedReply, ScriptedText
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.tool_actions import GlobAction, GrepAction

MISCONDUCT = ("runaway", "deaf", "boastful")
THROTTLED = "throttled"
AGENT_MARK = ", an agent of a team:"
"""What the first message of an agent says of it."""
_LONG = {"deaf": 1_600, "boastful": 600}
"""Words of an answer of an agent that does not heed what is left."""


def misconduct(view: RequestView) -> str:
    """How the agent is to misbehave; empty for one that behaves."""
    task = str(view.situation.messages[:1]).lower()
    return next((word for word in MISCONDUCT if f"({word})" in task), "")


def is_to_be_throttled(messages: Sequence[object]) -> bool:
    """Whether a conversation is that of an agent whose first request is to be refused."""
    task = str(messages[:1])
    return f"({THROTTLED})" in task and AGENT_MARK in task


def misbehave(view: RequestView, how: str) -> ScriptedReply:
    """The next message of an agent that misbehaves.

    Args:
        view: The request.
        how: One of `MISCONDUCT`.
    """
    calls = sum(isinstance(entry, CallEntry) for entry in view.job)
    if how == "boastful" and view.told_to_land:
        return ScriptedReply.in_words("Everything is done. All parts are complete and checked.")
    look = GrepAction(f"pass {calls}", "*") if calls % 2 else GlobAction(f"**/*{calls}*")
    words = f"I look once more, for the {calls + 1}. time."
    if how in _LONG:
        words = " ".join(f"thought {at}" for at in range(_LONG[how]))
    blocks: list[ScriptedBlock] = [ScriptedText(words)]
    if view.tools.can("glob", "grep"):
        blocks.append(view.tools.use(look))
    return ScriptedReply(tuple(blocks))
