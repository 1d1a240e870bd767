"""What a turn begins with: the prompt, and the notes that stand around it."""

from collections.abc import Sequence

from tui.agent import model_notes
from tui.agent.budget_visibility import api_announces_budget
from tui.agent.cache_cost import can_announce_effort, dropped_tokens_notices
from tui.agent.model_switch import rewrite_for_model
from tui.agent.tools.tool_estimate import estimate_tokens
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.budget.image_tokens import image_tokens
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
    dropped = state.dropped_tokens
    await emit(*_opening_events(state, ctx, prompt, content))
    await emit(*dropped_tokens_notices(state, ctx, dropped))
    await rewrite_for_model(state, ctx, emit)


def _opening_events(
    state: SessionState, ctx: TurnContext, prompt: str, content: Sequence[ev.JSON]
) -> list[ev.Event]:
    model = ctx.catalogue.model(state.model)
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
    if state.grant is not None and not api_announces_budget(state, ctx, model):
        left = state.grant if state.envelope and state.envelope.scope == "turn" else state.left
        events.append(model_notes.countdown(left or 0, state.grant))
    return events


def _block_tokens(block: ev.JSON) -> int:
    if block.get("type") == "image":
        return image_tokens(block)
    return estimate_tokens(block.get("text", ""))
