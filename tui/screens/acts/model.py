"""Commands about the model and its effort, with what a change costs."""

from decimal import Decimal
from typing import TYPE_CHECKING

from tui.screens.acts.act import act
from tui.session import events as ev
from tui.widgets.numbers import dollars, tokens
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.screens.chat import ChatScreen

EFFORT_WORDS = {
    "low": "quick, for clear and small work",
    "medium": "balanced",
    "high": "thorough",
    "xhigh": "deep, for judgement",
    "max": "as deep as it goes",
}


@act("effort.choose")
async def effort(chat: "ChatScreen", args: str) -> None:
    """Choose how deep the model works."""
    opened = chat.opened
    if opened is None:
        return
    levels = opened.model.efforts
    if not levels:
        chat.say_notice(f"{opened.model.name} has no effort levels.")
        return
    level = args.lower()
    if not level:
        options = [Option(each, each, EFFORT_WORDS[each]) for each in levels]
        chosen = await chat.choose("Effort", options, opened.model.effort(opened.state.effort))
        if chosen is None:
            return
        level = chosen
    if level not in levels:
        chat.say_notice(f"{opened.model.name} has the levels {', '.join(levels)}.", "error")
    elif level != opened.model.effort(opened.state.effort):
        await chat.record(ev.EffortChanged(effort=level))


@act("effort.up")
async def up(chat: "ChatScreen", args: str) -> None:
    """One level more."""
    await _step(chat, 1)


@act("effort.down")
async def down(chat: "ChatScreen", args: str) -> None:
    """One level less."""
    await _step(chat, -1)


async def _step(chat: "ChatScreen", by: int) -> None:
    if chat.opened is None:
        return
    levels: tuple[str, ...] = chat.opened.model.efforts
    now = chat.opened.model.effort(chat.opened.state.effort)
    if now is None:
        return
    at = levels.index(now) + by
    if 0 <= at < len(levels):
        await chat.record(ev.EffortChanged(effort=levels[at]))


@act("model.choose")
async def model(chat: "ChatScreen", args: str) -> None:
    """Choose the model; says what the change costs."""
    opened = chat.opened
    if opened is None:
        return
    wanted = args
    if not wanted:
        options = [
            Option(each.id, each.name, "sees a budget" if each.task_budget else "sees no budget")
            for each in opened.catalogue.models.values()
        ]
        note = rebuild_note(opened)
        chosen = await chat.choose(f"Model · {note}" if note else "Model", options, opened.model.id)
        if chosen is None:
            return
        wanted = chosen
    found = opened.catalogue.get(wanted) or opened.catalogue.get(f"claude-{wanted}")
    if found is None:
        chat.say_notice(f"There is no model {wanted} in the catalogue; /model lists them.", "error")
    elif found.id != opened.state.model:
        await chat.record(ev.ModelChanged(model=found.id, effort=found.default_effort))


def rebuild_note(opened: "Opened") -> str:
    """What throwing the conversation out of the prompt cache costs; empty while it is empty."""
    context = opened.state.context
    if not context:
        return ""
    price = rebuild_price(opened)
    money = f", ≈ {dollars(price)}" if price is not None else ""
    return f"≈ {tokens(context)} tokens re-read uncached{money}"


def rebuild_price(opened: "Opened") -> Decimal | None:
    """Dollars for reading the whole context anew instead of from the cache."""
    from tui.claude.pricing import rates_for
    from tui.screens.moments import today

    context = opened.state.context
    rates = rates_for(opened.model, today(opened.driver.means.now()), context)
    if rates is None:
        return None
    return context * (rates.cache_write_5m - rates.cache_read) / 1_000_000
