"""Another model goes on with the conversation: what it can read, and how it counts it.

A model reads no thinking of another one, and it may count the same text differently. What
was charged stays charged; what is visible is weighed anew, so that the wire value still shows
the model what is left. The ratio is measured with the server's own count of the same messages
for both models; where it cannot count, the catalogue's tokenizer factors serve.
"""

import asyncio
from collections.abc import AsyncIterator

from tui.agent.flow import unless
from tui.agent.means import Means
from tui.claude.request import Preamble, build
from tui.session import events as ev
from tui.session.state import SessionState

PROBE: ev.JSON = {"role": "user", "content": [{"type": "text", "text": "."}]}
"""Ends what is counted, and stands alone for what comes before every conversation."""


async def switched(state: SessionState, means: Means) -> AsyncIterator[ev.Event]:
    """The rewrite that a new model needs before it reads the conversation; mostly nothing.

    Raises:
        Interrupted: the user did not want to wait; nothing was rewritten.
    """
    old, new = state.sent_model, state.model
    if not old or old == new or not state.conversation.messages:
        return
    ratio = await unless(means.desk.interrupt, lambda: _ratio(state, means, old, new))
    yield ev.Rewritten(
        reason="model",
        model=new,
        weights={key: round(n * ratio) for key, n in state.account.plain_weights().items()},
        before=state.context,
        after=round(state.context * ratio),
    )


async def _ratio(state: SessionState, means: Means, old: str, new: str) -> float:
    """How many tokens of the new model one of the old model is."""
    before, after = await asyncio.gather(_counted(state, means, old), _counted(state, means, new))
    if before and after:
        return after / before
    models = means.catalogue
    return models.model(new).tokenizer / models.model(old).tokenizer


async def _counted(state: SessionState, means: Means, id: str) -> int | None:
    """Tokens of the conversation as a model counts it; None where nobody can say."""
    assert state.preamble is not None, "a session has its preamble before its first turn"
    model, told = means.catalogue.model(id), Preamble(state.preamble.system, state.preamble.tools)
    messages = [message.to_json() for message in state.conversation.plain()]
    waiting = state.conversation.waiting
    last = waiting.message().to_json() if waiting else PROBE
    whole, bare = await asyncio.gather(
        means.line.count_tokens(build(model, told, [*messages, last])),
        means.line.count_tokens(build(model, told, [PROBE])),
    )
    return None if whole is None or bare is None else whole - bare
