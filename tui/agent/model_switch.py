"""A switch of the model: what the new one can read of the conversation, and how it counts it.

A model reads no thinking of another one, and it may count the same text differently. What
was charged stays charged; the program counts what is visible again, so that the wire value still
shows the model what is left. The ratio is measured with the server's own count of the same messages
for both models; where it cannot count, the catalogue's tokenizer factors serve.
"""

import asyncio
from collections.abc import Mapping

from tui.agent.budget_visibility import api_announces_budget
from tui.agent.concurrency import run_interruptible
from tui.agent.turn_context import Services, TurnContext
from tui.agent.turn_items import Emit
from tui.budget.wire_budget import WireBudget
from tui.claude.request import Preamble, RequestOptions, build_request
from tui.session import events as ev
from tui.session.state import SessionState

PROBE: ev.JSON = {"role": "user", "content": [{"type": "text", "text": "."}]}
"""Ends what the server counts; alone, it measures what comes before every conversation."""


async def rewrite_for_model(state: SessionState, ctx: TurnContext, emit: Emit) -> None:
    """Rewrite the conversation for a new model before it reads it; mostly there is nothing to do.

    Args:
        state: The session; its model is the new one.
        ctx: What the turn works with; the client counts tokens for it.
        emit: Takes the event of the rewrite.

    Raises:
        Interrupted: the user did not want to wait; nothing was rewritten.
    """
    old, new = state.sent_model, state.model
    if not old or old == new or not state.conversation.messages:
        return
    services, stop = ctx.services, ctx.services.inbox.interrupt
    ratio = await run_interruptible(stop, lambda: _token_ratio(state, services, old, new))
    weights = {key: round(n * ratio) for key, n in state.budget_account.plain_weights().items()}
    measured = 0
    if state.conversation.continues_turn:  # results wait, which are charged by estimate so far
        announced = api_announces_budget(state, services.catalogue.model(new), ctx.run)
        budget = state.wire_budget() if announced else None
        measured = await run_interruptible(
            stop, lambda: _measured(state, services, budget, weights)
        )
    await emit(
        ev.Rewritten(
            reason="model",
            model=new,
            weights=weights,
            measured=measured,
            before=state.context,
            after=measured or round(state.context * ratio),
        )
    )


async def _measured(
    state: SessionState, services: Services, budget: WireBudget | None, weights: Mapping[str, int]
) -> int:
    """Context tokens up to the last answer, as the server counts them for the new model.

    What waits behind it can then be measured by the next response. Without that answer and what
    follows the conversation can be counted, because its calls have their results then.

    Args:
        state: The session.
        services: Client and catalogue.
        budget: The task budget on the wire.
        weights: Tokens of what is visible, by ledger key, as the new model counts.

    Returns:
        0 where nobody can say.
    """
    assert state.preamble is not None, "a session has its preamble before its first turn"
    messages = state.conversation.plain_messages()
    spoken = [at for at, message in enumerate(messages) if message.role == "assistant"]
    if not spoken or not spoken[-1]:
        return 0
    answer = sum(weights.get(key, 0) for key in messages[spoken[-1]].keys)
    told = Preamble(state.preamble.system, state.preamble.tools)
    before = [message.to_json() for message in messages[: spoken[-1]]]
    model = services.catalogue.model(state.model)
    request = build_request(model, told, before, RequestOptions(budget=budget))
    counted = await services.client.count_tokens(request)
    return 0 if counted is None else counted + answer


async def _token_ratio(state: SessionState, services: Services, old: str, new: str) -> float:
    """How many tokens of the new model one of the old model is."""
    before, after = await asyncio.gather(
        _counted_tokens(state, services, old), _counted_tokens(state, services, new)
    )
    if before and after:
        return after / before
    models = services.catalogue
    return models.model(new).tokenizer / models.model(old).tokenizer


async def _counted_tokens(state: SessionState, services: Services, id: str) -> int | None:
    """Tokens of the conversation as a model counts it; None where nobody can say."""
    assert state.preamble is not None, "a session has its preamble before its first turn"
    model, told = (
        services.catalogue.model(id),
        Preamble(state.preamble.system, state.preamble.tools),
    )
    messages = [message.to_json() for message in state.conversation.plain_messages()]
    waiting = state.conversation.pending
    last = waiting.to_message().to_json() if waiting else PROBE
    whole, bare = await asyncio.gather(
        services.client.count_tokens(build_request(model, told, [*messages, last])),
        services.client.count_tokens(build_request(model, told, [PROBE])),
    )
    return None if whole is None or bare is None else whole - bare
