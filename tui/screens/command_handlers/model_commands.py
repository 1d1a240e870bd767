"""Commands about the model and its effort, with what a change costs."""

from typing import TYPE_CHECKING

from tui.claude.model_names import find_model
from tui.reports.cache_cost_text import cache_cost_sentence, effort_change_note, model_change_note
from tui.screens.command_handlers.handler_registry import handles
from tui.session import events as ev
from tui.settings.amounts import quote_foreign
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.claude.catalogue import Model
    from tui.screens.chat import ChatScreen

EFFORT_WORDS = {
    "low": "quick, for clear and small work",
    "medium": "balanced",
    "high": "thorough",
    "xhigh": "deep, for judgement",
    "max": "as deep as it goes",
}


@handles("effort.choose")
async def effort(chat: "ChatScreen", args: str) -> None:
    """Choose how deep the model works."""
    opened = chat.session
    if opened is None:
        return
    levels = opened.model.efforts
    if not levels:
        chat.show_notice(f"{opened.model.name} has no effort levels.")
        return
    level = args.lower()
    if not level:
        options = [Option(each, each, EFFORT_WORDS[each]) for each in levels]
        note = effort_change_note(opened)
        title = f"Effort · a change: {note}" if note else "Effort"
        chosen = await chat.choose(title, options, opened.model.effort(opened.state.effort))
        if chosen is None:
            return
        level = chosen
    if level not in levels:
        chat.show_notice(effort_levels_sentence(opened.model), "error")
    elif level != opened.model.effort(opened.state.effort):
        await _record(chat, ev.EffortChanged(effort=level))
    else:
        chat.show_notice(f"The effort is {level} already.")


def effort_levels_sentence(model: "Model") -> str:
    """Which levels a model has, for a sentence about one that it has not."""
    if not model.efforts:
        return f"{model.name} has no effort levels."
    return f"{model.name} has the levels {', '.join(model.efforts)}."


@handles("effort.up")
async def raise_effort(chat: "ChatScreen", args: str) -> None:
    """One level more."""
    await _step(chat, 1)


@handles("effort.down")
async def lower_effort(chat: "ChatScreen", args: str) -> None:
    """One level less."""
    await _step(chat, -1)


async def _step(chat: "ChatScreen", by: int) -> None:
    if chat.session is None:
        return
    levels: tuple[str, ...] = chat.session.model.efforts
    now = chat.session.model.effort(chat.session.state.effort)
    if now is None:
        return
    at = levels.index(now) + by
    if 0 <= at < len(levels):
        await _record(chat, ev.EffortChanged(effort=levels[at]))


async def _record(chat: "ChatScreen", change: ev.EffortChanged | ev.ModelChanged) -> None:
    """Say what a change costs, then make it: nothing is sent before the next prompt."""
    if chat.session is not None and (price := cache_cost_sentence(chat.session, change)):
        chat.show_notice(price, "warning")
    await chat.record_events(change)


@handles("model.choose")
async def model(chat: "ChatScreen", args: str) -> None:
    """Choose the model; says what the change costs."""
    opened = chat.session
    if opened is None:
        return
    wanted = args
    if not wanted:
        options = [
            Option(
                each.id,
                each.name,
                "sees a budget" if each.task_budget else "sees no budget",
                model_change_note(opened, each),
            )
            for each in opened.catalogue.models.values()
        ]
        chosen = await chat.choose("Model", options, opened.model.id)
        if chosen is None:
            return
        wanted = chosen
    found = find_model(opened.catalogue, wanted)
    if found is None:
        chat.show_notice(unknown_model_sentence(wanted), "error")
    elif found.id != opened.state.model:
        await _record(chat, ev.ModelChanged(model=found.id, effort=found.default_effort))
    else:
        chat.show_notice(f"The model is {found.name} already.")


def unknown_model_sentence(name: str) -> str:
    """That the catalogue knows no such model."""
    return f"There is no model {quote_foreign(name)} in the catalogue; /model lists them."
