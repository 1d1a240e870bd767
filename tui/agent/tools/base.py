"""What every tool is: it checks its input, says what it needs, acts, and reports.

A tool is used in two steps. `prepare` validates the model's input and looks, without
changing anything, at what the call would do; `run` does it. Between the two stand the
rules (`tui.agent.permissions`), which judge `Call.permission`, and the user. Prepare a call that
changes something only when the calls before it have run: its preview shows the file as it
is then.

A tool has no side effects on the session. What it learnt comes back in the `ToolOutcome`:
the text for the model, the files it changed, the subtasks it named, the report it filed.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from tui.agent.background_jobs import BackgroundJobs
from tui.agent.sandbox.enforcement import Access
from tui.agent.sandbox.interface import Sandbox
from tui.agent.sandbox.unsandboxed import NoSandbox
from tui.agent.tools.denied_files import DeniedFiles
from tui.agent.tools.file_versions import FileVersions
from tui.claude.credentials import secret_values
from tui.claude.redaction import Redactor
from tui.session.checklist import SubtaskUpdate
from tui.session.events import JSON, FileChange, Mode
from tui.session.filed_plan import FiledPlan
from tui.session.wrapup import WrapUp
from tui.settings.settings_schema import BASH_TIMEOUT, OUTPUT_LIMIT

PermissionKind = Literal["read", "edit", "write", "bash", "network", "outside"]
"""The kinds of acts that permission rules name."""

ProgressCallback = Callable[[str], None]
"""Takes the end of the output so far; each call replaces what the last one showed."""

_T = TypeVar("_T")


class ToolError(Exception):
    """A call that cannot be done; `sentence` goes to the model and into the transcript."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRequest:
    """What a call wants to do, for the rules and the user to judge."""

    kind: PermissionKind
    target: str
    """The command, or the absolute path of the file or folder."""
    reason: str
    """A few words: `changes a file`, `runs a command`, `reads outside the project folder`."""
    preview: str = ""
    """Unified diff or command, for people."""
    rules: tuple[str, ...] = ()
    """What an answer of `session` or `project` would allow; empty where it can only be once."""
    outside_project: bool = False
    """Whether it reaches outside the project folder."""
    exact_only: bool = False
    """Whether only a rule that is exactly this command may allow it: it reaches outside, or a
    wildcard of it may become an option."""
    always_ask_reason: str = ""
    """Why the program asks the user even where a rule or the mode would allow it."""
    access: Access = "inside"
    """What a command asks to reach."""
    proven_safe: bool = False
    """Whether the grammar proved that a command only reads or changes files inside the project
    folder, and executes nothing unknown. A command of mode auto runs on this alone where no
    sandbox holds it."""

    @property
    def rule(self) -> str:
        """The rules in one line, for people."""
        return ", ".join(self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCall:
    """A validated call, ready to be judged and run."""

    name: str
    subject: str
    """What it acts on, in one line: a path, a command, a pattern. Foreign text."""
    reads_only: bool
    """Calls that only read may run beside each other."""
    permission: PermissionRequest | None = None
    """None for a call that touches neither files nor processes."""
    arguments: Any = None
    """The tool's own struct, as validated."""
    path: Path | None = None
    """The file or folder it acts on, absolute and free of links."""
    only_mode: Mode | None = None
    """The one permission mode in which it may run; None: any."""
    not_mode: Mode | None = None
    """A permission mode in which it may not run."""
    mode_refusal: str = ""
    """What the model reads in another mode."""
    note: str = ""
    """What was understood of an input that was only nearly right; it follows the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutcome:
    """What a call came to."""

    content: str
    """The result for the model, already normalised and cut."""
    status: Literal["done", "error"] = "done"
    summary: str = ""
    """A few words for one line: `214 lines`, `exit 1`, `3 matches`."""
    changes: tuple[FileChange, ...] = ()
    subtasks: tuple[SubtaskUpdate, ...] = ()
    """Changes to the checklist, in order; the session commits them."""
    report: WrapUp | None = None
    """The wrap-up report the model filed."""
    plan: FiledPlan | None = None
    """The plan the model filed."""

    @property
    def is_error(self) -> bool:
        """Whether the result is sent with `is_error`."""
        return self.status == "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLimits:
    """How much a tool may read, say and take."""

    output_characters: int = OUTPUT_LIMIT
    """Characters of one result (about 7,500 tokens of English or code)."""
    line_characters: int = 2_000
    """Characters of one line that are shown."""
    read_lines: int = 2_000
    """Lines of one `read` that did not ask for a number."""
    file_bytes: int = 10_000_000
    """Bytes of a file that is held in memory whole, to edit it or to find its encoding."""
    saved_bytes: int = 20_000_000
    """Bytes of a command's full output that are kept on disk."""
    grep_lines: int = 200
    """Lines of one `grep` that did not ask for a number."""
    glob_paths: int = 1_000
    """Paths of one `glob`."""
    search_seconds: float = 20.0
    command_seconds: float = BASH_TIMEOUT
    max_command_seconds: float = 600.0
    kill_seconds: float = 2.0
    """What a command gets between being asked to end and being killed."""


def hide_nothing(path: Path) -> bool:
    """Hide no path: for sessions without a rule that keeps files from the model."""
    return False


@dataclass(slots=True, kw_only=True)
class ToolEnvironment:
    """The surroundings of the tools of one session."""

    folder: Path
    """The project folder; made absolute and free of links."""
    variables: Mapping[str, str]
    """What commands inherit, credentials still in it: the tool removes them."""
    scratch_folder: Path | None = None
    """A private folder for outputs too long to send; the model may read it unasked."""
    limits: ToolLimits = field(default_factory=ToolLimits)
    file_versions: FileVersions = field(default_factory=FileVersions)
    """What the model knows of which file."""
    is_hidden: Callable[[Path], bool] = hide_nothing
    """Files the user's deny rules keep from the model: searches leave them out."""
    program_folders: tuple[Path, ...] = ()
    """Folders of the program itself: settings and sessions. Changing them is always asked."""
    ripgrep: str | None = None
    """The ripgrep binary; None: the one that came with the program, else the one on PATH."""
    sandbox: Sandbox = field(default_factory=NoSandbox)
    """Starts commands, and knows what holds them."""
    denied_files: DeniedFiles = field(default_factory=DeniedFiles)
    """Lists what `hides` covers, for the sandbox."""
    jobs: BackgroundJobs = field(default_factory=BackgroundJobs)
    """What commands left running."""
    redactor: Redactor = field(default_factory=Redactor)
    """Blacks out secrets in what the tools bring; it knows those of `environment`."""

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self.scratch_folder = self.scratch_folder.resolve() if self.scratch_folder else None
        self.program_folders = tuple(folder.resolve() for folder in self.program_folders)
        self.redactor = self.redactor.with_secrets(secret_values(self.variables))


class CallCutShort(asyncio.CancelledError):
    """A call was cancelled that had changed files by then."""

    def __init__(self, changes: tuple[FileChange, ...]) -> None:
        """Args: changes: what it had changed."""
        super().__init__()
        self.changes = changes


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

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Validate `input` and say what the call would do; changes nothing.

        Raises:
            ToolError: the input is wrong, or what it names is not there.
        """

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Run the call. Cancelling ends whatever it started and leaves every file whole.

        Raises:
            ToolError: it could not be done.
        """


def parse_input(value: JSON, input_type: type[_T]) -> _T:
    """`value` as `input_type`.

    Raises:
        ToolError: it does not fit; the sentence names the field.
    """
    try:
        return msgspec.convert(value, input_type)
    except msgspec.ValidationError as error:
        raise ToolError(_fault_words(str(error))) from error


_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number with a fraction",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _fault_words(fault: str) -> str:
    """The sentence for what msgspec says of an input."""
    message, _, place = fault.partition(" - at `$")
    name = place.rstrip("`").lstrip(".") or "the input"
    if missing := _MISSING.fullmatch(message):
        return f"`{missing[1]}` is missing{f' in `{name}`' if place else ''}."
    if expected := _EXPECTED.fullmatch(message):
        wanted, got = (_TYPE_WORDS.get(kind, kind) for kind in expected.groups())
        return f"`{name}` has to be {wanted}, not {got}."
    return f"`{name}` does not fit: {message}."


_MISSING = re.compile(r"Object missing required field `(.+)`")
_EXPECTED = re.compile(r"Expected `(\w+)(?: \| null)?`, got `(\w+)`")


def tool_definition(
    name: str, description: str, properties: JSON, required: tuple[str, ...]
) -> JSON:
    """The definition of a tool as the API takes it.

    Args:
        name: The tool.
        description: What the model reads of it.
        properties: JSON schemas by field of its input.
        required: The fields that an input must have.
    """
    schema = object_schema(properties, required)
    return {"name": name, "description": description, "input_schema": schema}


def object_schema(properties: JSON, required: tuple[str, ...]) -> JSON:
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
