"""Kinds of agents: Markdown files that say what an agent of that kind is for and may do.

    ---
    name: explore
    description: finds out how something works; reads only
    tools: read, grep, glob
    budget: 50k
    ---
    What an agent of this kind is told, before its task.

A kind restricts the tools by permission, never by another list of tools: all agents of a session
send the same system text and the same tools, so that they share the prompt cache.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from tui.budget.team_limits import SMALLEST_NOTED_AGENT
from tui.settings.amounts import AmountError, Tokens, parse_amount, quote_foreign

DEFAULT_BUDGET = 50_000
"""Tokens of an agent whose kind says nothing."""
ONLY_READ = frozenset({"read", "grep", "glob"})
"""Tools that change nothing."""
ALWAYS = frozenset({"checklist", "wrap_up"})
"""Tools that every agent may use: they touch neither files nor processes."""
_FIELDS = ("name", "description", "tools", "model", "effort", "budget", "pool", "writes")
_PLACES = {"": False, "here": False, "worktree": True}
"""Where an agent of the kind may write: in the project folder, or in a worktree of its own."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
_LONGEST_DESCRIPTION = 160


class AgentKindError(ValueError):
    """A file that describes no kind; the text is the rest of a sentence about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentKind:
    """What agents of one kind are for, and what they may do."""

    name: str
    description: str
    """One line, for the model that delegates."""
    instructions: str
    """What the agent is told before its task."""
    tools: frozenset[str] | None = None
    """The tools it may use; None for all that its session may use."""
    model: str | None = None
    """None: the model of the session."""
    effort: str | None = None
    """None: the effort of the session."""
    budget: int = DEFAULT_BUDGET
    """Tokens, where the call names none."""
    pool: int = 0
    """The part of its budget that it may give to agents of its own; 0 for none."""
    writes_in_worktree: bool = False
    """Whether it works in a worktree of its own, where git can make one."""

    @property
    def only_reads(self) -> bool:
        """Whether it can change nothing."""
        return self.tools is not None and self.tools <= ONLY_READ

    @property
    def permitted_tools(self) -> frozenset[str] | None:
        """The tools that its calls may name; None for all."""
        if self.tools is None:
            return None
        return self.tools | ALWAYS | ({"delegate"} if self.pool else set())


def parse_agent_kind(text: str, file_name: str) -> AgentKind:
    """The kind that a Markdown file describes.

    Args:
        text: The file.
        file_name: Its name without the ending: the kind's name where the file says none.

    Raises:
        AgentKindError: it describes none.
    """
    fields, instructions = _split(text)
    name = fields.get("name", file_name)
    if not _NAME.fullmatch(name):
        raise AgentKindError(f"{quote_foreign(name)} is no name: small letters, digits and _")
    if not fields.get("description"):
        raise AgentKindError("it has no description")
    if not instructions:
        raise AgentKindError("it has no text below its fields")
    budget = _tokens(fields, "budget", DEFAULT_BUDGET)
    pool = _tokens(fields, "pool", 0)
    if budget < SMALLEST_NOTED_AGENT:
        raise AgentKindError(f"a budget is {SMALLEST_NOTED_AGENT:,} tokens or more")
    if budget - pool < SMALLEST_NOTED_AGENT:
        raise AgentKindError("its pool leaves too little of its budget to itself")
    writes = fields.get("writes", "")
    if writes not in _PLACES:
        raise AgentKindError(f"writes is {quote_foreign(writes)}; there are here and worktree")
    return AgentKind(
        name=name,
        description=fields["description"][:_LONGEST_DESCRIPTION],
        instructions=instructions,
        tools=_words(fields["tools"]) if "tools" in fields else None,
        model=fields.get("model") or None,
        effort=fields.get("effort") or None,
        budget=budget,
        pool=pool,
        writes_in_worktree=_PLACES[writes],
    )


def built_in_kinds() -> Mapping[str, AgentKind]:
    """The kinds that come with the program."""
    folder = resources.files("tui.agent.team").joinpath("kinds")
    texts = {
        entry.name.removesuffix(".md"): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".md")
    }
    return {name: parse_agent_kind(texts[name], name) for name in sorted(texts)}


def _split(text: str) -> tuple[dict[str, str], str]:
    """The fields between the two lines of dashes, and the text below them."""
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        raise AgentKindError("it does not begin with a line ---")
    try:
        end = next(at for at, line in enumerate(lines[1:], 1) if line.strip() == "---")
    except StopIteration:
        raise AgentKindError("its fields do not end with a line ---") from None
    fields = {}
    for line in lines[1:end]:
        key, colon, value = line.partition(":")
        key = key.strip().lower()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or key not in _FIELDS:
            known = ", ".join(_FIELDS)
            raise AgentKindError(f"{quote_foreign(line)} is no field; there are {known}")
        fields[key] = value.strip().strip("\"'")
    return fields, "\n".join(lines[end + 1 :]).strip()


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(r"[\s,\[\]\"']+", text.lower())))


def _tokens(fields: Mapping[str, str], key: str, default: int) -> int:
    if not fields.get(key):
        return default
    try:
        amount = parse_amount(fields[key])
    except AmountError as error:
        raise AgentKindError(str(error).rstrip(".")) from error
    if not isinstance(amount, Tokens):
        raise AgentKindError(f"{quote_foreign(fields[key])} is no number of tokens")
    return amount.count
