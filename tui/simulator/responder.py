"""Answers a prepared request, compactions included."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.simulator import compaction_blocks, prepared_request
from tui.simulator.block_content import JSON, MESSAGE_OVERHEAD
from tui.simulator.compaction_blocks import VisibleHistory
from tui.simulator.constrained_output import constrain_reply
from tui.simulator.injected_faults import InjectedFault
from tui.simulator.message_parts import MessagePart, parts_of
from tui.simulator.prepared_request import PreparedRequest
from tui.simulator.reply_writer import WrittenBlock, WrittenReply
from tui.simulator.request_options import PROMPT_TOKENS
from tui.simulator.scripted_model.model_input import ScriptedReply, ScriptedText, ScriptedToolUse
from tui.simulator.simulated_cache import CacheUse, SimulatedCache
from tui.simulator.simulator_config import SimulatorConfig
from tui.simulator.tokenizer import Tokenizer
from tui.simulator.usage_reports import SamplingIteration


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """A response that is ready to go out."""

    request: PreparedRequest
    """The request as it stood when the model answered."""
    answer: WrittenReply
    message: JSON
    compacted: SamplingIteration | None = None
    """What a compaction used before the answer."""

    @property
    def inputs(self) -> list[CacheUse]:
        """The input of everything that was sampled, in order."""
        first = [self.compacted.input] if self.compacted else []
        only = self.compacted is not None and not self.message["usage"]["output_tokens"]
        return first if only else [*first, self.request.input]

    @property
    def summary_tokens(self) -> int:
        """Tokens of a summary that was written."""
        return self.compacted.output_tokens if self.compacted else 0


class Responder:
    """Answers requests as a model would.

    Args:
        config: Which scripted model answers, and how tokens count.
        cache: The prompt cache.
    """

    def __init__(self, config: SimulatorConfig, cache: SimulatedCache) -> None:
        self._config = config
        self._cache = cache

    async def respond(
        self, request: PreparedRequest, fault: InjectedFault | None
    ) -> PreparedResponse:
        """The response to a request."""
        wanted = request.asked.compaction
        if wanted is None or not (wanted.on_demand or request.input.total > wanted.trigger):
            return self._finished(request, await self._answer(request, fault))
        block, used = await self._summary(request, signed=wanted.on_demand)
        if wanted.on_demand or wanted.pauses or block is None:
            return self._only(request, block, used)
        self._cache.store_prefix(request.input, self._config.clock())
        rest = prepared_request.prepare_from_history(
            request.asked, self._compacted(request, block), self._cache, self._config.rules
        )
        answer = await self._answer(rest, fault)
        whole = replace(answer, blocks=(WrittenBlock(block, 0, ""), *answer.blocks))
        return self._finished(rest, whole, used)

    async def _answer(self, request: PreparedRequest, fault: InjectedFault | None) -> WrittenReply:
        reply = await asyncio.to_thread(self._reply, request, fault)
        return prepared_request.write_reply(request, reply, _ids(fault))

    def _reply(self, request: PreparedRequest, fault: InjectedFault | None) -> ScriptedReply:
        if fault is not None and fault.kind == "unknown_tool":
            call = ScriptedToolUse("launch_rocket", {"when": "now"})
            return ScriptedReply((ScriptedText("I use a tool nobody gave me."), call))
        if request.asked.max_tokens == 0:
            return ScriptedReply(())
        reply = self._config.respond(prepared_request.model_input_of(request))
        return constrain_reply(request.asked.body, request.history.messages, reply)

    async def _summary(
        self, request: PreparedRequest, *, signed: bool
    ) -> tuple[JSON | None, SamplingIteration]:
        """The compaction block, or None if there was no room for it, and what it used."""
        text = await asyncio.to_thread(
            self._config.summarize, prepared_request.model_input_of(request)
        )
        tokenizer = Tokenizer(request.asked.model.tokens)
        tokens = tokenizer.count(text) + MESSAGE_OVERHEAD
        asked = replace(request.input, uncached=request.input.uncached + PROMPT_TOKENS)
        used = SamplingIteration("compaction", asked, min(tokens, request.asked.max_tokens))
        if tokens > request.asked.max_tokens:
            return None, used
        rules = self._config.rules
        kept = request.bound.parts
        return compaction_blocks.compaction_block(
            text, request.history, kept, rules, signed=signed
        ), used

    def _compacted(self, request: PreparedRequest, block: JSON) -> VisibleHistory:
        """The history after a summary has replaced all of it."""
        message = {"role": "assistant", "content": [block]}
        parts: list[MessagePart] = parts_of([message], Tokenizer(request.asked.model.tokens))
        return compaction_blocks.history_after_summary(parts[0], (), [message])

    def _only(
        self, request: PreparedRequest, block: JSON | None, used: SamplingIteration
    ) -> PreparedResponse:
        """A response that is nothing but a summary, or nothing at all if it failed."""
        if block is None:
            return self._finished(request, WrittenReply((), "max_tokens", None, 0), used)
        answer = WrittenReply((WrittenBlock(block, 0, ""),), "compaction", None, 0)
        return self._finished(request, answer, used)

    def _finished(
        self, request: PreparedRequest, answer: WrittenReply, used: SamplingIteration | None = None
    ) -> PreparedResponse:
        return PreparedResponse(
            request, answer, prepared_request.whole_message(request, answer, used), used
        )


def _ids(fault: InjectedFault | None) -> Callable[[], str] | None:
    if fault is None or fault.kind != "odd_ids":
        return None
    return lambda: f"call_{secrets.token_hex(4)}"
