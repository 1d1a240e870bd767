"""The small pane between transcript and composer, for what is live: one thing at a time.

A reached limit comes before questions, a question before running tools, and all of them before
the landing block of the last turn; what waits is counted, not stacked. The pane is as tall as what
it shows, at most 80 % of the screen, and hidden when there is nothing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer

from tui.number_format import format_duration
from tui.reports.cache_cost_text import CacheStake
from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.sanitize import clean_line, cut_between_words
from tui.session.events import PermissionAsked
from tui.widgets.cache_countdown import CacheCountdown
from tui.widgets.line_widget import MUTED, LineWidget, flatten
from tui.widgets.status_line import SPINNER_FRAMES
from tui.widgets.ticker import Ticker, certain
from tui.widgets.transcript.tool_blocks import BELOW, INDENT
from tui.widgets.transcript.transcript_blocks import MAX_PROSE_CELLS

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustQuestion
    from tui.reports.landing_block import BlockAction, LandingBlock
    from tui.widgets.landing_view import LandingView
    from tui.widgets.limit_question import LimitAsked
    from tui.widgets.offer_question import Offer
    from tui.widgets.permission_question import PermissionQuestion
    from tui.widgets.question_prompt import QuestionPrompt
    from tui.widgets.question_view import Question

SHOW_TOOL_SECONDS = 0.5
"""Seconds a tool runs before it is shown: what is over at once must not move the screen."""

PROMPT_ORDER = ("trust", "limit", "prompt", "offer")
"""Kinds of questions by the context of their keys, the most urgent first."""

TAIL_LINES = 5
"""Lines of a tool's output that are shown while it runs."""
SHORT = 60
"""Characters of a tool and its subject, where others run beside it."""


@dataclass(frozen=True, slots=True)
class RunningTool:
    """A tool that runs now."""

    tool_use: str
    name: str
    subject: str
    started: float
    """Seconds of the pane's clock."""
    tail: tuple[str, ...] = ()
    """The last lines of its output so far."""


