"""What a command line wants to do, for the rules and the user to judge."""

from tui.agent.sandbox.enforcement import Access
from tui.agent.tools.base import Need, World
from tui.agent.tools.danger import dangerous_command
from tui.agent.tools.offers import command_rules, literally
from tui.agent.tools.reach import reaches_outside


def command_need(line: str, access: Access, world: World) -> Need:
    """What running `line` needs; reads the project folder, changes nothing.

    Args:
        line: The command line, as the model wrote it.
        access: What the model asks the command to reach.
        world: The surroundings of the session.
    """
    always = dangerous_command(line)
    outside = reaches_outside(line, world)
    rules = command_rules(line, exactly=outside)
    reason = "runs a command"
    if access == "network":
        reason = "runs a command with network access"
        rules = tuple(f"network{rule.removeprefix('bash')}" for rule in rules)
    elif access == "outside":
        reason = "runs a command outside the sandbox"
        rules = (f"outside({literally(line.strip())})",)
    elif outside:
        reason = "runs a command that reaches outside the project folder"
    return Need(
        act="bash",
        target=line,
        reason=reason,
        preview=line,
        rules=() if always else rules,
        outside=outside,
        always=always,
        access=access,
    )
