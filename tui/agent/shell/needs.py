"""What a command line wants to do, for the rules and the user to judge."""

from tui.agent.sandbox.enforcement import Access
from tui.agent.shell.always import always_asked
from tui.agent.shell.harmless import is_harmless
from tui.agent.shell.offers import command_rules
from tui.agent.shell.programs import programs
from tui.agent.shell.reach import Surroundings, leads_outside, may_become_option, resolved
from tui.agent.shell.runners import read_runs
from tui.agent.shell.uses import uses_of
from tui.agent.tools.base import Need, World

_REASONS: dict[Access, str] = {
    "inside": "runs a command",
    "network": "runs a command that may use the network",
    "outside": "runs a command outside the sandbox",
}


def preload_grammar() -> None:
    """Load the grammar and the data files, some 80 ms of work; for a thread, before a command."""
    read_runs("true")
    programs()


def command_need(line: str, access: Access, world: World) -> Need:
    """What running `line` needs; looks at the project folder, changes nothing.

    Args:
        line: The command line, as the model wrote it.
        access: What the model asks the command to reach.
        world: The surroundings of the session.
    """
    reading = read_runs(line)
    around = Surroundings(world.folder, world.scratch, world.environment)
    uses = resolved(uses_of(reading, world.folder), around)
    always = always_asked(reading, uses, world.own)
    outside = not reading.line.problem and leads_outside(uses, around)
    words = tuple(word for run in reading.runs for word in run.words[1:])
    exactly = outside or may_become_option(uses, words)
    act = "bash" if access == "inside" else access
    reason = _REASONS[access]
    if outside and access != "outside":
        reason += " that reaches outside the project folder"
    elif reading.problems:
        reason += f" that is not fully understood: {reading.problems[0]}"
    rules = command_rules(line, exactly=exactly or access == "outside", act=act)
    return Need(
        act="bash",
        target=line,
        reason=reason,
        preview=line,
        rules=() if always else rules,
        outside=outside,
        exactly=exactly,
        always=always,
        access=access,
        harmless=not always and not exactly and is_harmless(reading, uses, around),
    )
