"""How a turn begins: the prompt, and the notes around it."""

from collections.abc import Sequence

from tui.agent import model_notes
from tui.agent.budget_visibility import api_announces_budget
from tui.agent.cache_cost import CacheCosts, can_announce_effort
from tui.agent.model_switch import rewrite_for_model
from tui.agent.plan_mode import mode_note, opening_grant
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.budget.image_tokens import image_tokens
from tui.budget.token_estimate import estimate_tokens
from tui.claude.catalogue import Model
from tui.session import events as ev
from tui.session.state import SessionState


async def open_turn(
    state: SessionState, ctx: TurnContext, emit: Emit, prompt: str, content: Sequence[ev.JSON]
) -> None:
    """Open the next turn, and make the conversation readable for its model.

    Args:
        state: The session.
        ctx: What the turn works with.
        emit: Takes the events.
        prompt: What the user typed.
        content: The content blocks to send; empty for the prompt as text.

    Raises:
        Interrupted: the user did not want to wait for another model's count; the turn is open.
    """
    grants = opening_grant(state, ctx.settings)
    if cost := CacheCosts(state, ctx).change_sentence(*grants) if grants else "":
        await emit(ev.NoticeShown(sentence=cost))
    await emit(*grants)
    dropped = state.dropped_tokens
    model = ctx.services.catalogue.model(state.model)
    by_notes = not api_announces_budget(state, model, ctx.run)
    await emit(*_opening_events(state, model, prompt, content, by_notes=by_notes))
    await emit(*CacheCosts(state, ctx).dropped_tokens_notices(dropped))
    await rewrite_for_model(state, ctx, emit)


def _opening_events(
    state: SessionState, model: Model, prompt: str, content: Sequence[ev.JSON], *, by_notes: bool
) -> list[ev.Event]:
    effort = model.effort(state.effort)
    blocks = tuple(content) or ({"type": "text", "text": prompt},)
    events: list[ev.Event] = []
    if state.announced_effort != effort and can_announce_effort(state, model):
        events.append(ev.EffortTold(effort=str(effort)))
    if state.partial_text:
        events.append(model_notes.cut_off(state.partial_text))
    estimate = sum(_block_tokens(block) for block in blocks)
    events.append(
        ev.PromptSubmitted(turn=state.turn + 1, text=prompt, content=blocks, estimate=estimate)
    )
    if state.grant is not None and by_notes:
        left = state.grant if state.envelope and state.envelope.scope == "turn" else state.left
        events.append(model_notes.countdown(left or 0, state.grant))
    return [*events, *mode_note(state)]


def _block_tokens(block: ev.JSON) -> int:
    if block.get("type") == "image":
        return image_tokens(block)
    return estimate_tokens(block.get("text", ""))
