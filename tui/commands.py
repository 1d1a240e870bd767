"""Every command, as data: its id, its words, its keys, when it makes sense.

Key bindings, slash commands, the palette, the help page and the documentation are all read
from this one table. What a command does is written where it is done; nothing is done here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeVar

KeyContext = Literal[
    "app", "asked", "composer", "transcript", "prompt", "limit", "offer", "trust", "budget"
]
"""Where a key works: everywhere · while a question waits and the keys are elsewhere · while
writing · in the transcript · at a question · at a reached limit · at an offer · at the question
whether a folder is trusted · on a wrap-up card. The narrower one wins."""

HelpGroup = Literal[
    "Budget", "Session", "Model", "View", "Writing", "Transcript", "Question", "Program"
]
"""Headings of the help page."""

Availability = Literal["always", "idle", "running", "finding"]
"""When a command is on offer: always · between turns · while a turn runs · while a search in the
transcript is open."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do."""

    id: str
    """`namespace.action`; the name in `keybindings.toml`."""
    title: str
    """The name in the palette."""
    help: str
    """One line, without a full stop."""
    group: HelpGroup
    slash: tuple[str, ...] = ()
    """Slash names without the slash; the first is the name, the others are aliases."""
    keys: tuple[str, ...] = ()
    """Default keys, named as the screen library reports them: they work before any keymap is
    read. Keys pressed one after the other are separated by a space."""
    context: KeyContext = "app"
    args: str = ""
    """What may follow the slash name, for the hint; empty: nothing may."""
    when: Availability = "always"
    needs_session: bool = False
    """Whether it is about the session that is open, and waits for one."""
    palette: bool = True
    """Whether the palette lists it."""
    exact: bool = False
    """Whether it runs only when one of its names is typed in full, and is never suggested: it
    ends something, or changes what goes ahead without a question."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "budget.show",
        "Budget",
        "Show the budget, give one, add to it, or take it away",
        "Budget",
        slash=("budget",),
        args="[200k | +50k | $5 | off | scope session|turn] [--save user|project]",
        needs_session=True,
    ),
    Command(
        "budget.extend",
        "Extend the budget",
        "Add tokens to the budget; work that was paused goes on",
        "Budget",
        keys=("x",),
        context="budget",
        needs_session=True,
    ),
    Command(
        "session.wrapup",
        "Wrap up",
        "Finish cleanly now: the model files its wrap-up report",
        "Budget",
        slash=("wrapup", "wrap"),
        needs_session=True,
    ),
    Command(
        "cost.show",
        "Cost",
        "What this session cost so far, by class of token, or taken apart",
        "Budget",
        slash=("cost",),
        args="[by turn | model | subtask | agent | request]",
        needs_session=True,
    ),
    Command(
        "usage.show",
        "Usage",
        "The five meters: budget, billed, context, limits, time; taken apart",
        "Budget",
        slash=("usage", "stats"),
        args="[by turn | model | subtask | agent | request]",
        needs_session=True,
    ),
    Command(
        "context.show",
        "Context window",
        "What fills the context window, and how long the cache stays warm",
        "Budget",
        slash=("context",),
        needs_session=True,
    ),
    Command(
        "session.compact",
        "Compact the conversation",
        "Shorten the conversation to a summary; the budget goes on",
        "Budget",
        slash=("compact",),
        args="[what to keep in mind]",
        when="idle",
        needs_session=True,
    ),
    Command(
        "wire.show",
        "Last request",
        "The last request as sent, and what differs from the one before",
        "Budget",
        slash=("wire",),
        needs_session=True,
    ),
    Command(
        "entries.show",
        "Entries behind a figure",
        "List what a figure counts; enter on the figure opens the same list",
        "Budget",
        slash=("entries",),
        args="[budget | subtasks | billed | context | limits | time]",
        needs_session=True,
    ),
    Command(
        "report.continue",
        "Continue the work",
        "Go on from the wrap-up report",
        "Budget",
        keys=("c",),
        context="budget",
        when="idle",
        needs_session=True,
    ),
    Command(
        "report.copy",
        "Copy the wrap-up report",
        "Copy the report as Markdown",
        "Budget",
        keys=("y",),
        context="budget",
        needs_session=True,
    ),
    Command(
        "report.handoff",
        "Save the wrap-up report",
        "Save the report as a handoff file",
        "Budget",
        keys=("h",),
        context="budget",
        needs_session=True,
    ),
    Command(
        "report.restart",
        "New session from the report",
        "Start a new session that begins with the wrap-up report",
        "Budget",
        keys=("n",),
        context="budget",
        when="idle",
        needs_session=True,
    ),
    Command(
        "session.interrupt",
        "Interrupt",
        "Interrupt the turn; what was done stays done",
        "Session",
        keys=("escape",),
        when="running",
    ),
    Command(
        "session.rewind",
        "Rewind",
        "Go back to an earlier prompt of this session",
        "Session",
        slash=("rewind", "undo"),
        keys=("escape escape",),
        when="idle",
        needs_session=True,
    ),
    Command(
        "session.new",
        "New session",
        "Start a new session; the old one is kept",
        "Session",
        slash=("new", "clear"),
        when="idle",
        exact=True,
    ),
    Command(
        "session.list",
        "Sessions",
        "Choose an earlier session and resume it",
        "Session",
        slash=("sessions", "resume", "session"),
        args="[id or name]",
        when="idle",
    ),
    Command(
        "session.fork",
        "Fork",
        "Go on in a copy of this session; the session itself stays as it is",
        "Session",
        slash=("fork", "branch"),
        when="idle",
        needs_session=True,
    ),
    Command(
        "session.name",
        "Rename the session",
        "Give the session a name",
        "Session",
        slash=("rename", "name"),
        args="NAME",
        needs_session=True,
    ),
    Command(
        "session.export",
        "Export the session",
        "Write the session as Markdown, with its wrap-up and what it cost",
        "Session",
        slash=("export",),
        args="[file]",
        needs_session=True,
    ),
    Command(
        "permissions.show",
        "Permissions",
        "What may be done without asking, and which file says so",
        "Session",
        slash=("permissions",),
        needs_session=True,
    ),
    Command(
        "sandbox.show",
        "Sandbox",
        "What commands of the model can reach on this system, and how to allow more",
        "Session",
        slash=("sandbox",),
        needs_session=True,
    ),
    Command(
        "jobs.show",
        "Jobs",
        "What commands left running: choose one to stop it",
        "Session",
        slash=("jobs",),
        args="[stop NUMBER]",
        needs_session=True,
    ),
    Command(
        "mode.choose",
        "Permission mode",
        "Choose what goes ahead without a question",
        "Session",
        slash=("mode",),
        args="[ask | edits | plan | auto]",
        needs_session=True,
        exact=True,
    ),
    Command(
        "mode.cycle",
        "Next permission mode",
        "The next permission mode: ask, edits, plan, auto",
        "Session",
        keys=("shift+tab",),
        needs_session=True,
    ),
    Command(
        "model.choose",
        "Model",
        "Choose the model; says what the change costs",
        "Model",
        slash=("model", "models"),
        keys=("alt+p",),
        args="[name]",
        needs_session=True,
    ),
    Command(
        "effort.choose",
        "Effort",
        "Choose how deep the model works; says what the change costs",
        "Model",
        slash=("effort",),
        args="[low | medium | high | xhigh | max]",
        needs_session=True,
    ),
    Command(
        "effort.up",
        "More effort",
        "One level more effort",
        "Model",
        keys=("alt+up",),
        needs_session=True,
    ),
    Command(
        "effort.down",
        "Less effort",
        "One level less effort",
        "Model",
        keys=("alt+down",),
        needs_session=True,
    ),
    Command(
        "view.details",
        "Details",
        "Unfold or fold all thinking and tool results",
        "View",
        keys=("ctrl+o",),
    ),
    Command(
        "view.checklist",
        "Checklist",
        "Show or hide the checklist",
        "View",
        keys=("ctrl+t",),
    ),
    Command(
        "view.sidebar",
        "Sidebar",
        "Show or hide the sidebar with the budget",
        "View",
        keys=("f2",),
    ),
    Command(
        "theme.choose",
        "Theme",
        "Choose the colours, with a preview",
        "View",
        slash=("theme", "themes"),
        args="[name]",
    ),
    Command(
        "app.redraw",
        "Redraw",
        "Paint the screen again",
        "View",
        keys=("ctrl+l",),
    ),
    Command(
        "composer.submit",
        "Send",
        "Send the prompt; while a turn runs, with the next request",
        "Writing",
        keys=("enter",),
        context="composer",
        palette=False,
    ),
    Command(
        "composer.newline",
        "New line",
        "Start a new line; a backslash before enter does the same",
        "Writing",
        keys=("shift+enter", "ctrl+j", "alt+enter"),
        context="composer",
        palette=False,
    ),
    Command(
        "composer.complete",
        "Complete",
        "Complete a slash command or a file name",
        "Writing",
        keys=("tab",),
        context="composer",
        palette=False,
    ),
    Command(
        "composer.editor",
        "External editor",
        "Write the prompt in $VISUAL or $EDITOR",
        "Writing",
        keys=("ctrl+g", "ctrl+x ctrl+e"),
        context="composer",
    ),
    Command(
        "history.search",
        "Search the prompt history",
        "Find an earlier prompt",
        "Writing",
        keys=("ctrl+r",),
        context="composer",
    ),
    Command(
        "history.previous",
        "Previous prompt",
        "Bring back the prompt before, from the first line",
        "Writing",
        keys=("up",),
        context="composer",
        palette=False,
    ),
    Command(
        "history.next",
        "Next prompt",
        "Bring back the prompt after, from the last line",
        "Writing",
        keys=("down",),
        context="composer",
        palette=False,
    ),
    Command(
        "transcript.find",
        "Find",
        "Find words in the transcript",
        "Transcript",
        slash=("find",),
        keys=("ctrl+f",),
        args="[words]",
    ),
    Command(
        "transcript.find_next",
        "Find next",
        "Go to the next place found",
        "Transcript",
        keys=("f3",),
        when="finding",
        palette=False,
    ),
    Command(
        "transcript.find_previous",
        "Find previous",
        "Go to the place found before",
        "Transcript",
        keys=("f4", "shift+f3"),  # xterm sends shift+f3 as a cursor report
        when="finding",
        palette=False,
    ),
    Command(
        "transcript.page_up",
        "Page up",
        "Scroll the transcript, or a long question, up by a page",
        "Transcript",
        keys=("pageup",),
        palette=False,
    ),
    Command(
        "transcript.page_down",
        "Page down",
        "Scroll the transcript, or a long question, down by a page",
        "Transcript",
        keys=("pagedown",),
        palette=False,
    ),
    Command(
        "transcript.top",
        "Start of the transcript",
        "Scroll to the beginning",
        "Transcript",
        keys=("ctrl+home",),
    ),
    Command(
        "transcript.end",
        "End of the transcript",
        "Scroll to the end and follow new output",
        "Transcript",
        keys=("ctrl+end",),
    ),
    Command(
        "transcript.focus",
        "Go to the transcript",
        "Move into the transcript: to the wrap-up card of the last turn, else to the last block",
        "Transcript",
        keys=("ctrl+up",),
    ),
    Command(
        "transcript.leave",
        "Back to the composer",
        "Leave the transcript; any letter does the same",
        "Transcript",
        keys=("escape", "ctrl+down"),
        context="transcript",
        palette=False,
    ),
    Command(
        "transcript.block_up",
        "Block up",
        "Move to the block above",
        "Transcript",
        keys=("up", "k"),
        context="transcript",
        palette=False,
    ),
    Command(
        "transcript.block_down",
        "Block down",
        "Move to the block below",
        "Transcript",
        keys=("down", "j"),
        context="transcript",
        palette=False,
    ),
    Command(
        "transcript.first",
        "First block",
        "Move to the first block",
        "Transcript",
        keys=("home", "g"),
        context="transcript",
        palette=False,
    ),
    Command(
        "transcript.last",
        "Last block",
        "Move to the last block",
        "Transcript",
        keys=("end", "G"),
        context="transcript",
        palette=False,
    ),
    Command(
        "transcript.fold",
        "Fold or unfold",
        "Fold or unfold the block",
        "Transcript",
        keys=("enter", "space"),
        context="transcript",
        palette=False,
    ),
    Command(
        "transcript.copy",
        "Copy",
        "Copy the selection, the block, or the last answer, as Markdown",
        "Transcript",
        slash=("copy",),
        keys=("y",),
        context="transcript",
    ),
    Command(
        "prompt.focus",
        "Answer the question",
        "Go from the draft to the question that waits; the draft stays",
        "Question",
        keys=("tab",),
        context="asked",
        palette=False,
    ),
    Command(
        "prompt.once",
        "Yes, once",
        "Allow it this once",
        "Question",
        keys=("y", "1"),
        context="prompt",
        palette=False,
    ),
    Command(
        "prompt.session",
        "Yes, in this session",
        "Allow this and the like till the session ends",
        "Question",
        keys=("2",),
        context="prompt",
        palette=False,
    ),
    Command(
        "prompt.project",
        "Yes, in this project",
        "Allow this and the like in this project from now on",
        "Question",
        keys=("3",),
        context="prompt",
        palette=False,
    ),
    Command(
        "prompt.no",
        "No",
        "Refuse it; a reason may be typed for the model",
        "Question",
        keys=("n", "4"),
        context="prompt",
        palette=False,
    ),
    Command(
        "limit.finish",
        "Finish cleanly",
        "Wrap up with a report, within what was kept back for it",
        "Question",
        keys=("f", "1"),
        context="limit",
        palette=False,
    ),
    Command(
        "limit.extend",
        "Extend and go on",
        "Add tokens to the budget and go on in place; asks how many",
        "Question",
        keys=("x", "2"),
        context="limit",
        palette=False,
    ),
    Command(
        "limit.continue",
        "Go on all the same",
        "Let a turn go on that makes no progress; what repeats is counted from 0 again",
        "Question",
        keys=("c",),
        context="limit",
        palette=False,
    ),
    Command(
        "limit.lower",
        "Lower the effort and extend",
        "Go on with one level less effort and more tokens; asks how many",
        "Question",
        keys=("l", "3"),
        context="limit",
        palette=False,
    ),
    Command(
        "limit.pause",
        "Pause and save",
        "Save the work and put it down; silence does the same",
        "Question",
        keys=("p", "4", "escape"),
        context="limit",
        palette=False,
    ),
    Command(
        "limit.stop",
        "Stop now",
        "End the turn here, without asking the model for a report",
        "Question",
        keys=("s", "5"),
        context="limit",
        palette=False,
    ),
    Command(
        "offer.take",
        "Take the offer",
        "Take what is offered: a bigger budget, an extension",
        "Question",
        keys=("y", "1"),
        context="offer",
        palette=False,
    ),
    Command(
        "offer.other",
        "Take it with another amount",
        "Take what is offered with another amount; asks how many tokens",
        "Question",
        keys=("o", "2"),
        context="offer",
        palette=False,
    ),
    Command(
        "offer.decline",
        "Not now",
        "Decline what is offered; nothing changes",
        "Question",
        keys=("n", "3", "escape"),
        context="offer",
        palette=False,
    ),
    Command(
        "trust.yes",
        "Trust the folder",
        "Use the settings and memory files of the folder, and remember it",
        "Question",
        keys=("y", "1"),
        context="trust",
        palette=False,
    ),
    Command(
        "trust.no",
        "Do not trust the folder",
        "Go on without the files of the folder, and remember that",
        "Question",
        keys=("n", "2"),
        context="trust",
        palette=False,
    ),
    Command(
        "trust.look",
        "Look at the files",
        "Show the files that the folder brings in full",
        "Question",
        keys=("l", "3"),
        context="trust",
        palette=False,
    ),
    Command(
        "trust.all",
        "Trust the folder with all it asks for",
        "Use the files of the folder, with what they ask for beyond the user's own settings",
        "Question",
        keys=("a", "4"),
        context="trust",
        palette=False,
    ),
    Command(
        "trust.later",
        "Decide later",
        "Go on without the files of the folder this time",
        "Question",
        keys=("escape",),
        context="trust",
        palette=False,
    ),
    Command(
        "trust.show",
        "Trust",
        "Decide whether the settings and memory files of this folder are used",
        "Program",
        slash=("trust",),
        when="idle",
        needs_session=True,
    ),
    Command(
        "palette.open",
        "Commands",
        "Find any command by its name",
        "Program",
        keys=("ctrl+p",),
        palette=False,
    ),
    Command(
        "help.show",
        "Help",
        "Show commands and keys; `?` only while the composer is empty",
        "Program",
        slash=("help",),
        keys=("f1", "question_mark"),
        args="[command]",
    ),
    Command(
        "config.show",
        "Settings",
        "Show each setting with the file it comes from, or set one",
        "Program",
        slash=("config", "settings"),
        args="[KEY [VALUE] [--save user|project]]",
        needs_session=True,
    ),
    Command(
        "keys.show",
        "Keys",
        "Show all keys and how to change them",
        "Program",
        slash=("keys", "keybindings"),
    ),
    Command(
        "app.stop",
        "Stop",
        "Copy the selection, else interrupt the turn, else clear the draft",
        "Program",
        keys=("ctrl+c",),
        palette=False,
    ),
    Command(
        "app.suspend",
        "Suspend",
        "Back to the shell; `fg` returns",
        "Program",
        keys=("ctrl+z",),
    ),
    Command(
        "app.quit",
        "Quit",
        "Save and quit; ctrl+d only while the composer is empty",
        "Program",
        slash=("quit", "exit", "q"),
        keys=("ctrl+c ctrl+c", "ctrl+d"),
        exact=True,
    ),
)
"""All commands, in the order of the help page."""

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}
BY_SLASH: dict[str, Command] = {name: command for command in COMMANDS for name in command.slash}


class ParsedSlashLine(NamedTuple):
    """A slash line, understood."""

    command: Command
    args: str
    """What followed the name, without the spaces around it."""


class SlashError(ValueError):
    """A slash line that cannot be followed; its text is one sentence."""

    def __init__(self, name: str, sentence: str, suggestion: str | None = None) -> None:
        """Args:
        name: The name as typed, without the slash.
        sentence: What is wrong.
        suggestion: A name that was probably meant; never one that must be typed in full.
        """
        super().__init__(sentence)
        self.name = name
        self.suggestion = suggestion


class SlashNamed(Protocol):
    """A command, as far as its names matter."""

    @property
    def slash(self) -> tuple[str, ...]:
        """All its names, without the slash."""

    @property
    def exact(self) -> bool:
        """Whether it runs only when a name is typed in full."""


AnyCommand = TypeVar("AnyCommand", bound=SlashNamed)

LineKind = Literal["prompt", "command", "unclear"]
"""What a line is: words for the model · a command, whether there is one of that name or not ·
something that looks like a command, is none, and is no path either."""

_LINE = re.compile(r"/([A-Za-z][\w-]*)?(?:\s+(.*))?", re.ASCII | re.DOTALL)
_BEGINS = re.compile(r"/[^\W\d_]")
_QUOTED = re.compile(r"\\+[/!]")
_BEHIND_A_PATH = re.compile(r"""(?::\d+)*[,.:;!?)\]}"'`]*\Z""")
"""A line number, and what a sentence puts behind a path."""
_WITH_WILDCARD = re.compile(r"[^/]*[*?\[{].*", re.DOTALL)
"""Of a path with wildcards, all but the folder that must be there."""


