"""The line under the composer: on the left where the user is, on the right one hint.

`ask · opus-5.5 med · ~/proj (main)             ⠹ working 12s ·   1.4k used     esc interrupt`

Neither side takes the place of the other. The left side is as long as the width allows,
whatever the right side says, and what gives way first is the same in every state. While something
goes on, its words begin in a column of their own, so that only figures change.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from textual.content import Content

from tui.number_format import format_countdown, format_duration, format_tokens, mark_estimate
from tui.widgets.line_widget import MUTED, LineWidget, flatten
from tui.widgets.ticker import Ticker

STARTING = "starting"
"""What goes on until a session is open."""
WORKING = "working"
"""What goes on from a prompt to its end, whether the model thinks, writes or a tool runs."""
RUNNING_COMMAND = "running your command"
COMPACTING = "compacting"
INTERRUPTING = "interrupting"
TRYING_AGAIN = "trying again"
PACED = "paced"
"""What goes on while a request waits for a rate limit of the account."""
WAITING_FOR_ANSWER = "waiting for you"
"""What goes on while the user is asked something: nothing turns meanwhile."""

_NO_WORK = frozenset({WAITING_FOR_ANSWER, PACED})
"""While these go on, the time of work stands still."""
_TIMED = frozenset({STARTING, WORKING, RUNNING_COMMAND, COMPACTING})

SPINNER_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
"""The spinner, one character a tick."""
WAITING_MARK = "●"
"""Stands where the spinner turns while the program waits for the user."""

SILENCE_SECONDS = 10.0
"""Seconds without a byte of an answer after which the line says so; the API sends pings."""
FIGURES_AFTER = 3.0
"""Seconds of work from which on the line says how long it takes, and what it used."""

RIGHT_CELLS = 45
"""Cells that belong to the right side: work with its figures, and the key that interrupts it."""
LEFT_CELLS = 33
"""Cells that the left side keeps before the right side has all of its own."""
_GAP = 2
"""Blank cells between the sides, at least."""

_MODES = {"ask": "", "edits": "bold", "plan": "bold", "auto": "bold $warning"}
"""How loud a permission mode is: the more goes ahead unasked, the louder."""
_EFFORTS = {"medium": "med"}
"""Efforts in fewer letters."""


class Hint(NamedTuple):
    """A key and what it does, as the keymap has it now."""

    key: str
    """As people write it: `esc`, `ctrl+o`."""
    label: str


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line shows."""

    mode: str = "ask"
    """The permission mode: ask, edits, plan, auto."""
    sandbox: str = ""
    """What holds commands: `files, network`, `off`; empty while that is not known."""
    model: str = ""
    """Short name."""
    effort: str = ""
    """Its effort level; empty for a model without one."""
    simulated: bool = False
    """Whether the simulator answers in the model's place."""
    folder: str = ""
    """With the home folder as `~`."""
    branch: str = ""
    activity: str = ""
    """What goes on, in a few words such as `WORKING`. Empty while idle."""
    until: float | None = None
    """When what is waited for comes, in seconds of the line's clock: a retry, the next request."""
    rate_left: str = ""
    """While `PACED`: what is left of the limit that is waited for."""
    hints: tuple[Hint, ...] = ()
    """Most useful first; the last give way."""
    below: str = ""
    """What there is to say of output out of sight: it comes before the hints."""
    notice: str = ""
    """A sentence for a moment, such as `press ctrl+c again to quit`: it has the right side."""


