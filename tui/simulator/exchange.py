"""One request, from its body to the message that answers it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tui.simulator import betas, binding, conversation, countdown, prompt, summaries
from tui.simulator.binding import Bound, Thread
from tui.simulator.cache import CacheUse, PromptCache
from tui.simulator.content import JSON, blocks_of
from tui.simulator.countdown import Rules
from tui.simulator.options import effort_in_force
from tui.simulator.pilot.situation import Block, Reply, Situation, Thinking, ToolUse
from tui.simulator.refusals import Refused
from tui.simulator.reply import Answer, Writer
from tui.simulator.summaries import History
from tui.simulator.tokenizer import Tokenizer
from tui.simulator.usage import Iteration, final_usage
from tui.simulator.validation import Asked

Full = Literal["max_tokens", "model_context_window_exceeded"]


@dataclass(frozen=True, slots=True)
class Understood:
    """A request with everything that follows from it before the model speaks."""

    asked: Asked
    history: History
    bound: Bound
    thread: Thread
    """The fingerprint of the conversation, up to where the reply goes on."""
    effort: str
    """The effort in force for the reply."""
    input: CacheUse
    left: int | None
    """The countdown the model sees; None without a budget."""

    @property
    def room(self) -> tuple[int, Full]:
        """Most tokens of the reply, and the stop reason when they are used up."""
        window = self.asked.model.context - self.input.total
        if window < self.asked.max_tokens:
            return window, "model_context_window_exceeded"
        return self.asked.max_tokens, "max_tokens"


def understand(asked: Asked, cache: PromptCache, rules: Rules) -> Understood:
    """What a request means for the model.

    Raises:
        Refused: Thinking that does not belong here, wrong breakpoints, or a prompt too long.
    """
    tokenizer = Tokenizer(asked.model.tokens)
    parts = conversation.parts_of(asked.messages, tokenizer)
    return from_history(asked, summaries.unfold(asked, parts, rules), cache, rules)


def from_history(asked: Asked, history: History, cache: PromptCache, rules: Rules) -> Understood:
    """What a request means whose messages are these.

    Raises:
        Refused: Thinking that does not belong here, wrong breakpoints, or a prompt too long.
    """
    tokenizer = Tokenizer(asked.model.tokens)
    thread = replace(history.thread)
    drops = asked.thinking.drops_mismatches
    bound = binding.check(thread, history.parts, asked.model, drops=drops)
    pieces = prompt.pieces(
        asked.body,
        bound.parts,
        tokenizer,
        effort=asked.effort,
        thinking=asked.thinking,
        budget=asked.budget,
    )
    use = cache.look(pieces, asked.model.cache_minimum, prompt.tail(asked.budget))
    if use.total > asked.model.context:
        raise Refused(f"prompt is too long: {use.total} tokens > {asked.model.context} maximum")
    left = None
    if asked.budget is not None:
        left = countdown.shown(asked.budget, conversation.seen(bound.parts), rules, history.carried)
    effort = effort_in_force(asked.messages, asked.effort)
    return Understood(asked, history, bound, thread, effort, use, left)


def situation(request: Understood) -> Situation:
    """What the pilot is told."""
    asked = request.asked
    choice = (asked.body.get("tool_choice") or {}).get("type")
    tools = () if choice == "none" else asked.body.get("tools") or ()
    return Situation(
        messages=request.history.messages,
        tools=tuple(tools),
        system=_system(asked.body),
        effort=request.effort,
        left=request.left,
        total=asked.budget.total if asked.budget else None,
        max_tokens=request.room[0],
        model=asked.model.id,
        count=Tokenizer(asked.model.tokens).count,
    )


def answer(request: Understood, reply: Reply, new_id: Callable[[], str] | None = None) -> Answer:
    """The reply as the API gives it; `new_id` makes the ids of its tool calls."""
    asked = request.asked
    room, full = request.room
    writer = Writer(
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


def message(request: Understood, answered: Answer, compacted: Iteration | None = None) -> JSON:
    """The whole message.

    Args:
        request: What was asked.
        answered: The reply.
        compacted: What a compaction used before it.
    """
    iterations = [] if compacted is None else [compacted]
    if compacted is None or answered.output_tokens:
        iterations.append(Iteration("message", request.input, answered.output_tokens))
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
    if betas.BINDING_CONTROLS in asked.betas:
        made["input_transformations"] = list(request.bound.transformations)
    if asked.body.get("context_management") is not None:
        made["context_management"] = {"applied_edits": []}
    return made


def count(asked: Asked, cache: PromptCache, rules: Rules) -> JSON:
    """The answer of `count_tokens`: an estimate without the thinking of earlier turns."""
    request = understand(asked, cache, rules)
    current = conversation.current_turn(request.bound.parts)
    hidden = sum(p.tokens for p in request.bound.parts if p.is_thought and p.turn < current)
    total = request.input.total - hidden
    if asked.body.get("context_management") is None:
        return {"input_tokens": total}
    return {"input_tokens": total, "context_management": {"original_input_tokens": total}}


def _allowed(request: Understood, reply: Reply) -> list[Block]:
    """The blocks that the request's options let through."""
    blocks = list(reply.blocks)
    if not _thinks(request):
        blocks = [block for block in blocks if not isinstance(block, Thinking)]
    choice = request.asked.body.get("tool_choice") or {}
    if choice.get("disable_parallel_tool_use"):
        calls = [at for at, block in enumerate(blocks) if isinstance(block, ToolUse)]
        blocks = [block for at, block in enumerate(blocks) if at not in calls[1:]]
    return blocks


def _thinks(request: Understood) -> bool:
    mode = request.asked.thinking.type
    if mode == "between_tools":
        last = [each for each in request.asked.messages if each["role"] != "system"][-1]
        return any(block["type"] == "tool_result" for block in blocks_of(last))
    return mode != "disabled"


def _system(body: JSON) -> str:
    system = body.get("system") or ""
    return system if isinstance(system, str) else "\n\n".join(block["text"] for block in system)
