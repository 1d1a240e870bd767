"""Prepare a tool call: check its input, judge it by the rules, ask the user."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from tui.agent import model_notes
from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.edited_rules import edited_rule_problem, is_every_edit, read_edited_rules
from tui.agent.permissions import Allow, Ask, Deny
from tui.agent.restored_changes import wait_for_permission
from tui.agent.shell.rule_suggestions import describe_rule
from tui.agent.tool_results import unrun_call_result
from tui.agent.tools.base import PermissionRequest, PreparedCall, Tool, ToolError
from tui.agent.tools.input_repair import prepare_call
from tui.agent.tools.redaction_marks import refuse_redaction_marks
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev
from tui.session.state import SessionState


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """A call that may run now."""

    tool_use: str
    tool: Tool
    call: PreparedCall
    input: ev.JSON


class ToolPreparation:
    """Prepares and judges the calls of one turn."""

    def __init__(self, state: SessionState, ctx: TurnContext, emit: Emit) -> None:
        """Args:
        state: The session; its last request asked for the calls.
        ctx: What the turn works with.
        emit: Takes the questions, their answers, and the results of calls that may not run.
        """
        self._state = state
        self._ctx = ctx
        self._emit = emit
        self.denied_without_user = False
        """Whether a call needed a permission and nobody was there to give it."""

    async def prepare(self, block: ev.JSON, unreadable: bool) -> ReadyCall | None:
        """Prepare and judge one call.

        Args:
            block: The call, verbatim.
            unreadable: Whether its arguments were not JSON.

        Returns:
            The call; None where it may not run, and is answered.

        Raises:
            Interrupted: the user stopped it; the call is not answered.
        """
        name, tool_use = block["name"], block["id"]
        try:
            tool, call = await self._prepare_call(block, unreadable)
            with as_tool_errors():
                # In a thread too: a deny rule about files may have to list the folder.
                decision = await asyncio.to_thread(self._ctx.run.rules.decide, call)
        except ToolError as error:
            sentence = self._ctx.services.redact(error.sentence)
            await self._answer(tool_use, name, sentence, "error")
            return None
        refused = decision.reason if isinstance(decision, Deny) else None
        if isinstance(decision, Ask):
            refused = await self._ask_permission(tool_use, call, decision)
        if refused is None:
            return ReadyCall(tool_use, tool, call, block["input"])
        await self._answer(tool_use, name, refused, "denied")
        return None

    async def _answer(self, tool_use: str, name: str, words: str, outcome: ev.ToolOutcome) -> None:
        await self._emit(unrun_call_result(self._state.request, tool_use, name, words, outcome))

    async def _prepare_call(self, block: ev.JSON, unreadable: bool) -> tuple[Tool, PreparedCall]:
        tool = self._ctx.services.tools.get(block["name"])
        if tool is None:
            known = ", ".join(sorted(self._ctx.services.tools))
            raise ToolError(f"There is no tool named {block['name']!r}. The tools are: {known}.")
        if unreadable:
            raise ToolError("The arguments were not a JSON object; nothing was run.")
        with as_tool_errors():
            # In a thread, because it reads files; an interrupt does not wait for it.
            call = await run_interruptible(
                self._ctx.services.inbox.interrupt,
                lambda: asyncio.to_thread(
                    prepare_call, tool, block["input"], self._ctx.services.environment
                ),
            )
            if tool.name == "bash" and call.permission is not None:
                refuse_redaction_marks(call.permission.target)
        return tool, call

    async def _ask_permission(self, tool_use: str, call: PreparedCall, ask: Ask) -> str | None:
        """Ask the user; the text for the model if they say no, else None."""
        folder = self._ctx.run.rules.folder
        self._ctx.services.inbox.open_question(
            tool_use,
            partial(edited_rule_problem, need=ask.need, folder=folder) if ask.need.rules else None,
            partial(self._is_allowed, call),
        )
        await self._emit(
            ev.PermissionAsked(
                tool_use=tool_use,
                name=call.name,
                subject=call.subject,
                reason=ask.reason,
                preview=self._ctx.services.redact(ask.need.preview),
                rule=ask.need.rule,
                allows="; ".join(filter(None, map(describe_rule, ask.need.rules))),
            )
        )
        answer = await self._wait_for_answer(tool_use)
        await self._grant(tool_use, answer, replace(call, permission=ask.need), ask.need)
        return self._refusal_text(answer.reason) if answer.answer == "no" else None

    def _is_allowed(self, call: PreparedCall) -> bool:
        """Whether the rules let a call run by now; not for the event loop."""
        try:
            with as_tool_errors():
                return isinstance(self._ctx.run.rules.decide(call), Allow)
        except ToolError:
            return False

    async def _grant(
        self,
        tool_use: str,
        answer: PermissionAnswer,
        call: PreparedCall,
        need: PermissionRequest,
    ) -> None:
        """Record an answer, and allow from now on what it allows.

        Yes to every edit of the session is the mode `edits`: one thing has one name. For a team
        it is a rule: an agent does not change the mode of its lead.

        Args:
            tool_use: Id of the call.
            answer: Of the user.
            call: What was asked about.
            need: What it needs.
        """
        rules = need.rules if answer.answer in ("session", "team", "project") else ()
        if rules and answer.rule:
            rules = tuple(
                map(str, read_edited_rules(answer.rule, need, self._ctx.run.rules.folder))
            )
        changes_mode = answer.answer == "session" and is_every_edit(", ".join(rules))
        rules = () if changes_mode else rules
        await self._emit(
            answer.event(tool_use, rules), *([ev.ModeChanged(mode="edits")] if changes_mode else [])
        )
        run = self._ctx.run
        granted = replace(call, permission=replace(need, rules=rules))
        run.rules = run.rules.with_answer(granted, answer.answer)
        if changes_mode:
            run.rules = run.rules.with_mode("edits")

    async def _wait_for_answer(self, tool_use: str) -> PermissionAnswer:
        self.denied_without_user |= not self._ctx.settings.interactive
        return await wait_for_permission(tool_use, self._ctx)

    def _refusal_text(self, reason: str) -> str:
        if not self._ctx.settings.interactive:
            return model_notes.NO_USER_TO_ASK
        return f"The user said no. They said: {reason}" if reason else "The user said no."


@contextmanager
def as_tool_errors() -> Iterator[None]:
    """A tool that goes wrong ends its call with a sentence, not the session."""
    try:
        yield
    except (ToolError, Interrupted):
        raise
    except OSError as error:
        raise ToolError(f"{type(error).__name__}: {error}") from error
    except Exception as error:  # the border to the tools: a mistake in one must not cost the turn
        kind = type(error).__name__
        raise ToolError(f"The tool itself failed ({kind}: {error}); try another way.") from error
