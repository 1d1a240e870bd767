"""The small pane between transcript and composer, for what is live: one thing at a time.

A reached limit comes before questions, and a question before running tools; what waits is
counted, not stacked. The pane is as tall as what it shows, most of the screen at the utmost,
and gone when there is nothing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer

from tui.session.events import PermissionAsked
from tui.widgets.bound import Labels, default_labels
from tui.widgets.cache_line import CacheLine, CacheStake
from tui.widgets.lines import MUTED, Lines, flat, spread
from tui.widgets.numbers import duration
from tui.widgets.status_line import FRAMES
from tui.widgets.ticker import Ticker
from tui.widgets.transcript.blocks import MEASURE
from tui.widgets.transcript.tools import NAME

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustQuestion
    from tui.widgets.limit_prompt import LimitPrompt
    from tui.widgets.limit_question import LimitAsked
    from tui.widgets.offer_prompt import Offer, OfferPrompt
    from tui.widgets.permission_prompt import PermissionPrompt
    from tui.widgets.trust_prompt import TrustPrompt

PATIENCE = 0.5
"""Seconds a tool runs before it is shown: what is over at once must not move the screen."""

TAIL_LINES = 5
"""Lines of a tool's output that are shown while it runs."""


@dataclass(frozen=True, slots=True)
class RunningTool:
    """A tool at work."""

    tool_use: str
    name: str
    subject: str
    started: float
    """Seconds of the pane's clock."""
    tail: tuple[str, ...] = ()
    """The last lines of its output so far."""


