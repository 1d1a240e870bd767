"""Another model goes on with the conversation: what it can read, and how it counts it.

A model reads no thinking of another one, and it may count the same text differently. What
was charged stays charged; what is visible is weighed anew, so that the wire value still shows
the model what is left. The ratio is measured with the server's own count of the same messages
for both models; where it cannot count, the catalogue's tokenizer factors serve.
"""

import asyncio
from collections.abc import AsyncIterator

from tui.agent.concurrency import run_interruptible
from tui.agent.turn_context import TurnContext
from tui.claude.request import Preamble, build_request
from tui.session import events as ev
from tui.session.state import SessionState

PROBE: ev.JSON = {"role": "user", "content": [{"type": "text", "text": "."}]}
"""Ends what is counted, and stands alone for what comes before every conversation."""


async def rewrite_for_model(state: SessionState, ctx: TurnContext) -> AsyncIterator[ev.Event]:
    """The rewrite that a new model needs before it reads the conversation; mostly nothing.

    Raises:
        Interrupted: the user did not want to wait; nothing was rewritten.
    """
    old, new = state.sent_model, state.model
    if not old or old == new or not state.conversation.messages:
        return
    ratio = await run_interruptible(ctx.inbox.interrupt, lambda: _token_ratio(state, ctx, old, new))
    yield ev.Rewritten(
        reason="model",
        model=new,
        weights={key: round(n * ratio) for key, n in state.budget_account.plain_weights().items()},
        before=state.context,
        after=round(state.context * ratio),
    )


async def _token_ratio(state: SessionState, ctx: TurnContext, old: str, new: str) -> float:
    """How many tokens of the new model one of the old model is."""
    before, after = await asyncio.gather(
        _counted_tokens(state, ctx, old), _counted_tokens(state, ctx, new)
    )
    if before and after:
        return after / before
    models = ctx.catalogue
    return models.model(new).tokenizer / models.model(old).tokenizer


async def _counted_tokens(state: SessionState, ctx: TurnContext, id: str) -> int | None:
    """Tokens of the conversation as a model counts it; None where nobody can say."""
    assert state.preamble is not None, "a session has its preamble before its first turn"
    model, told = ctx.catalogue.model(id), Preamble(state.preamble.system, state.preamble.tools)
    messages = [message.to_json() for message in state.conversation.plain_messages()]
    waiting = state.conversation.pending
    last = waiting.to_message().to_json() if waiting else PROBE
    whole, bare = await asyncio.gather(
        ctx.client.count_tokens(build_request(model, told, [*messages, last])),
        ctx.client.count_tokens(build_request(model, told, [PROBE])),
    )
    return None if whole is None or bare is None else whole - bare