class StatusLine(LineWidget):
    """One line; moves only while something goes on."""

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
        self._began = 0.0
        """When the work began, moved by the time in which it waited for the user."""
        self._waits_since = 0.0
        self._used, self._estimated = 0, False

    @property
    def is_paced(self) -> bool:
        """Whether it says that a request waits for a rate limit."""
        return self._status.activity == PACED

    def note_server_activity(self, at: float | None) -> None:
        """The server was heard of; after `SILENCE_SECONDS` without a byte the line says so.

        Args:
            at: When, in seconds of the line's clock, in the future during a pause before a retry;
                None while nothing is expected of it.
        """
        self._last_heard = at

    def note_tokens(self, used: int, *, estimated: bool) -> None:
        """So many tokens were used since the prompt; shown with the next tick.

        Args:
            used: Tokens.
            estimated: Whether a part of them is an estimate.
        """
        self._used, self._estimated = used, estimated

    def show(self, status: Status) -> None:
        """Show `status`; the spinner turns while the program has an activity of its own."""
        if status == self._status:
            return
        self._time_work(self._status.activity, status.activity)
        self._status = status
        self.rebuild()
        if self.is_mounted:
            self._start_or_stop_ticking()

    def _time_work(self, before: str, now: str) -> None:
        """Let the time of work begin, stand still while nobody works, and go on."""
        if now == before:
            return
        if before in ("", STARTING):
            self._began = self._now()
        elif before in _NO_WORK:
            self._began += self._now() - self._waits_since
        if now in _NO_WORK:
            self._waits_since = self._now()

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

    def fits(self, notice: str) -> bool:
        """Whether a notice can be read in full beside the left side as it is."""
        left = self._left(self.size.width)
        cells = Content(flatten(notice, 200)).cell_length + _GAP
        return left.cell_length + cells <= self.size.width

    def _left(self, width: int) -> Content:
        """Where the user is, whatever the right side says."""
        room = width - _reserved(width) - _GAP
        return _location(self._status, room).truncate(width, ellipsis=True)

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The status as one line."""
        status = self._status
        notice = Content(flatten(status.notice, 200))
        left = self._left(width)
        room = max(0, width - left.cell_length - _GAP)
        right = (
            notice.truncate(room, ellipsis=True) if notice else self._right(_reserved(width), room)
        )
        gap = width - left.cell_length - right.cell_length
        return [Content.assemble(left, " " * gap, right)]

    def _right(self, cells: int, room: int) -> Content:
        """What goes on, and the keys that help.

        Args:
            cells: Those that belong to this side: what goes on begins with the first of them.
            room: Cells there are.
        """
        first, *others = _hints(self._status) or [Content("")]
        # A wait is no figure among others that keep their places: it takes what room there is.
        most = room if self._status.activity == PACED else cells
        work = self._work(lambda form: form.cell_length + _with_gap(first) <= most)
        if work.cell_length + _with_gap(first) > room:
            return work.truncate(room, ellipsis=True)
        hints = first
        for hint in others:
            longer = _joined(hints, hint)
            if work.cell_length + _with_gap(longer) > (cells if work else room):
                break
            hints = longer
        if not work:
            return hints
        gap = max(_GAP if hints else 0, cells - work.cell_length - hints.cell_length)
        return Content.assemble(work, " " * gap, hints)

    def _work(self, fits: Callable[[Content], bool]) -> Content:
        """What goes on, in its longest form that fits, else in the shortest."""
        activity = self._status.activity
        if not activity:
            return Content("")
        if activity == WAITING_FOR_ANSWER:
            return Content.styled(f"{WAITING_MARK} {activity}", "$warning")
        form = Content("")
        for words in self._work_forms(flatten(activity, 60)):
            form = Content.assemble((SPINNER_FRAMES[self._frame], MUTED), " ", words)
            if fits(form):
                break
        return form

    def _work_forms(self, words: str) -> Iterator[str]:
        """What goes on with what there is to say of it, the longest form first."""
        now, until = self._now(), self._status.until
        silent = 0.0 if self._last_heard is None else now - self._last_heard
        took = now - self._began
        if words == PACED and until is not None:
            yield from _paced_forms(self._status.rate_left, until - now)
        elif until is not None and now < until:
            yield f"{words} in {format_countdown(until - now)}"
        elif silent >= SILENCE_SECONDS:
            yield f"no answer for {int(silent)}s"
        elif words in _TIMED and took >= FIGURES_AFTER:
            # Figures grow within their places: two digits, and minutes beside seconds.
            long = format_duration(took).rjust(3 if took < 60 else 6)
            timed = f"{words} {long if took < 600 else long.split()[0].rjust(6)}"
            if self._used and words == WORKING:
                used = mark_estimate(format_tokens(self._used), self._estimated).rjust(6)
                yield f"{timed} · {used} used"
                yield f"{timed} · {used}"
            yield timed
        yield words


def _reserved(width: int) -> int:
    """Cells of the right side in a row of `width` cells."""
    return min(RIGHT_CELLS, max(width // 2, width - LEFT_CELLS))


def _paced_forms(rate_left: str, seconds: float) -> Iterator[str]:
    """That a request waits for a rate limit, the longest form first."""
    when = format_countdown(seconds)
    yield f"{PACED}: {rate_left}, next request in {when}"
    yield f"{PACED} {when} · {rate_left}"
    yield f"{PACED}: next request in {when}"
    yield f"{PACED} {when}"


def _with_gap(hints: Content) -> int:
    """Cells of hints behind something else."""
    return hints.cell_length + _GAP if hints else 0


def _hints(status: Status) -> list[Content]:
    """The hints, most useful first."""
    below = [Content(flatten(status.below, 60))] if status.below else []
    keys = [Content.assemble((hint.key, "bold"), " ", (hint.label, MUTED)) for hint in status.hints]
    return [*below, *keys]


def _location(status: Status, room: int) -> Content:
    """Where the user is: mode, model, folder, what holds commands, as far as it fits into `room`.

    First the way to the folder gives way, then the sandbox, the branch, the folder, the effort and
    the model. That no model answers, and that commands run unasked with nothing to hold them,
    never gives way.
    """
    mode = Content.styled(status.mode, _MODES.get(status.mode, ""))
    sandbox = f"sandbox: {status.sandbox}" if status.sandbox else ""
    if status.mode == "auto" and status.sandbox == "off":
        mode, sandbox = _joined(mode, Content.styled(sandbox, "bold $error")), ""
    simulated = "simulated" if status.simulated else ""
    effort = _EFFORTS.get(status.effort, status.effort) if status.model else ""
    plain = " ".join(filter(None, (simulated, status.model)))
    model = f"{plain} {effort}".strip()
    folder = flatten(status.folder, 200)
    branch = f" ({flatten(status.branch, 80)})" if status.branch else ""
    short = f"…/{folder.rpartition('/')[2]}"
    short = short if len(short) < len(folder) else folder
    forms = (
        (model, folder + branch, sandbox),
        (model, short + branch, sandbox),
        (model, folder + branch),
        (model, short + branch),
        (model, short),
        (model,),
        (plain,),
        (simulated,),
    )
    location = mode
    for form in forms:
        location = _joined(mode, *(Content.styled(part, MUTED) for part in form))
        if location.cell_length <= room:
            break
    return location


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
        self.status = Status(activity=STARTING, folder=short_folder(folder))
        """What the line shows now."""

    def change(self, **changes: object) -> None:
        """Change fields of the `Status`; the hints follow."""
        if (hints := self._hints()) is not None:
            changes["hints"] = hints
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.show()

    def take_back(self, notice: str) -> None:
        """Take a notice back, unless another one has replaced it."""
        if self.status.notice == notice:
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
