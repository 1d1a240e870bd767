"""Running ripgrep: one process for a whole search, bounded in time and in output."""

import asyncio
import os
import shutil
import sys
import sysconfig
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.nofollow_files import NofollowFolder, open_nofollow_folder
from tui.child_environment import without_credentials
from tui.child_signals import kill_child

_COMMON_OPTIONS = (
    "--no-config",
    # Its remarks quote lines of files such as .gitignore, and one may be a link to anything.
    "--no-ignore-messages",
    "--no-follow",
    "--color=never",
    "--hidden",
    "--no-require-git",
    "--sort=path",
    "--path-separator=/",
)
_EXCLUDED_FOLDERS = (".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__")
"""Hidden files are searched, but not these folders, ignored or not."""
_LINE = 1 << 16
"""Bytes of one line that are taken in; the rest of it is dropped."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search printed."""

    lines: tuple[str, ...]
    is_truncated: bool
    """Whether it was stopped because there was more than wanted."""
    error_text: str = ""
    """What ripgrep could not read; matches elsewhere are still good."""


def exclusion_globs(within: str) -> tuple[str, ...]:
    """Globs that keep a search out of what is never looked through, unless it begins there."""
    begun = within.split("/")
    return tuple(f"--glob=!{name}" for name in _EXCLUDED_FOLDERS if name not in begun)


async def run_ripgrep(
    arguments: Iterable[str],
    env: ToolEnvironment,
    *,
    folder: Path,
    most: int,
    keep: Callable[[str], str | None],
    file: BinaryIO | None = None,
    end: bytes = b"\n",
) -> SearchResult:
    """Lines of `rg ARGUMENTS`, run in `folder`, in the order of paths.

    Bytes that are no UTF-8 are lone surrogates in a line.

    Args:
        arguments: After those that every search has.
        env: The surroundings.
        folder: Where it runs, absolute and free of links: held, so that it is this folder.
        most: Lines that are kept.
        keep: Turns a line into what is shown of it, or None.
        file: What is searched in place of files, as its standard input.
        end: What ends a line: a NUL byte where the arguments make lines of bare paths.

    Raises:
        ToolError: ripgrep is missing, took too long, or did not understand a pattern.
    """
    process = await _start((*_COMMON_OPTIONS, *arguments), env, folder, file)
    try:
        async with asyncio.timeout(env.limits.search_seconds):
            return await _collect(process, most, keep, end)
    except TimeoutError as error:
        raise ToolError(
            f"The search took longer than {env.limits.search_seconds:g} s and was stopped; "
            "search in a narrower path."
        ) from error
    finally:
        kill_child(process)
        # Reading what is left in the pipes lets go of them.
        await process.communicate()


async def list_files(env: ToolEnvironment, folder: Path) -> AsyncIterator[list[str]]:
    """The paths of all files below `folder` that are not ignored, some at a time, sorted.

    Names may be anything: bytes that are no UTF-8 come as the system's own names have them
    (`os.fsdecode`), and a line feed ends no name.

    Raises:
        ToolError: ripgrep is missing.
    """
    arguments = (*_COMMON_OPTIONS, "--files", "--null", *exclusion_globs("."))
    process = await _start(arguments, env, folder, None)
    assert process.stdout is not None
    try:
        begun = b""
        while data := await process.stdout.read(_LINE):
            *whole, begun = (begun + data).split(b"\0")
            yield [os.fsdecode(name) for name in whole]
    finally:
        kill_child(process)
        await process.communicate()


async def _start(
    arguments: Iterable[str], env: ToolEnvironment, folder: Path, file: BinaryIO | None
) -> asyncio.subprocess.Process:
    program = env.ripgrep or find_ripgrep()
    if program is None:
        raise ToolError(_MISSING)
    try:
        with open_nofollow_folder(folder) as held:
            return await asyncio.create_subprocess_exec(
                program,
                *arguments,
                cwd=_descriptor_path(held),
                stdin=file or asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=without_credentials(env.variables),
                limit=_LINE,
            )
    except NotADirectoryError as error:
        raise ToolError(f"{folder} is not a folder.") from error
    except FileNotFoundError as error:
        there = await asyncio.to_thread(folder.is_dir)
        raise ToolError(_MISSING if there else f"{folder} does not exist.") from error
    except OSError as error:
        raise ToolError(f"ripgrep could not be started: {error.strerror}.") from error


def _descriptor_path(held: NofollowFolder) -> str:
    """A path that leads to a held folder and nowhere else, where the system has one."""
    by_handle = f"/proc/self/fd/{held.descriptor}"
    return by_handle if sys.platform == "linux" and Path(by_handle).exists() else str(held.path)


_MISSING = (
    "ripgrep (rg) is missing; it comes with the program: install it again, or put rg on PATH."
)


async def _collect(
    process: asyncio.subprocess.Process, most: int, keep: Callable[[str], str | None], end: bytes
) -> SearchResult:
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = asyncio.ensure_future(_read_beginning(process.stderr))
    try:
        lines: list[str] = []
        async for line in _bounded_lines(process.stdout, end):
            if (shown := keep(line)) is None:
                continue
            if len(lines) == most:
                return SearchResult(tuple(lines), is_truncated=True)
            lines.append(shown)
        complaint = _simplify_error(await complaints)
        if await process.wait() == 2 and not lines:
            raise ToolError(f"The search failed: {complaint}")
        return SearchResult(tuple(lines), is_truncated=False, error_text=complaint)
    finally:
        complaints.cancel()
        await asyncio.wait((complaints,))


async def _read_beginning(stream: asyncio.StreamReader) -> str:
    """The beginning of a stream that is read to its end, so that its writer never waits."""
    start = b""
    while piece := await stream.read(_LINE):
        start = (start + piece)[:_LINE]
    return start.decode("utf-8", "replace")


async def _bounded_lines(stream: asyncio.StreamReader, end: bytes) -> AsyncIterator[str]:
    """Lines without their ends; one that is too long loses its middle, never stops the rest."""
    while True:
        try:
            line = await stream.readuntil(end)
        except asyncio.IncompleteReadError as last:
            if last.partial:
                yield last.partial.decode("utf-8", "surrogateescape")
            return
        except asyncio.LimitOverrunError as over:
            beginning = await stream.readexactly(over.consumed)
            yield beginning.decode("utf-8", "surrogateescape") + "…"
            continue
        line = line.removesuffix(end)
        yield (line.removesuffix(b"\r") if end == b"\n" else line).decode(
            "utf-8", "surrogateescape"
        )


def _simplify_error(complaint: str) -> str:
    """The sense of what ripgrep says, without its name and hints for its own users."""
    lines = [line.strip().removeprefix("rg: ") for line in complaint.splitlines() if line.strip()]
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return "; ".join((said or lines)[:3])[:500]


@lru_cache(maxsize=1)
def find_ripgrep() -> str | None:
    """The binary that was installed beside the program, else the one on PATH."""
    name = "rg.exe" if os.name == "nt" else "rg"
    user = sysconfig.get_preferred_scheme("user")
    folders = (
        sysconfig.get_path("scripts"),
        str(Path(sys.executable).parent),
        sysconfig.get_path("scripts", user),
    )
    beside = (Path(folder) / name for folder in folders if folder)
    found = next((str(path) for path in beside if os.access(path, os.X_OK)), None)
    return found or shutil.which("rg")
