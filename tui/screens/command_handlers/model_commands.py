"""Commands about the model and its effort, with what a change costs."""

from typing import TYPE_CHECKING

from tui.reports.cache_cost_text import cache_cost_sentence, effort_change_note, model_change_note
from tui.screens.command_handlers.command_arguments import parse_effort, parse_model
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.session import events as ev
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.claude.catalogue import Model
    from tui.screens.chat import ChatScreen

EFFORT_WORDS = {
    "low": "quick, for small and clear tasks",
    "medium": "balanced",
    "high": "thorough",
    "xhigh": "deep, for hard decisions",
    "max": "as deep as possible",
}


@handles_in_session("effort.choose", parse_effort)
async def effort(chat: "ChatScreen", session: "OpenSession", level: str | None) -> None:
    """Choose how deep the model works."""
    levels = session.model.efforts
    if not levels:
        chat.show_notice(f"{session.model.name} has no effort levels.")
        return
    if level is None:
        options = [Option(each, each, EFFORT_WORDS[each]) for each in levels]
        note = effort_change_note(session)
        costs = "is" if note.startswith("free") else "costs"
        title = f"Effort · changing it {costs} {note}" if note else "Effort"
        level = await chat.choose(title, options, session.model.effort(session.state.effort))
    if level is not None:
        await change_effort(chat, session, level)


async def change_effort(chat: "ChatScreen", session: "OpenSession", level: str) -> None:
    """Work at another effort from now on, if the model has that level."""
    if level not in session.model.efforts:
        chat.show_notice(effort_levels_sentence(session.model), "error")
    elif level != session.model.effort(session.state.effort):
        await _record(chat, session, ev.EffortChanged(effort=level))
    else:
        chat.show_notice(f"The effort is {level} already.")


def effort_levels_sentence(model: "Model") -> str:
    """Which levels a model has, for a sentence about one that it has not."""
    if not model.efforts:
        return f"{model.name} has no effort levels."
    return f"{model.name} has the levels {', '.join(model.efforts)}."


@handles_in_session("effort.up")
async def raise_effort(chat: "ChatScreen", session: "OpenSession") -> None:
    """Raise the effort by one level."""
    await _step(chat, session, 1)


@handles_in_session("effort.down")
async def lower_effort(chat: "ChatScreen", session: "OpenSession") -> None:
    """Lower the effort by one level."""
    await _step(chat, session, -1)


async def _step(chat: "ChatScreen", session: "OpenSession", by: int) -> None:
    levels: tuple[str, ...] = session.model.efforts
    now = session.model.effort(session.state.effort)
    if now is None:
        return
    at = levels.index(now) + by
    if 0 <= at < len(levels):
        await _record(chat, session, ev.EffortChanged(effort=levels[at]))


async def _record(
    chat: "ChatScreen", session: "OpenSession", change: ev.EffortChanged | ev.ModelChanged
) -> None:
    """Say what a change costs, then make it: nothing is sent before the next prompt."""
    if price := cache_cost_sentence(session, change):
        chat.show_notice(price, "warning")
    await chat.record_events(change)


@handles_in_session("model.choose", parse_model)
async def model(chat: "ChatScreen", session: "OpenSession", wanted: "Model | None") -> None:
    """Choose the model; says what the change costs."""
    if wanted is None:
        options = [
            Option(
                each.id,
                each.name,
                "can see a budget" if each.task_budget else "cannot see a budget",
                model_change_note(session, each),
            )
            for each in session.catalogue.models.values()
        ]
        chosen = await chat.choose("Model", options, session.model.id)
        if chosen is None:
            return
        wanted = session.catalogue.model(chosen)
    await change_model(chat, session, wanted)


async def change_model(chat: "ChatScreen", session: "OpenSession", wanted: "Model") -> None:
    """Work with another model from now on."""
    if wanted.id != session.state.model:
        await _record(chat, session, ev.ModelChanged(model=wanted.id, effort=wanted.default_effort))
    else:
        chat.show_notice(f"The model is {wanted.name} already.")