def is_slash(text: str) -> bool:
    """Whether `text` has the form of a command: not a path, and not indented."""
    match = _LINE.fullmatch(text.rstrip())
    return match is not None and (match[1] is not None or match[2] is None)


def classify_line(text: str, exists: Callable[[str], bool]) -> LineKind:
    """What a line that was sent is.

    Args:
        text: The line, or several.
        exists: Whether there is a file or folder of a path that begins with a slash; one that
            ends with a slash is a folder.
    """
    if is_slash(text):
        words = text[1:].split(maxsplit=1)
        # `/tmp is full` speaks of a folder; `/init` alone is a command of another agent.
        folder = len(words) > 1 and words[0] not in BY_SLASH and exists(f"/{words[0]}/")
        return "prompt" if folder else "command"
    if _BEGINS.match(text) is None:
        return "prompt"
    path = _BEHIND_A_PATH.sub("", text.split(maxsplit=1)[0])
    known = _WITH_WILDCARD.sub("", path)
    return "prompt" if known != "/" and exists(known) else "unclear"


def escape_prompt(text: str) -> str:
    """`text` so that it is sent as it stands, whatever it begins with; see `unquoted`."""
    return f"\\{text}" if text.startswith(("/", "!")) or _QUOTED.match(text) else text


def unescape_prompt(text: str) -> str:
    r"""`text` without the backslash that keeps `\/` and `\!` from being a command."""
    return text[1:] if _QUOTED.match(text) else text


