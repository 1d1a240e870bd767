"""The line under the composer: mode, model, folder, what is going on, and which keys help.

`ask · opus-5.5 · sandbox: files, network · ~/proj (main)       ⠹ thinking · esc interrupt`
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from textual.content import Content

from tui.number_format import format_countdown, format_duration
from tui.widgets.line_widget import MUTED, LineWidget, flatten
from tui.widgets.ticker import Ticker

WAITING_FOR_ANSWER = "waiting for your answer"
"""What goes on while the user is asked something: nothing turns meanwhile."""

SPINNER_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
"""The spinner, one character a tick."""

SILENCE_SECONDS = 10.0
"""Seconds without a byte of an answer after which the line says so; the API sends pings."""
LONG_REQUEST_SECONDS = 10.0
"""Seconds from which on the line says how long a request takes."""

_NOTICE = 64
"""Cells of a notice that no hint may take."""

_FIRST_HINTS = 2
"""Hints that come before what holds commands."""

_MODES = {"ask": "", "edits": "$warning", "plan": "$accent", "auto": "bold $error"}
"""How loud a permission mode is: the more goes ahead unasked, the louder."""


class Hint(NamedTuple):
    """A key and what it does, as the keymap has it now."""

    key: str
    """As people write it: `esc`, `ctrl+o`."""
    label: str
    here: bool = False
    """Whether it is a key of the card under the cursor: it comes before what holds commands."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line shows."""

    mode: str = "ask"
    """The permission mode: ask, edits, plan, auto."""
    sandbox: str = ""
    """What holds commands: `files, network`, `off`; empty while that is not known."""
    model: str = ""
    """Short name."""
    simulated: bool = False
    """Whether the simulator answers in the model's place: said before anything else gives way."""
    folder: str = ""
    """With the home folder as `~`."""
    branch: str = ""
    activity: str = ""
    """What is going on: `thinking`, `connecting`, `running bash`. Empty while idle."""
    until: float | None = None
    """When what is waited for comes, in seconds of the line's clock: a retry."""
    since: float | None = None
    """When the request was sent that is waited for, in seconds of the line's clock; None: nothing
    is waited for whose time would be of interest."""
    hints: tuple[Hint, ...] = ()
    """Most useful first; the last give way."""
    notice: str = ""
    """A word that matters more than the folder, such as `press ctrl+c again to quit`."""


