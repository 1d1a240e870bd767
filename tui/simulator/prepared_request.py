"""One request, from its body to the message that answers it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tui.simulator import (
    beta_headers,
    budget_countdown,
    cache_prefix,
    compaction_blocks,
    message_parts,
    thinking_binding,
)
from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.budget_countdown import CountdownRules
from tui.simulator.compaction_blocks import VisibleHistory
from tui.simulator.refused_request import RequestRefused
from tui.simulator.reply_writer import ReplyWriter, WrittenReply
from tui.simulator.request_options import effort_in_force
from tui.simulator.request_validation import ValidatedRequest
from tui.simulator.scripted_model import model_input
from tui.simulator.simulated_cache import CacheUse, SimulatedCache
from tui.simulator.thinking_binding import ConversationDigest, VisibleParts
from tui.simulator.tokenizer import Tokenizer
from tui.simulator.usage_reports import SamplingIteration, final_usage

Full = Literal["max_tokens", "model_context_window_exceeded"]


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request with everything that follows from it before the model speaks."""

    asked: ValidatedRequest
    history: VisibleHistory
    bound: VisibleParts
    thread: ConversationDigest
    """The fingerprint of the conversation, up to where the reply goes on."""
    effort: str
    """The effort in force for the reply."""
    input: CacheUse
    left: int | None
    """The countdown the model sees; None without a budget."""

    @property
    def output_room(self) -> tuple[int, Full]:
        """Most tokens of the reply, and the stop reason when they are used up."""
        window = self.asked.model.context - self.input.total
        if window < self.asked.max_tokens:
            return window, "model_context_window_exceeded"
        return self.asked.max_tokens, "max_tokens"


def prepare_request(
    asked: ValidatedRequest, cache: SimulatedCache, rules: CountdownRules
) -> PreparedRequest:
    """Work out what a request means for the model.

    Raises:
        RequestRefused: Thinking that does not belong here, wrong breakpoints, or a prompt too long.
    """
    tokenizer = Tokenizer(asked.model.tokens)
    parts = message_parts.parts_of(asked.messages, tokenizer)
    return prepare_from_history(
        asked, compaction_blocks.visible_history(asked, parts, rules), cache, rules
    )


def prepare_from_history(
    asked: ValidatedRequest, history: VisibleHistory, cache: SimulatedCache, rules: CountdownRules
) -> PreparedRequest:
    """Work out what a request with this history means for the model.

    Raises:
        RequestRefused: Thinking that does not belong here, wrong breakpoints, or a prompt too long.
    """
    tokenizer = Tokenizer(asked.model.tokens)
    thread = replace(history.thread)
    drops = asked.thinking.drops_mismatches
    bound = thinking_binding.visible_parts(thread, history.parts, asked.model, drops=drops)
    pieces = cache_prefix.prefix_pieces(
        asked.body,
        bound.parts,
        tokenizer,
        effort=asked.effort,
        thinking=asked.thinking,
        budget=asked.budget,
    )
    use = cache.find_prefix(
        pieces, asked.model.cache_minimum, cache_prefix.uncached_tail(asked.budget)
    )
    if use.total > asked.model.context:
        raise RequestRefused(
            f"prompt is too long: {use.total} tokens > {asked.model.context} maximum"
        )
    left = None
    if asked.budget is not None:
        left = budget_countdown.shown_remaining(
            asked.budget, message_parts.counted_messages(bound.parts), rules, history.carried
        )
    effort = effort_in_force(asked.messages, asked.effort)
    return PreparedRequest(asked, history, bound, thread, effort, use, left)


def model_input_of(request: PreparedRequest) -> model_input.ModelInput:
    """What the scripted model gets to see."""
    asked = request.asked
    choice = (asked.body.get("tool_choice") or {}).get("type")
    tools = () if choice == "none" else asked.body.get("tools") or ()
    return model_input.ModelInput(
        messages=request.history.messages,
        tools=tuple(tools),
        system=_system(asked.body),
        effort=request.effort,
        left=request.left,
        total=asked.budget.total if asked.budget else None,
        max_tokens=request.output_room[0],
        model=asked.model.id,
        count=Tokenizer(asked.model.tokens).count,
    )


def write_reply(
    request: PreparedRequest,
    reply: model_input.ScriptedReply,
    new_id: Callable[[], str] | None = None,
) -> WrittenReply:
    """The reply as the API gives it; `new_id` makes the ids of its tool calls."""
    asked = request.asked
    room, full = request.output_room
    writer = ReplyWriter(
        model=asked.model,
        thread=request.thread,
        mode=asked.thinking,
        effort=request.effort,
        room=room,
        full=full,
        left=request.left,
        stops=asked.body.get("stop_sequences") or (),
        new_id=new_id or (lambda: f"toolu_{secrets.token_hex(12)}"),
    )
    return writer.write(_allowed(request, reply))


def whole_message(
    request: PreparedRequest, answered: WrittenReply, compacted: SamplingIteration | None = None
) -> JSON:
    """The whole message.

    Args:
        request: The request.
        answered: The reply.
        compacted: What a compaction used before it.
    """
    iterations = [] if compacted is None else [compacted]
    if compacted is None or answered.output_tokens:
        iterations.append(SamplingIteration("message", request.input, answered.output_tokens))
    asked = request.asked
    made: JSON = {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": asked.model.id,
        "content": answered.content,
        "stop_reason": answered.stop_reason,
        "stop_sequence": answered.stop_sequence,
        "stop_details": None,
        "container": None,
        "usage": final_usage(iterations, answered.thinking_tokens),
    }
    if beta_headers.BINDING_CONTROLS in asked.betas:
        made["input_transformations"] = list(request.bound.transformations)
    if asked.body.get("context_management") is not None:
        made["context_management"] = {"applied_edits": []}
    return made


def count_tokens_answer(
    asked: ValidatedRequest, cache: SimulatedCache, rules: CountdownRules
) -> JSON:
    """The answer of `count_tokens`: an estimate without the thinking of earlier turns."""
    request = prepare_request(asked, cache, rules)
    current = message_parts.current_turn(request.bound.parts)
    hidden = sum(p.tokens for p in request.bound.parts if p.is_thought and p.turn < current)
    total = request.input.total - hidden
    if asked.body.get("context_management") is None:
        return {"input_tokens": total}
    return {"input_tokens": total, "context_management": {"original_input_tokens": total}}


def _allowed(
    request: PreparedRequest, reply: model_input.ScriptedReply
) -> list[model_input.ScriptedBlock]:
    """The blocks that the request's options let through."""
    blocks = list(reply.blocks)
    if not _thinks(request):
        blocks = [block for block in blocks if not isinstance(block, model_input.ScriptedThinking)]
    choice = request.asked.body.get("tool_choice") or {}
    if choice.get("disable_parallel_tool_use"):
        calls = [
            at for at, block in enumerate(blocks) if isinstance(block, model_input.ScriptedToolUse)
        ]
        blocks = [block for at, block in enumerate(blocks) if at not in calls[1:]]
    return blocks


def _thinks(request: PreparedRequest) -> bool:
    mode = request.asked.thinking.type
    if mode == "between_tools":
        last = [each for each in request.asked.messages if each["role"] != "system"][-1]
        return any(block["type"] == "tool_result" for block in blocks_of(last))
    return mode != "disabled"


def _system(body: JSON) -> str:
    system = body.get("system") or ""
    return system if isinstance(system, str) else "\n\n".join(block["text"] for block in system)
