"""The tool `delegate`: hand a task to an agent, and get its report."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from tui.agent.agent_ends import DELEGATE
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.spawn_rules import AgentOrder
from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    one_line,
    parse_input,
    tool_definition,
)
from tui.agent.tools.input_repair import prepare_call
from tui.budget.team_limits import SMALLEST_NOTED_AGENT
from tui.session.events import JSON

MAX_TASK_CHARACTERS = 20_000
NOT_BEFORE_AGREEMENT = (
    "Plan mode: agents are paid from the team's pool. They work when the user agreed."
)

_DESCRIPTION = """\
Hand a task to an agent: a conversation of its own, with its own budget out of the team's pool. It \
knows nothing of this conversation, so the task must say all that matters; it cannot ask you. You \
get its report only, cut at a few thousand tokens. Calls in one message run side by side. Delegate \
what can be done apart and would fill your own context, such as reading a large folder; a team \
costs several times what one agent does. Work of an agent that is called partial is not complete: \
say so. Kinds: {kinds}."""


class DelegateInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which agent, what to do, with how many tokens."""

    kind: str
    task: str
    budget: int | None = None
    up_to: int | None = None


class AgentRunner(Protocol):
    """Runs the agents of a session."""

    @property
    def kinds(self) -> Mapping[str, AgentKind]:
        """Those that can be asked for."""
        ...

    async def run_agent(self, order: AgentOrder, progress: ProgressCallback) -> ToolOutcome:
        """Run one agent to its end.

        Args:
            order: What is wished for.
            progress: Takes what it does, in a line.

        Raises:
            ToolError: it may not begin; the sentence says why.
        """
        ...


def delegate_definition(kinds: Mapping[str, AgentKind]) -> JSON:
    """The definition of the tool, as sent with every request of a session and of its agents."""
    words = "; ".join(f"{kind.name} ({kind.description})" for kind in kinds.values())
    return tool_definition(
        DELEGATE,
        _DESCRIPTION.format(kinds=words),
        {
            "kind": {"type": "string", "enum": list(kinds)},
            "task": {"type": "string", "description": "All that the agent needs to know."},
            "budget": {
                "type": "integer",
                "description": "Its tokens, out of the pool; the kind's own number if left out.",
            },
            "up_to": {
                "type": "integer",
                "description": "Tokens that it may be raised to, where its budget runs low and the "
                "pool has them: for work whose size you do not know.",
            },
        },
        ("kind", "task"),
    )


class DelegateTool:
    """Runs one agent for each call."""

    name = DELEGATE
    reads_only = True
    """Its calls run beside each other; what an agent changes waits for its turn in the team."""

    def __init__(self, runner: AgentRunner | None, kinds: Mapping[str, AgentKind]) -> None:
        """Args:
        runner: Runs the agents; None where the conversation may have none.
        kinds: Those that the definition names.
        """
        self._runner = runner
        self.definition: JSON = delegate_definition(kinds)

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Check the order; nothing begins."""
        if self._runner is None:
            raise ToolError("You have no agents of your own: do the work yourself.")
        args = parse_input(input, DelegateInput)
        kind = self._runner.kinds.get(args.kind)
        if kind is None:
            known = ", ".join(self._runner.kinds)
            raise ToolError(f"There is no kind {args.kind!r}. There are: {known}.")
        if not args.task.strip():
            raise ToolError("The task is empty.")
        if len(args.task) > MAX_TASK_CHARACTERS:
            raise ToolError(f"A task has {MAX_TASK_CHARACTERS:,} characters at most.")
        if args.budget is not None and args.budget < SMALLEST_NOTED_AGENT:
            raise ToolError(f"A budget has {SMALLEST_NOTED_AGENT:,} tokens at least.")
        if args.up_to is not None and args.up_to < (args.budget or kind.budget):
            raise ToolError("up_to is at least the budget.")
        subject = one_line(f"{kind.name}: {args.task}", 120)
        return PreparedCall(
            name=self.name,
            subject=subject,
            reads_only=True,
            arguments=args,
            not_mode="plan",
            mode_refusal=NOT_BEFORE_AGREEMENT,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Run the agent to its end."""
        runner = self._runner
        assert runner is not None, "a call without a runner is not prepared"
        return await runner.run_agent(_order(runner.kinds, call.arguments), progress)

    def order(self, input: JSON, env: ToolEnvironment) -> AgentOrder | None:
        """What a call will ask for when it runs; None where it gets a refusal instead.

        Args:
            input: As the model sent it: it is read, and mended, as for the call itself.
            env: The surroundings of the session.
        """
        try:
            call = prepare_call(self, input, env)
        except ToolError:
            return None
        return None if self._runner is None else _order(self._runner.kinds, call.arguments)


def _order(kinds: Mapping[str, AgentKind], args: DelegateInput) -> AgentOrder:
    kind = kinds[args.kind]
    return AgentOrder(
        kind=kind, task=args.task, budget=args.budget or kind.budget, up_to=args.up_to or 0
    )
