"""What a command line wants to do, for the rules and the user to judge."""

from tui.agent.sandbox.enforcement import Access
from tui.agent.shell.command_analysis import analyse_command
from tui.agent.shell.dangerous_commands import always_ask_reason
from tui.agent.shell.outside_paths import (
    ShellContext,
    leads_outside,
    may_become_option,
    with_known_variables,
)
from tui.agent.shell.path_uses import find_path_uses
from tui.agent.shell.programs import programs
from tui.agent.shell.rule_suggestions import suggest_rules
from tui.agent.shell.safe_commands import is_provably_safe
from tui.agent.tools.base import PermissionRequest, ToolEnvironment

_REASONS: dict[Access, str] = {
    "inside": "runs a command",
    "network": "runs a command that may use the network",
    "outside": "runs a command outside the sandbox",
}


def preload_grammar() -> None:
    """Load the grammar and the data files, some 80 ms of work; for a thread, before a command."""
    analyse_command("true")
    programs()


def command_permission(line: str, access: Access, env: ToolEnvironment) -> PermissionRequest:
    """What running `line` needs; looks at the project folder, changes nothing.

    Args:
        line: The command line, as the model wrote it.
        access: What the model asks the command to reach.
        env: The surroundings of the session.
    """
    reading = analyse_command(line)
    around = ShellContext(env.folder, env.scratch_folder, env.variables)
    uses = with_known_variables(find_path_uses(reading, env.folder), around)
    always = always_ask_reason(reading, uses, env.program_folders)
    outside = not reading.line.problem and leads_outside(uses, around)
    words = tuple(word for run in reading.invocations for word in run.words[1:])
    exactly = outside or may_become_option(uses, words)
    act = "bash" if access == "inside" else access
    reason = _REASONS[access]
    if outside and access != "outside":
        reason += " that reaches outside the project folder"
    elif reading.problems:
        reason += f" that is not fully understood: {reading.problems[0]}"
    rules = suggest_rules(line, exact_only=exactly or access == "outside", kind=act)
    return PermissionRequest(
        kind="bash",
        target=line,
        reason=reason,
        preview=line,
        rules=() if always else rules,
        outside_project=outside,
        exact_only=exactly,
        always_ask_reason=always,
        access=access,
        proven_safe=not always and not exactly and is_provably_safe(reading, uses, around),
    )