class RunningTools(LineWidget):
    """The tool that has run longest, with the end of its output; the others are counted."""

    # The columns of the transcript: a margin left, one right, and the scroll bar.
    DEFAULT_CSS = "RunningTools { height: auto; padding: 0 2 0 3; }"

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._now = clock
        self._tools: tuple[RunningTool, ...] = ()
        self._frame = 0

    def show(self, tools: Sequence[RunningTool]) -> None:
        """Show `tools`; seconds count while there are any."""
        self._tools = tuple(sorted(tools, key=lambda tool: tool.started))
        ticker = Ticker.of(self.app)
        if self._tools:
            ticker.join(self._spin)
        else:
            ticker.leave(self._spin)
        self.rebuild()

    def on_unmount(self) -> None:
        """Leave the shared clock."""
        Ticker.of(self.app).leave(self._spin)

    def _spin(self) -> None:
        self._frame = (self._frame + 1) % len(SPINNER_FRAMES)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Name, subject and seconds; the output so far; how many others run."""
        if not self._tools:
            return []
        tool, *others = self._tools
        rows = [self._head(tool, min(width, MAX_PROSE_CELLS))]
        rows += [
            _cut(f"{' ' * BELOW}▏ {clean_line(line, width)}", width)
            for line in tool.tail[-TAIL_LINES:]
        ]
        if others:
            more = f"{' ' * INDENT}and {len(others)} more: "
            rows.append(_cut(more + _named(others, width - len(more)), width))
        return rows

    def _head(self, tool: RunningTool, width: int) -> Content:
        """The line it will have in the transcript, with seconds instead of tokens."""
        seconds = Content.styled(f"  {format_duration(self._now() - tool.started)}", MUTED)
        left = Content.assemble(
            (SPINNER_FRAMES[self._frame], "$accent"),
            " ",
            (flatten(tool.name, 40), "bold"),
            " ",
            flatten(tool.subject, 400),
        )
        room = max(0, width - seconds.cell_length)
        return Content.assemble(left.truncate(room, ellipsis=True), seconds)


def _named(tools: Sequence[RunningTool], room: int) -> str:
    """Tools and what they work on, as many as have room, the first one in any case."""
    lines = (clean_line(f"{each.name} {each.subject}", 4 * SHORT) for each in tools)
    first, *others = (cut_between_words(line, SHORT) for line in lines)
    named = first
    for other in others:
        if len(f"{named}, {other}") > room:
            break
        named = f"{named}, {other}"
    return named


def _cut(line: str, width: int) -> Content:
    return Content.styled(line, MUTED).truncate(width, ellipsis=True)


class LivePane(Vertical):
    """Shows a limit, else the first question, an offer, running tools, a landing, or nothing."""

    DEFAULT_CSS = """
    LivePane { height: auto; max-height: 80vh; display: none; }
    LivePane.-live { display: block; }
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        labels: KeyLabels = default_key_labels,
        id: str | None = None,
    ) -> None:
        """Args:
        clock: In seconds: tools' `started` is read by it.
        labels: The keys of commands, for the answers of questions.
        """
        super().__init__(id=id)
        self._now = clock
        self._labels = labels
        self._running_tools: RunningTools | None = None
        self._prompts: dict[str, QuestionPrompt] = {}
        """By the context of their keys; none is made before its first question."""
        self._permission: PermissionQuestion | None = None
        """The permission asked about last: how far its preview was looked at is kept."""
        self.check_rule: Callable[[str, str], str] = lambda tool_use, rule: ""
        """Says why a rule that the user wrote does not fit a call; empty where it does."""
        self._cache_countdown: CacheCountdown | None = None
        self._stake: CacheStake | None = None
        self._landing_view: LandingView | None = None
        self._landing: LandingBlock | None = None
        self._asking = False
        self._tools: tuple[RunningTool, ...] = ()
        self._show_timer: Timer | None = None

    @property
    def question(self) -> "QuestionPrompt | None":
        """The question on screen, if there is one."""
        return next((each for each in self._in_order() if each.display), None)

    @property
    def landing_actions(self) -> "tuple[BlockAction, ...]":
        """What the landing block on screen offers; nothing while there is none."""
        return self._landing_view.actions if self._landing_view is not None else ()

    def _in_order(self) -> "list[QuestionPrompt]":
        """The prompts, the most urgent first."""
        return [self._prompts[each] for each in PROMPT_ORDER if each in self._prompts]

    def show(
        self,
        *,
        tools: Sequence[RunningTool] = (),
        asked: Sequence[PermissionAsked] = (),
        limit: "LimitAsked | None" = None,
        offer: "Offer | None" = None,
        landing: "LandingBlock | None" = None,
        stake: CacheStake | None = None,
        take_focus: bool = False,
    ) -> None:
        """Show what is live now.

        Args:
            tools: Those at work.
            asked: Questions not yet answered, the oldest first: it is the one shown.
            limit: A reached limit, till somebody says how it goes on.
            offer: What is offered between two turns.
            landing: The landing block of the last turn, while the user has not gone on.
            stake: What waiting with an answer costs, where it costs anything.
            take_focus: Whether a question may take the keys: pass whether the composer is
                empty. Otherwise it waits for Tab, and a draft loses no letter to it.
        """
        self._asking = bool(asked or limit or offer)
        self._stake = stake if self._asking else None
        self._show_limit(limit, take_focus)
        self._show_permission(() if limit else asked, take_focus)
        self._show_offer(None if asked or limit else offer, take_focus)
        self._show_stake(self._stake)
        self._tools = () if self._asking else tuple(tools)
        self._landing = landing
        self._show_tools()

    def ask_trust(self, asked: "TrustQuestion | None", *, take_focus: bool = False) -> None:
        """Ask whether a folder is trusted, above everything else; None: that is answered.

        Args:
            asked: The question.
            take_focus: Whether it may take the keys, as for `show`.
        """
        if asked:
            from tui.widgets.trust_question import FolderTrustQuestion

            self._ask(FolderTrustQuestion(asked), take_focus, before=0 if self.children else None)
        else:
            self._withdraw("trust")
        self._show_tools()

    def _show_limit(self, limit: "LimitAsked | None", take_focus: bool) -> None:
        if limit:
            # Not before the first limit: the first frame has no use for it.
            from tui.widgets.limit_question import LimitQuestion

            self._ask(LimitQuestion(limit), take_focus, before=self._cache_countdown)
        else:
            self._withdraw("limit")

    def _show_offer(self, offer: "Offer | None", take_focus: bool) -> None:
        if offer:
            from tui.widgets.offer_question import OfferQuestion

            self._ask(OfferQuestion(offer), take_focus)
        else:
            self._withdraw("offer")

    def _show_permission(self, asked: Sequence[PermissionAsked], take_focus: bool) -> None:
        if asked:
            from tui.widgets.permission_question import PermissionQuestion

            if self._permission is None or self._permission.subject != asked[0]:
                self._permission = PermissionQuestion(asked[0], self.check_rule)
            self._permission.waiting = len(asked) - 1
            self._ask(self._permission, take_focus, before=self._cache_countdown)
        elif "prompt" in self._prompts:
            self._prompts["prompt"].display = False

    def _ask(
        self, question: "Question", take_focus: bool, before: "int | CacheCountdown | None" = None
    ) -> None:
        """Ask a question in the prompt of its kind, which is made for the first one.

        Args:
            question: What is asked.
            take_focus: Whether it may take the keys.
            before: Where a new prompt goes; None at the end.
        """
        from tui.widgets.question_prompt import QuestionPrompt

        kind = question.kind
        prompt = self._prompts.get(kind.context)
        if prompt is None:
            prompt = QuestionPrompt(kind, clock=self._now, labels=self._labels)
            self._prompts[kind.context] = prompt
            self.mount(prompt, before=before)
        prompt.display = True
        prompt.ask(question, take_focus=take_focus, rows_below=1 if self._stake else 0)

    def _withdraw(self, context: str) -> None:
        prompt = self._prompts.get(context)
        if prompt is not None:
            prompt.display = False
            prompt.withdraw()

    def _show_stake(self, stake: CacheStake | None) -> None:
        if stake is not None and self._cache_countdown is None:
            self._cache_countdown = CacheCountdown(self._now)
            self.mount(self._cache_countdown)
        if self._cache_countdown is not None:
            self._cache_countdown.show(stake)

    def _show_tools(self) -> None:
        """Show the tools once one has run for a while: most are done before that."""
        if self._show_timer is not None:
            self._show_timer.stop()
            self._show_timer = None
        longest = max((self._now() - tool.started for tool in self._tools), default=0.0)
        shown = self._tools if longest >= SHOW_TOOL_SECONDS else ()
        if self._tools and not shown:
            left = SHOW_TOOL_SECONDS - longest
            self._show_timer = certain(self.set_timer(left, self._show_tools))
        trust = self._prompts.get("trust")
        asking = self._asking or (trust is not None and trust.display)
        landing = None if asking or shown else self._landing
        self.set_class(asking or bool(shown) or landing is not None, "-live")
        self._show_landing(landing)
        if shown and self._running_tools is None:
            self._running_tools = RunningTools(self._now)
            self.mount(self._running_tools)
        if self._running_tools is not None:
            self._running_tools.display = bool(shown)
            self._running_tools.show(shown)

    def _show_landing(self, block: "LandingBlock | None") -> None:
        if block is not None and self._landing_view is None:
            from tui.widgets.landing_view import LandingView

            self._landing_view = LandingView(self._labels)
            self.mount(self._landing_view)
        if self._landing_view is not None:
            self._landing_view.show(block)