class RunningTools(Lines):
    """The tool that has run longest, with the end of its output; the others are counted."""

    # The columns of the transcript: a margin left, one right, and the scroll bar.
    DEFAULT_CSS = "RunningTools { height: auto; padding: 0 2 0 1; }"

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
            ticker.join(self._turn)
        else:
            ticker.leave(self._turn)
        self.rebuild()

    def on_unmount(self) -> None:
        """Leave nothing running."""
        Ticker.of(self.app).leave(self._turn)

    def _turn(self) -> None:
        self._frame = (self._frame + 1) % len(FRAMES)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Name, subject and seconds; the output so far; how many others run."""
        if not self._tools:
            return []
        tool, *others = self._tools
        rows = [self._head(tool, min(width, MEASURE))]
        rows += [
            Content.styled(f"  {flat(line, width)}", MUTED) for line in tool.tail[-TAIL_LINES:]
        ]
        if others:
            names = ", ".join(flat(f"{each.name} {each.subject}", 60) for each in others)
            rows.append(Content.styled(f"  and {len(others)} more: {names}", MUTED))
        return rows

    def _head(self, tool: RunningTool, width: int) -> Content:
        """The line it will have in the transcript, with seconds instead of tokens."""
        seconds = Content.styled(duration(self._now() - tool.started).rjust(7), MUTED)
        left = Content.assemble(
            (FRAMES[self._frame], "$accent"),
            " ",
            (flat(tool.name, 40).ljust(NAME - 1), "bold"),
            " ",
            flat(tool.subject, 400),
        )
        return spread(left, seconds, width)


class LivePane(Vertical):
    """Shows a reached limit, else the first question, an offer, the running tools, or nothing."""

    DEFAULT_CSS = """
    LivePane { height: auto; max-height: 80vh; display: none; }
    LivePane.-live { display: block; }
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        labels: Labels = default_labels,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Args:
        clock: In seconds: tools' `started` is read by it.
        labels: The keys of commands, for the answers of questions.
        """
        super().__init__(id=id, classes=classes)
        self._now = clock
        self._labels = labels
        self._at_work: RunningTools | None = None
        self._prompt: PermissionPrompt | None = None
        self._limit: LimitPrompt | None = None
        self._offer: OfferPrompt | None = None
        self._trust: TrustPrompt | None = None
        self._at_stake: CacheLine | None = None
        self._asking = False
        self._tools: tuple[RunningTool, ...] = ()
        self._later: Timer | None = None

    @property
    def prompt(self) -> "LimitPrompt | PermissionPrompt | OfferPrompt | TrustPrompt | None":
        """The question on screen, if there is one."""
        questions = (self._trust, self._limit, self._prompt, self._offer)
        return next((each for each in questions if each and each.display), None)

    def show(
        self,
        *,
        tools: Sequence[RunningTool] = (),
        asked: Sequence[PermissionAsked] = (),
        limit: "LimitAsked | None" = None,
        offer: "Offer | None" = None,
        stake: CacheStake | None = None,
        take_focus: bool = False,
    ) -> None:
        """Show what is live now.

        Args:
            tools: Those at work.
            asked: Questions not yet answered, the oldest first: it is the one shown.
            limit: A reached limit, till somebody says how it goes on.
            offer: What is offered between two turns.
            stake: What waiting with an answer costs, where it costs anything.
            take_focus: Whether a question may take the keys: pass whether the composer is
                empty. Otherwise it waits for Tab, and a draft loses no letter to it.
        """
        self._asking = bool(asked or limit or offer)
        self._show_limit(limit, take_focus)
        self._show_question(() if limit else asked, take_focus)
        self._show_offer(None if asked or limit else offer, take_focus)
        self._show_stake(stake if self._asking else None)
        self._tools = () if self._asking else tuple(tools)
        self._show_tools()

    def ask_trust(self, asked: "TrustQuestion | None", *, take_focus: bool = False) -> None:
        """Ask whether a folder is trusted, above everything else; None: that is answered.

        Args:
            asked: The question.
            take_focus: Whether it may take the keys, as for `show`.
        """
        if asked and self._trust is None:
            from tui.widgets.trust_prompt import TrustPrompt

            self._trust = TrustPrompt(clock=self._now, labels=self._labels)
            self.mount(self._trust, before=0 if self.children else None)
        if self._trust is None:
            return
        self._trust.display = asked is not None
        if asked:
            self._trust.ask(asked, take_focus=take_focus)
        else:
            self._trust.withdraw()
        self._show_tools()

    def _show_limit(self, limit: "LimitAsked | None", take_focus: bool) -> None:
        if limit and self._limit is None:
            # Not before the first limit, like the first question.
            from tui.widgets.limit_prompt import LimitPrompt

            self._limit = LimitPrompt(clock=self._now, labels=self._labels)
            self.mount(self._limit, before=self._at_stake)
        if self._limit is None:
            return
        self._limit.display = limit is not None
        if limit:
            self._limit.ask(limit, take_focus=take_focus)
        else:
            self._limit.withdraw()

    def _show_offer(self, offer: "Offer | None", take_focus: bool) -> None:
        if offer and self._offer is None:
            from tui.widgets.offer_prompt import OfferPrompt

            self._offer = OfferPrompt(clock=self._now, labels=self._labels)
            self.mount(self._offer)
        if self._offer is None:
            return
        self._offer.display = offer is not None
        if offer:
            self._offer.ask(offer, take_focus=take_focus)
        else:
            self._offer.withdraw()

    def _show_question(self, asked: Sequence[PermissionAsked], take_focus: bool) -> None:
        if asked and self._prompt is None:
            # Not before the first question: the first frame has no use for it.
            from tui.widgets.permission_prompt import PermissionPrompt

            self._prompt = PermissionPrompt(clock=self._now, labels=self._labels)
            self.mount(self._prompt, before=self._at_stake)
        if self._prompt is None:
            return
        self._prompt.display = bool(asked)
        if asked:
            self._prompt.ask(asked[0], len(asked) - 1, take_focus=take_focus)

    def _show_stake(self, stake: CacheStake | None) -> None:
        if stake is not None and self._at_stake is None:
            self._at_stake = CacheLine(self._now)
            self.mount(self._at_stake)
        if self._at_stake is not None:
            self._at_stake.show(stake)

    def _show_tools(self) -> None:
        """Show the tools once one has run for a while: most are done before that."""
        if self._later is not None:
            self._later.stop()
            self._later = None
        longest = max((self._now() - tool.started for tool in self._tools), default=0.0)
        shown = self._tools if longest >= PATIENCE else ()
        if self._tools and not shown:
            self._later = self.set_timer(PATIENCE - longest, self._show_tools)
        asking = self._asking or (self._trust is not None and self._trust.display)
        self.set_class(asking or bool(shown), "-live")
        if shown and self._at_work is None:
            self._at_work = RunningTools(self._now)
            self.mount(self._at_work)
        if self._at_work is not None:
            self._at_work.display = bool(shown)
            self._at_work.show(shown)