class StatusLine(LineWidget):
    """One line; moves only while something is going on."""

    DEFAULT_CSS = "StatusLine { height: 1; padding: 0 1; }"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        """`clock` is the one `Status.until` is read by."""
        super().__init__(id=id)
        self._status = Status()
        self._now = clock
        self._frame = 0
        self._last_heard: float | None = None

    def note_server_activity(self, at: float | None) -> None:
        """The server was heard of; after `SILENCE_SECONDS` without a byte the line says so.

        Args:
            at: When, in seconds of the line's clock, in the future during a pause before a retry;
                None while nothing is expected of it.
        """
        self._last_heard = at

    def show(self, status: Status) -> None:
        """Show `status`; the spinner turns while the program has an activity of its own."""
        if status == self._status:
            return
        self._status = status
        self.rebuild()
        if self.is_mounted:
            self._start_or_stop_ticking()

    def on_mount(self) -> None:
        """A status may have been shown before the line was mounted."""
        self._start_or_stop_ticking()

    def on_unmount(self) -> None:
        """Leave the shared clock."""
        Ticker.of(self.app).leave(self._spin)

    def _start_or_stop_ticking(self) -> None:
        ticker = Ticker.of(self.app)
        if self._status.activity not in ("", WAITING_FOR_ANSWER):
            ticker.join(self._spin)
        else:
            ticker.leave(self._spin)

    def _spin(self) -> None:
        self._frame = (self._frame + 1) % len(SPINNER_FRAMES)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The status as one line."""
        right = self._activity_words(width)
        for at, hint in enumerate(self._status.hints):
            longer = _joined(right, Content.assemble((hint.key, "bold"), " ", (hint.label, MUTED)))
            first = at < _FIRST_HINTS or hint.here
            least = self._least() if first else self._least_with_sandbox()
            if longer.cell_length + least + 2 > width:
                break
            right = longer
        left = self._location(width - right.cell_length - 2 if right else width)
        gap = width - left.cell_length - right.cell_length
        return [Content.assemble(left, " " * max(1, gap), right)]

    def _least(self) -> int:
        """Cells that hints leave to the left side."""
        status = self._status
        if status.notice:
            return min(_NOTICE, Content(flatten(status.notice, _NOTICE)).cell_length)
        held = len(f" · {_sandbox_words(status)}") if _is_unprotected(status) else 0
        return len(status.mode) + held + (len(" · simulated") if status.simulated else 0)

    def _least_with_sandbox(self) -> int:
        """Cells that the less useful hints leave to the left side."""
        status = self._status
        if status.notice or not status.sandbox or _is_unprotected(status):
            return self._least()
        return self._least() + len(f" · {status.model} · {_sandbox_words(status)}")

    def _activity_words(self, width: int) -> Content:
        status = self._status
        if not status.activity:
            return Content("")
        words = flatten(status.activity, 60)
        if status.until is not None and self._now() < status.until:
            words += f" in {format_countdown(status.until - self._now())}"
        elif (
            self._last_heard is not None
            and (silent := self._now() - self._last_heard) >= SILENCE_SECONDS
        ):
            words += f" · no answer for {int(silent)} s"
        elif (took := self._request_seconds()) >= LONG_REQUEST_SECONDS:
            words += f" {format_duration(took)}"
        going_on = Content.assemble((SPINNER_FRAMES[self._frame], "$accent"), " ", words)
        return going_on.truncate(max(0, width - len(status.mode) - 2), ellipsis=True)

    def _request_seconds(self) -> float:
        """Seconds since the request was sent; 0 where none is waited for."""
        since = self._status.since
        return 0.0 if since is None else self._now() - since

    def _location(self, room: int) -> Content:
        """Mode, model, folder and branch, as many as fit; a notice replaces the place."""
        status = self._status
        mode = Content.styled(status.mode, _MODES.get(status.mode, ""))
        sandbox = Content.styled(_sandbox_words(status), MUTED)
        if _is_unprotected(status):
            mode, sandbox = (
                _joined(mode, Content.styled(_sandbox_words(status), "bold $error")),
                Content(""),
            )
        model = Content.styled(status.model, MUTED)
        told = Content.styled("simulated" if status.simulated else "", "$warning")
        if told:
            model = Content.assemble(told, (f" {status.model}", MUTED))
        if status.notice:
            notice = Content.styled(flatten(status.notice, 200), "$warning")
            choices = [_joined(mode, notice), notice]
        else:
            folder = Content.styled(flatten(status.folder, 200), MUTED)
            branch = f" ({flatten(status.branch, 80)})" if status.branch else ""
            whole = folder + Content.styled(branch, MUTED) if branch else folder
            places = (whole, folder)
            choices = [_joined(mode, model, sandbox, place) for place in (*places, Content(""))]
            choices += [_joined(mode, model, place) for place in places]
            choices += [_joined(mode, model), _joined(mode, told), mode]
        fitting = (choice for choice in choices if choice.cell_length <= room)
        return next(fitting, choices[-1].truncate(max(0, room), ellipsis=True))


def _sandbox_words(status: Status) -> str:
    """What holds commands, in words."""
    return f"sandbox: {status.sandbox}" if status.sandbox else ""


def _is_unprotected(status: Status) -> bool:
    """Whether commands run unasked and nothing holds them: said before anything else."""
    return status.mode == "auto" and status.sandbox == "off"


def _joined(*parts: Content) -> Content:
    """The parts that say something, with a dot between."""
    return Content.styled(" · ", MUTED).join([part for part in parts if part])


class StatusReport:
    """The present state of the status line, changed part by part."""

    def __init__(
        self, line: StatusLine, folder: Path, hints: Callable[[], tuple[Hint, ...] | None]
    ) -> None:
        """Make it for one status line.

        Args:
            line: The widget.
            folder: The project folder.
            hints: The keys that help here and now; None while nobody can tell.
        """
        self._line = line
        self._hints = hints
        self.status = Status(activity="starting", folder=short_folder(folder))
        """What the line shows now."""
        self._notice = ""
        self._below = ""

    def change(
        self, *, notice: str | None = None, below: str | None = None, **changes: object
    ) -> None:
        """Change parts of the status line.

        Args:
            notice: A word for a moment, before all others; empty takes it back.
            below: What there is to say of output out of sight; empty when nothing is.
            changes: Fields of `Status`.
        """
        self._notice = self._notice if notice is None else notice
        self._below = self._below if below is None else below
        if (hints := self._hints()) is not None:
            changes["hints"] = hints
        changes["notice"] = self._notice or self._below
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.show()

    def take_back(self, notice: str) -> None:
        """Take a notice back, unless another one has replaced it."""
        if self._notice == notice:
            self.change(notice="")

    def show(self) -> None:
        """Show it as it is."""
        self._line.show(self.status)


def short_folder(folder: Path) -> str:
    """The folder with the home folder as `~`."""
    try:
        inside = folder.relative_to(Path.home())
    except (ValueError, RuntimeError):
        return str(folder)
    return "~" if str(inside) == "." else f"~/{inside.as_posix()}"
