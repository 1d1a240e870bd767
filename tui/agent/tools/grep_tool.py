"""The tool `grep`: a regular expression in the text of files."""

import re
import stat
from typing import BinaryIO, ClassVar, Literal

import msgspec

from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    one_line,
    parse_input,
    tool_definition,
)
from tui.agent.tools.glob_patterns import compile_glob
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
            return await _search(args, place, env)
        with open_regular_file(place) as file:
            return await _search(args, place, env, file)


async def _search(
    args: GrepInput, place: ResolvedPath, env: ToolEnvironment, file: BinaryIO | None = None
) -> ToolOutcome:
    """Search below a folder, or in a file that is open.

    ripgrep follows a link that its arguments name, so they name no path: it begins in the folder
    it runs in, or reads the file on its input.
    """
    most = min(args.limit or env.limits.grep_lines, _MAX_LIMIT)
    options = (
        *_ripgrep_options(args),
        *exclusion_globs(place.display_path),
        "--",
        "." if file is None else "-",
    )
    wanted = compile_glob(args.glob) if args.glob else None

    def keep(line: str) -> str | None:
        path, rest = _split_line(line)
        name = place.display_path if file else _join_path(place.display_path, path)
        fits = wanted is None or wanted.fullmatch(name if not place.outside_project else path)
        return name + rest if fits and not env.is_hidden(env.folder / name) else None

    folder = place.path if file is None else place.path.parent
    found = await run_ripgrep(options, env, folder=folder, most=most, keep=keep, file=file)
    return _outcome(found, args, env)


def _join_path(folder: str, path: str) -> str:
    return path if folder == "." else f"{folder.rstrip('/')}/{path}"


def _ripgrep_options(args: GrepInput) -> list[str]:
    kinds = {
        "content": ["--null", "--line-number", "--no-heading", f"--max-columns={_MAX_COLUMNS}"],
        "files": ["--files-with-matches"],
        "count": ["--null", "--count-matches"],
    }
    options = [*kinds[args.output], "--with-filename", "--max-columns-preview"]
    options += [f"--context={args.context}"] if args.context and args.output == "content" else []
    options += ["--ignore-case"] if args.ignore_case else []
    options += ["--multiline"] if "\\n" in args.pattern or "\n" in args.pattern else []
    if args.glob and "/" not in args.glob:
        options += [f"--type-add=wanted:{args.glob}", "--type=wanted"]
    return [*options, f"--regexp={args.pattern}"]


def _split_line(line: str) -> tuple[str, str]:
    """The path of a line, and the rest of it with the separator a reader expects."""
    path, nul, rest = line.partition("\0")
    if not nul:
        return line.removeprefix("./"), ""
    numbered = re.match(r"\d+([:-])", rest)
    separator = numbered[1] if numbered else ":" if rest else ""
    return path.removeprefix("./"), separator + rest


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
