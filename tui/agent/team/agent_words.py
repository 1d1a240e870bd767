"""What an agent reads first: who it is, how it works alone, its task."""

from tui.agent.team.agent_kinds import AgentKind
from tui.session import events as ev

_ROLE = """\
You are {name}, an agent of a team: a lead gave you the task below, and others may be at work in \
the same folder. Nobody can answer questions about the task: decide, and say what you decided. \
Your budget is your own and hard: nothing is left beyond it. Your last message is your report, and \
the lead reads nothing else of you: begin with the result, keep it short, and say plainly what is \
not done.

{instructions}"""


def first_message(name: str, task: str, kind: AgentKind, place: str = "") -> tuple[ev.JSON, ...]:
    """The content blocks of an agent's first message.

    Args:
        name: The agent.
        task: What it is told to do. Foreign text.
        kind: What it is.
        place: What there is to say of the folder it works in.
    """
    role = _ROLE.format(name=name, instructions=kind.instructions)
    role += f"\n\n{place}" if place else ""
    return (
        {"type": "text", "text": role},
        {"type": "text", "text": f"Your task:\n\n{task}"},
    )