def find_command(typed: str, commands: Iterable[AnyCommand]) -> AnyCommand | None:
    """The command that `typed` names in full, or is the unfinished name of.

    None where there is none of that name and several, or none, that begin with it. Commands
    that must be typed in full have no unfinished names.
    """
    begun: dict[int, AnyCommand] = {}
    for command in commands:
        if typed in command.slash:
            return command
        if not command.exact and any(name.startswith(typed) for name in command.slash):
            begun[id(command)] = command
    return begun.popitem()[1] if typed and len(begun) == 1 else None


def parse_slash(text: str) -> ParsedSlashLine:
    """The command that a slash line names, and its arguments.

    Raises:
        SlashError: there is no such command, or it takes no arguments.
    """
    match = _LINE.fullmatch(text.rstrip())
    name = (match[1] or "").lower() if match else ""
    args = (match[2] or "").strip() if match else ""
    if not name:
        raise SlashError("", "A slash command has a name: /help lists them all.")
    command = find_command(name, COMMANDS)
    if command is None:
        raise _unknown(name)
    if args and not command.args:
        raise SlashError(name, f"/{name} takes no arguments.")
    return ParsedSlashLine(command, args)


def complete_slash_name(prefix: str) -> Iterator[tuple[str, Command]]:
    """Slash names that begin with `prefix` (given without the slash); names before aliases."""
    wanted = prefix.lower()
    for aliases in (False, True):
        for command in COMMANDS:
            for name in command.slash[1:] if aliases else command.slash[:1]:
                if name.startswith(wanted):
                    yield name, command


def _unknown(name: str) -> SlashError:
    begun = [f"/{each}" for each, command in complete_slash_name(name) if not command.exact]
    if begun:
        return SlashError(name, f"Several commands begin with /{name}: {', '.join(begun)}.")
    from tui.typos import nearest_name

    near = nearest_name(name, (each for each, command in BY_SLASH.items() if not command.exact))
    hint = f"did you mean /{near}?" if near else "/help lists them all."
    return SlashError(name, f"There is no command /{name[:40]}; {hint}", near)
