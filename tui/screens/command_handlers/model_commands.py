"""Commands about the model and its effort, with what a change costs."""

from typing import TYPE_CHECKING

from tui.reports.cache_cost_text import cache_cost_sentence, effort_change_note, switch_words
from tui.reports.model_list import model_list
from tui.screens.command_handlers.command_arguments import parse_effort, parse_model
from tui.screens.command_handlers.handler_registry import Started, handles_in_session
from tui.screens.command_handlers.setting_file import save_setting
from tui.session import events as ev
from tui.settings.problems import Layer
from tui.settings.settings_schema import SETTINGS_BY_KEY
from tui.widgets.model_panel import OTHERS, ModelChoice, ModelPanel, ModelSource
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
        chat.show_input_error(effort_levels_sentence(session.model))
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
def model(chat: "ChatScreen", session: "OpenSession", wanted: "Model | None") -> Started:
    """Choose the model, with its effort, or take the one named."""
    if wanted is not None:
        return change_model(chat, session, wanted)
    catalogue = session.catalogue

    def first_effort(id: str) -> str | None:
        model = catalogue.model(id)
        return (
            model.effort(session.state.effort) if id == session.model.id else model.default_effort
        )

    def take(choice: ModelChoice) -> None:
        work = _take_choice(chat, session, choice)
        chat.run_worker(work, group="act", exit_on_error=False)

    source = ModelSource(
        models=lambda: model_list(session, chat.usage_details.bill_lines),
        efforts=lambda id: catalogue.model(id).efforts if id != OTHERS else (),
        effort=first_effort,
        price=lambda id, effort: switch_words(session, id, effort),
    )
    chat.open_panel(ModelPanel(source, session.model.id, take))
    return None


async def _take_choice(chat: "ChatScreen", session: "OpenSession", choice: ModelChoice) -> None:
    """Work with what was chosen, and keep it as the default where that was asked for."""
    if choice.model != session.state.model:
        change = ev.ModelChanged(model=choice.model, effort=choice.effort)
        await _record(chat, session, change)
    elif choice.effort and choice.effort != session.model.effort(session.state.effort):
        await _record(chat, session, ev.EffortChanged(effort=choice.effort))
    if choice.keep:
        await save_setting(chat, session, SETTINGS_BY_KEY["model"], choice.model, Layer.USER)
        if choice.with_effort and choice.effort:
            await save_setting(chat, session, SETTINGS_BY_KEY["effort"], choice.effort, Layer.USER)


async def change_model(chat: "ChatScreen", session: "OpenSession", wanted: "Model") -> None:
    """Work with another model from now on."""
    if wanted.id != session.state.model:
        await _record(chat, session, ev.ModelChanged(model=wanted.id, effort=wanted.default_effort))
    else:
        chat.show_notice(f"The model is {wanted.name} already.")
