"""The tool `grep`: a regular expression in the text of files."""

import re
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal

import msgspec

from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolLimits,
    ToolOutcome,
    one_line,
    parse_input,
    tool_definition,
)
from tui.agent.tools.file_names import shown_name
from tui.agent.tools.file_text import decode_text
from tui.agent.tools.glob_patterns import compile_glob, matches_glob
from tui.agent.tools.grep_lines import SEPARATOR, FoundLine, FoundLines
from tui.agent.tools.grep_patterns import is_plain_ascii, pattern_options
from tui.agent.tools.nofollow_files import open_nofollow_file
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.ripgrep import SearchResult, exclusion_globs, run_ripgrep
from tui.agent.tools.tool_paths import (
    ResolvedPath,
    open_regular_file,
    path_status,
    recheck_path,
    resolve_path,
)
from tui.session.events import JSON

GrepOutput = Literal["content", "files", "count"]
_MAX_COLUMNS = 500
"""Characters of a matching line; a match in a minified file is not a page."""
_SLOW = 4
"""A search that took this part of the time that it may take is not run once more."""
_MAX_LIMIT = 2_000
"""Lines one search may ask for."""


class GrepInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to search for, and where."""

    pattern: str
    path: str = "."
    glob: str | None = None
    output: GrepOutput = "content"
    ignore_case: bool = False
    context: int = 0
    limit: int | None = None


class GrepTool:
    """Searches file contents with ripgrep, minding .gitignore."""

    name = "grep"
    reads_only = True
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Search file contents with a regular expression (ripgrep). Files in .gitignore are "
        "left out. Prints path:line:text; output `files` or `count` is cheaper.",
        {
            "pattern": {"type": "string", "description": "Rust regex."},
            "path": {"type": "string", "description": "File or folder; default: all."},
            "glob": {"type": "string", "description": "Only such files, as *.py."},
            "output": {"type": "string", "enum": ["content", "files", "count"]},
            "ignore_case": {"type": "boolean"},
            "context": {"type": "integer", "description": "Lines around each match."},
            "limit": {"type": "integer", "description": "Lines of output; default 200."},
        },
        ("pattern",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Find out where the search would go."""
        args = parse_input(input, GrepInput)
        if not args.pattern or "\0" in args.pattern:
            raise ToolError("The pattern is empty or holds a NUL byte.")
        if not 0 <= args.context <= 50 or (args.limit is not None and args.limit < 1):
            raise ToolError("context is between 0 and 50, and limit counts from 1.")
        WantedPaths(args.glob)
        place = resolve_path(args.path, env)
        where = "" if place.path == env.folder else f" in {place.display_path}"
        return PreparedCall(
            name=self.name,
            subject=one_line(args.pattern) + where,
            reads_only=True,
            permission=place.permission("read"),
            arguments=args,
            path=place.path,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Search in the file or folder as it is now."""
        args: GrepInput = call.arguments
        place = recheck_path(call, args.path, env)
        found = path_status(place)
        if found is None:
            raise ToolError(f"{place.display_path} does not exist.")
        if stat.S_ISDIR(found.st_mode):
            return _outcome(await GrepSearch(args, place, env, None).run(), args, env)
        with open_regular_file(place) as file:
            return _outcome(await GrepSearch(args, place, env, file).run(), args, env)


class GrepSearch:
    """One search below a folder, or in a file that is open.

    ripgrep follows a link that its arguments name, so they name no path: it begins in the folder
    it runs in, or reads the file on its input.
    """

    def __init__(
        self, args: GrepInput, place: ResolvedPath, env: ToolEnvironment, file: BinaryIO | None
    ) -> None:
        """Args:
        args: What to search for.
        place: Where.
        env: The surroundings.
        file: The file at `place`; None for a folder.
        """
        self._args = args
        self._place = place
        self._env = env
        self._file = file
        self._most = min(args.limit or env.limits.grep_lines, _MAX_LIMIT)
        self._glob = WantedPaths(args.glob)
        self._lines = FoundLines()
        self._legacy: dict[Path, bool] = {}
        self._kept = True
        """Whether the line before was kept: what separates it from the next goes with it."""

    async def run(self) -> SearchResult:
        """What is found, in files of an older encoding too.

        ripgrep reads a file as UTF-8, and a byte that is none is no letter to it. So it runs
        once more for a pattern with such letters, and for one with wildcards that found nothing.
        """
        began = time.monotonic()
        found, pattern = await self._run_ripgrep(self._keep), self._args.pattern
        wild = not found.lines and not is_plain_ascii(pattern)
        if found.is_truncated or not (wild or not pattern.isascii()):
            return found
        if self._file is not None:
            self._file.seek(0)
        if time.monotonic() - began > self._env.limits.search_seconds / _SLOW:
            return found
        try:
            again = await self._run_ripgrep(self._keep_legacy, "--encoding=windows-1252")
        except ToolError:  # it took too long; what was found is good
            return found
        lines = tuple(dict.fromkeys((*found.lines, *again.lines)))
        more = again.is_truncated or len(lines) > self._most
        return SearchResult(lines[: self._most], more, found.error_text)

    async def _run_ripgrep(self, keep: Callable[[str], str | None], *more: str) -> SearchResult:
        options = (
            *_ripgrep_options(self._args),
            *self._glob.options,
            *more,
            *exclusion_globs(self._place.display_path),
            "--",
            "." if self._file is None else "-",
        )
        return await run_ripgrep(
            options,
            self._env,
            folder=self._place.path if self._file is None else self._place.path.parent,
            most=self._most,
            keep=keep,
            file=self._file,
            end=b"\0" if self._args.output == "files" else b"\n",
        )

    def _keep(self, line: str) -> str | None:
        """What is shown of a line; None where its file is hidden or not wanted."""
        if line == SEPARATOR and self._args.context:
            return line if self._kept else None
        if self._args.output == "files":
            line += "\0"
        found = self._lines.feed(line)
        if found is None:
            return None
        there = self._path_of(found)
        name = self._name_of(there)
        names = (name,) if self._file is not None else (name, found.path)
        self._kept = self._glob.fits(*names) and not self._env.is_hidden(there)
        return shown_name(name) + found.text if self._kept else None

    def _keep_legacy(self, line: str) -> str | None:
        """The same for a file that is in an older encoding; others match by chance."""
        kept = self._keep(line)
        path = line.partition("\0")[0].removeprefix("./")
        there = self._path_of(FoundLine(path, ""))
        if kept is not None and there not in self._legacy:
            self._legacy[there] = _is_legacy_text(there, self._env.limits)
        return kept if self._legacy.get(there) else None

    def _path_of(self, found: FoundLine) -> Path:
        return self._place.path if self._file is not None else self._place.path / found.path

    def _name_of(self, path: Path) -> str:
        if self._place.outside_project or not path.is_relative_to(self._env.folder):
            return path.as_posix()
        return path.relative_to(self._env.folder).as_posix()


class WantedPaths:
    """The files that a glob takes in, or all but those that one with `!` takes out."""

    def __init__(self, glob: str | None) -> None:
        self._excludes = (glob or "").startswith("!")
        self._plain = (glob or "").removeprefix("!")
        self._pattern = compile_glob(self._plain) if self._plain else None

    @property
    def options(self) -> tuple[str, ...]:
        """Options that let ripgrep read fewer files, for globs that it understands as we do."""
        if not _SIMPLE_GLOB.fullmatch(self._plain):
            return ()
        kind = "--type-not=wanted" if self._excludes else "--type=wanted"
        return (f"--type-add=wanted:{self._plain}", kind)

    def fits(self, *names: str) -> bool:
        """Whether a file is wanted.

        Args:
            names: Its path from the project folder, and from where the search begins.
        """
        if self._pattern is None:
            return True
        taken = any(matches_glob(self._pattern, name) for name in names)
        return taken != self._excludes


def _is_legacy_text(path: Path, limits: ToolLimits) -> bool:
    """Whether the file at `path` is text in an older encoding of Western languages."""
    try:
        with open_nofollow_file(path) as file:
            content = file.read(limits.file_bytes)
    except OSError:
        return False
    return decode_text(content).encoding == "windows-1252"


_SIMPLE_GLOB = re.compile(r"[\w.*-]+", re.ASCII)
"""Globs without a slash that mean the same to ripgrep."""


def _ripgrep_options(args: GrepInput) -> list[str]:
    kinds = {
        "content": ["--null", "--line-number", "--no-heading", f"--max-columns={_MAX_COLUMNS}"],
        "files": ["--null", "--files-with-matches"],
        "count": ["--null", "--count-matches"],
    }
    options = [*kinds[args.output], "--with-filename", "--max-columns-preview"]
    options += [f"--context={args.context}"] if args.context and args.output == "content" else []
    options += ["--ignore-case"] if args.ignore_case else []
    return [*options, *pattern_options(args.pattern)]


def _outcome(found: SearchResult, args: GrepInput, env: ToolEnvironment) -> ToolOutcome:
    if not found.lines:
        unread = f" ({found.error_text})" if found.error_text else ""
        return ToolOutcome(content=f"No matches.{unread}", summary="no matches")
    count = len(found.lines)
    more = (
        f"\n[more than {count} lines: narrow the search, or raise limit]"
        if found.is_truncated
        else ""
    )
    noun = "line" if args.output == "content" else "file"
    return ToolOutcome(
        content=truncate_result(
            "\n".join(found.lines), env.limits.output_characters, "Narrow the search."
        )
        + more,
        summary=f"{'≥ ' if found.is_truncated else ''}{count:,} {noun}{'' if count == 1 else 's'}",
    )
