"""Commands about the budget and what was paid."""

from typing import TYPE_CHECKING

from tui.budget.wire import Scope
from tui.screens import pages
from tui.screens.acts.act import act
from tui.screens.acts.granting import change_budget, change_scope
from tui.screens.going_on import go_on
from tui.session.cuts import BYS
from tui.session.own_report import enough_more
from tui.settings.assignment import AssignmentError, split_save
from tui.widgets.numbers import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.budget.meters import Meters
    from tui.screens.chat import ChatScreen
    from tui.settings.problems import Layer


@act("budget.show")
async def budget(chat: "ChatScreen", args: str) -> None:
    """Show the budget, or change it."""
    try:
        words, save = split_save(args)
    except AssignmentError as error:
        chat.say_notice(str(error), "error")
        return
    if not words and save is None:
        chat.say(pages.budget(chat.figures))
    elif words.split()[:1] == ["scope"]:
        await _scope(chat, words.split()[1:], save)
    elif await change_budget(chat, words, save) and words != "off":
        go_on(chat, extended=words.startswith("+"))


async def _scope(chat: "ChatScreen", words: list[str], save: "Layer | None") -> None:
    if words not in (["session"], ["turn"]):
        chat.say_notice("The scope is session or turn: /budget scope turn.", "error")
        return
    scope: Scope = "turn" if words == ["turn"] else "session"
    await change_scope(chat, scope, save)


@act("budget.extend")
def extend(chat: "ChatScreen", args: str) -> None:
    """Offer the command with a suggestion: the same one that is typed."""
    opened = chat.opened
    more = "100k"
    if opened is not None and opened.state.grant is not None:
        more = f"+{tokens(enough_more(opened.state, opened.driver.means.thresholds))}"
    chat.composer.propose(f"/budget {more}")
    chat.composer.focus()


@act("cost.show")
def cost(chat: "ChatScreen", args: str) -> None:
    """What this session cost, or its parts."""
    _meters(chat, args, pages.cost)


@act("usage.show")
def usage(chat: "ChatScreen", args: str) -> None:
    """The five meters, or those of its parts."""
    _meters(chat, args, pages.usage)


def _meters(chat: "ChatScreen", args: str, whole: "Callable[[Meters], str]") -> None:
    words = args.lower().split()
    by = next((each for each in BYS if words in ([each], ["by", each])), None)
    if not words:
        chat.say(whole(chat.figures))
    elif by is None:
        chat.say_notice(f"The meters can be taken apart by {', '.join(BYS)}.", "error")
    elif chat.view is not None:
        chat.say(pages.apart(chat.view.opened.state, chat.view.statement, by))


@act("context.show")
def context(chat: "ChatScreen", args: str) -> None:
    """What fills the context window."""
    if chat.opened is not None:
        chat.say(pages.context(chat.opened, chat.figures))


@act("wire.show")
def wire(chat: "ChatScreen", args: str) -> None:
    """The last request as it was sent, in this run or in one before."""
    from tui.agent.rebuilt import rebuilt
    from tui.screens.wire_page import earlier_page, wire_page

    opened = chat.opened
    if opened is None:
        return
    means = opened.driver.means
    if means.sent:
        chat.say(wire_page(list(means.sent)))
    else:
        chat.say(earlier_page(rebuilt(opened.records, means)))


@act("session.compact")
def compact(chat: "ChatScreen", args: str) -> None:
    """Shorten the conversation to a summary."""
    from tui.agent.compaction_price import compaction_sentence
    from tui.agent.limits import why_not_compact

    if chat.opened is None or not chat.opened.state.conversation.messages:
        chat.say_notice("There is nothing to shorten yet.")
        return
    state, means = chat.opened.state, chat.opened.driver.means
    if not why_not_compact(state, means):  # else the driver says so, and does nothing
        chat.say_notice(compaction_sentence(state, means))
    chat.compact(args)
