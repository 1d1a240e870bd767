"""What every tool is: it checks its input, says what it needs, acts, and reports.

A tool is used in two steps. `prepare` validates the model's input and looks, without
changing anything, at what the call would do; `run` does it. Between the two stand the
rules (`tui.agent.permissions`), which judge `Call.need`, and the user. Prepare a call that
changes something only when the calls before it have run: its preview shows the file as it
is then.

A tool has no side effects on the session. What it learnt comes back in the `Outcome`:
the text for the model, the files it changed, the subtasks it named, the report it filed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from tui.agent.jobs import Jobs
from tui.agent.sandbox.enforcement import Access
from tui.agent.sandbox.interface import Sandbox
from tui.agent.sandbox.plain import NoSandbox
from tui.agent.tools.denied import DeniedFiles
from tui.agent.tools.seen import SeenFiles
from tui.claude.credentials import secret_values
from tui.claude.redaction import Redactor
from tui.session.checklist import SubtaskUpdate
from tui.session.events import JSON, FileChange
from tui.session.wrapup import WrapUp
from tui.settings.schema import OUTPUT_LIMIT

Act = Literal["read", "edit", "write", "bash", "network", "outside"]
"""What a permission rule can speak of."""

Progress = Callable[[str], None]
"""Takes the end of the output so far; each call replaces what the last one showed."""

_T = TypeVar("_T")


class ToolError(Exception):
    """A call that cannot be done; `sentence` goes to the model and into the transcript."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a call wants to do, for the rules and the user to judge."""

    act: Act
    target: str
    """The command, or the absolute path of the file or folder."""
    reason: str
    """A few words: `changes a file`, `runs a command`, `reads outside the project folder`."""
    preview: str = ""
    """Unified diff or command, for people."""
    rules: tuple[str, ...] = ()
    """What an answer of `session` or `project` would allow; empty where it can only be once."""
    outside: bool = False
    """Whether it reaches outside the project folder."""
    exactly: bool = False
    """Whether only a rule that is exactly this command may allow it: it reaches outside, or a
    wildcard of it may become an option."""
    always: str = ""
    """Why it is asked even where a rule or the mode would let it pass."""
    access: Access = "inside"
    """What a command asks to reach."""
    harmless: bool = False
    """Whether the grammar proved that a command only reads or changes files inside the project
    folder, and executes nothing unknown. A command of mode auto runs on this alone where no
    sandbox holds it."""

    @property
    def rule(self) -> str:
        """The rules in one line, for people."""
        return ", ".join(self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A validated call, ready to be judged and run."""

    name: str
    subject: str
    """What it acts on, in one line: a path, a command, a pattern. Foreign text."""
    reads_only: bool
    """Calls that only read may run beside each other."""
    need: Need | None = None
    """None for a call that touches neither files nor processes."""
    arguments: Any = None
    """The tool's own struct, as validated."""
    path: Path | None = None
    """The file or folder it acts on, absolute and free of links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call came to."""

    content: str
    """The result for the model, already normalised and cut."""
    outcome: Literal["done", "error"] = "done"
    summary: str = ""
    """A few words for one line: `214 lines`, `exit 1`, `3 matches`."""
    changes: tuple[FileChange, ...] = ()
    subtasks: tuple[SubtaskUpdate, ...] = ()
    """Changes to the checklist, in order; the session commits them."""
    report: WrapUp | None = None
    """The wrap-up report the model filed."""

    @property
    def is_error(self) -> bool:
        """Whether the result is sent with `is_error`."""
        return self.outcome == "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a tool may read, say and take."""

    output: int = OUTPUT_LIMIT
    """Characters of one result (about 7,500 tokens of English or code)."""
    line: int = 2_000
    """Characters of one line that are shown."""
    lines: int = 2_000
    """Lines of one `read` that did not ask for a number."""
    file: int = 10_000_000
    """Bytes of a file that is held in memory whole, to edit it or to find its encoding."""
    saved: int = 20_000_000
    """Bytes of a command's full output that are kept on disk."""
    matches: int = 200
    """Lines of one `grep` that did not ask for a number."""
    paths: int = 1_000
    """Paths of one `glob`."""
    search_seconds: float = 20.0
    command_seconds: float = 120.0
    command_seconds_most: float = 600.0
    kill_seconds: float = 2.0
    """What a command gets between being asked to end and being killed."""


def nothing(path: Path) -> bool:
    """Hide no path: what stands where no rule keeps any from being read."""
    return False


@dataclass(slots=True, kw_only=True)
class World:
    """The surroundings of the tools of one session."""

    folder: Path
    """The project folder; made absolute and free of links."""
    environment: Mapping[str, str]
    """What commands inherit, credentials still in it: the tool removes them."""
    scratch: Path | None = None
    """A private folder for outputs too long to send; the model may read it unasked."""
    limits: Limits = field(default_factory=Limits)
    seen: SeenFiles = field(default_factory=SeenFiles)
    """What the model knows of which file."""
    hides: Callable[[Path], bool] = nothing
    """Files the user's deny rules keep from the model: searches leave them out."""
    own: tuple[Path, ...] = ()
    """Folders of the program itself: settings and sessions. Changing them is always asked."""
    ripgrep: str | None = None
    """The ripgrep binary; None: the one that came with the program, else the one on PATH."""
    sandbox: Sandbox = field(default_factory=NoSandbox)
    """Starts commands, and knows what holds them."""
    denied: DeniedFiles = field(default_factory=DeniedFiles)
    """Lists what `hides` covers, for the sandbox."""
    jobs: Jobs = field(default_factory=Jobs)
    """What commands left running."""
    redactor: Redactor = field(default_factory=Redactor)
    """Blacks out secrets in what the tools bring; it knows those of `environment`."""

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self.scratch = self.scratch.resolve() if self.scratch else None
        self.own = tuple(folder.resolve() for folder in self.own)
        self.redactor = self.redactor.knowing(secret_values(self.environment))


class Tool(Protocol):
    """One tool of the model."""

    @property
    def name(self) -> str:
        """As the model calls it."""

    @property
    def definition(self) -> JSON:
        """Name, description and input schema, as sent to the API."""

    @property
    def reads_only(self) -> bool:
        """Whether its calls may run beside each other."""

    def prepare(self, input: JSON, world: World) -> Call:
        """Validate `input` and say what the call would do; changes nothing.

        Raises:
            ToolError: the input is wrong, or what it names is not there.
        """

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Do it. Cancelling ends whatever it started and leaves every file whole.

        Raises:
            ToolError: it could not be done.
        """


def arguments(value: JSON, shape: type[_T]) -> _T:
    """`value` as `shape`.

    Raises:
        ToolError: it does not fit; the sentence names the field.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise ToolError(f"The input does not fit: {error}.") from error


def schema(properties: JSON, required: tuple[str, ...]) -> JSON:
    """A strict JSON schema of an input object."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def one_line(text: str, limit: int = 200) -> str:
    """`text` without line breaks, cut to `limit` characters: a subject."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
