"""The page of `/sandbox`: what holds for commands on this system, and how to allow more."""

from collections.abc import Sequence

from tui.agent.sandbox.interface import Sandbox
from tui.agent.sandbox.policy import SandboxPolicy
from tui.reports.summary_pages import escape_markdown, markdown_table

MOST_PATHS = 40
"""Paths of one kind that are listed."""

HOW_TO_ALLOW = (
    "You are asked before a command gets the network or runs outside the sandbox, in every mode. "
    "`/config sandbox.network true` opens the network, `sandbox.read` and `sandbox.write` in the "
    "settings open paths, `sandbox.hide` closes them, and `sandbox.mode` switches it off. "
    "What you run yourself with `!` runs outside the sandbox."
)


def sandbox_page(sandbox: Sandbox) -> str:
    """Everything that is enforced, with the paths that the last command could reach.

    Args:
        sandbox: The one of the session.
    """
    held = sandbox.enforcement
    parts = [f"What holds commands: **{held.summary}**"]
    parts.append("\n".join(f"- {escape_markdown(sentence)}" for sentence in held.sentences))
    if held.files:
        policy = sandbox.policy_for("inside")
        parts.append(
            _reachable_paths(policy) if policy else "The paths are listed after the first command."
        )
    parts.append(HOW_TO_ALLOW)
    return "\n\n".join(parts)


def _reachable_paths(policy: SandboxPolicy) -> str:
    """What the last command could reach, as a table."""
    rows: list[tuple[str, str]] = []
    for act, paths in (
        ("reads and changes", policy.write),
        ("only reads", [path for path in policy.read if path not in policy.write]),
        ("never reaches", policy.hidden),
        ("hidden by deny rules", policy.masks),
    ):
        rows += _listed(act, paths)
    return markdown_table(("a command", "path"), rows)


def _listed(act: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    rows = [(act if at == 0 else "", path) for at, path in enumerate(sorted(paths)[:MOST_PATHS])]
    more = len(paths) - MOST_PATHS
    return [*rows, ("", f"and {more} more")] if more > 0 else rows
