"""From a request that is understood to the message that answers it, compactions included."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.simulator import exchange, summaries
from tui.simulator.cache import CacheUse, PromptCache
from tui.simulator.compaction import PROMPT_TOKENS
from tui.simulator.config import Config
from tui.simulator.constrained import constrained
from tui.simulator.content import JSON, MESSAGE_OVERHEAD
from tui.simulator.conversation import Part, parts_of
from tui.simulator.exchange import Understood
from tui.simulator.faults import Fault
from tui.simulator.pilot.situation import Reply, Text, ToolUse
from tui.simulator.reply import Answer, Written
from tui.simulator.summaries import History
from tui.simulator.tokenizer import Tokenizer
from tui.simulator.usage import Iteration


@dataclass(frozen=True, slots=True)
class Responded:
    """A response that is ready to go out."""

    request: Understood
    """The request as it stood when the model answered."""
    answer: Answer
    message: JSON
    compacted: Iteration | None = None
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
        config: Whose pilot speaks, and how tokens count.
        cache: The prompt cache.
    """

    def __init__(self, config: Config, cache: PromptCache) -> None:
        self._config = config
        self._cache = cache

    async def respond(self, request: Understood, fault: Fault | None) -> Responded:
        """The response to a request."""
        wanted = request.asked.compaction
        if wanted is None or not (wanted.on_demand or request.input.total > wanted.trigger):
            return self._finished(request, await self._answer(request, fault))
        block, used = await self._summary(request, signed=wanted.on_demand)
        if wanted.on_demand or wanted.pauses or block is None:
            return self._only(request, block, used)
        self._cache.keep(request.input, self._config.clock())
        rest = exchange.from_history(
            request.asked, self._compacted(request, block), self._cache, self._config.rules
        )
        answer = await self._answer(rest, fault)
        whole = replace(answer, blocks=(Written(block, 0, ""), *answer.blocks))
        return self._finished(rest, whole, used)

    async def _answer(self, request: Understood, fault: Fault | None) -> Answer:
        reply = await asyncio.to_thread(self._reply, request, fault)
        return exchange.answer(request, reply, _ids(fault))

    def _reply(self, request: Understood, fault: Fault | None) -> Reply:
        if fault is not None and fault.kind == "unknown_tool":
            call = ToolUse("launch_rocket", {"when": "now"})
            return Reply((Text("I use a tool nobody gave me."), call))
        if request.asked.max_tokens == 0:
            return Reply(())
        reply = self._config.respond(exchange.situation(request))
        return constrained(request.asked.body, request.history.messages, reply)

    async def _summary(self, request: Understood, *, signed: bool) -> tuple[JSON | None, Iteration]:
        """The compaction block, or None if there was no room for it, and what it used."""
        text = await asyncio.to_thread(self._config.summarize, exchange.situation(request))
        tokenizer = Tokenizer(request.asked.model.tokens)
        tokens = tokenizer.count(text) + MESSAGE_OVERHEAD
        asked = replace(request.input, uncached=request.input.uncached + PROMPT_TOKENS)
        used = Iteration("compaction", asked, min(tokens, request.asked.max_tokens))
        if tokens > request.asked.max_tokens:
            return None, used
        rules = self._config.rules
        kept = request.bound.parts
        return summaries.block(text, request.history, kept, rules, signed=signed), used

    def _compacted(self, request: Understood, block: JSON) -> History:
        """The history that is left when a summary stands for all of it."""
        message = {"role": "assistant", "content": [block]}
        parts: list[Part] = parts_of([message], Tokenizer(request.asked.model.tokens))
        return summaries.follow(parts[0], (), [message])

    def _only(self, request: Understood, block: JSON | None, used: Iteration) -> Responded:
        """A response that is nothing but a summary, or nothing at all if it failed."""
        if block is None:
            return self._finished(request, Answer((), "max_tokens", None, 0), used)
        answer = Answer((Written(block, 0, ""),), "compaction", None, 0)
        return self._finished(request, answer, used)

    def _finished(
        self, request: Understood, answer: Answer, used: Iteration | None = None
    ) -> Responded:
        return Responded(request, answer, exchange.message(request, answer, used), used)


def _ids(fault: Fault | None) -> Callable[[], str] | None:
    if fault is None or fault.kind != "odd_ids":
        return None
    return lambda: f"call_{secrets.token_hex(4)}"
