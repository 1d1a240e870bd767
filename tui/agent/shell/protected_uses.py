"""Commands that name git's or Glideslope's own files, or others that are protected."""

import re
from pathlib import Path, PurePath

from tui.agent.protected_paths import fold_file_name, path_protection_reason
from tui.agent.shell.command_analysis import CommandAnalysis, Invocation
from tui.agent.shell.path_uses import (
    PathUse,
    PathUses,
    candidate_paths,
    resolve_links,
    safe_known_program,
)
from tui.agent.shell.shell_words import Word

OWN_FILES = "it names git's or Glideslope's own files"
_GIT_DIR = re.compile(
    r"git\b[^;|&]*\brev-parse\b[^;|&]*--(?:absolute-)?git-(?:dir|path|common-dir)|GIT_DIR"
)


def protected_files_reason(
    reading: CommandAnalysis, uses: PathUses, program_folders: tuple[PurePath, ...]
) -> str:
    """Why a line is asked about for the files that it names; empty where it is not."""
    quiet = all(map(_is_read_only, reading.invocations))
    for use in uses.named:
        if use.kind in ("reads", "lists") or use.implied:
            continue
        if reason := _protected_reason(use, uses, program_folders):
            return reason
    writes = not quiet or any(use.kind == "writes" for use in uses.named)
    if (
        writes
        and _GIT_DIR.search(reading.line.source)
        and any(use.word.has_unknown_part for use in uses.named if use.kind in ("writes", "names"))
    ):
        return OWN_FILES
    inside = [
        base for base in uses.base_folders[1:] if path_protection_reason(base, program_folders)
    ]
    if inside and writes:
        return path_protection_reason(inside[0], program_folders)
    return ""


def _is_read_only(run: Invocation) -> bool:
    known = safe_known_program(run)
    return not run.words or (known is not None and known[0].program.is_read_only)


def _protected_reason(use: PathUse, uses: PathUses, program_folders: tuple[PurePath, ...]) -> str:
    word = use.word
    if word.text is not None:
        if re.search(r"\s", word.text) and use.kind != "writes":
            return ""
        for place in candidate_paths(word, uses):
            inside = _path_below_project(place, uses)
            reason = (
                path_protection_reason(inside, program_folders)
                if use.kind == "writes"
                else _protected_folder_reason(inside, program_folders)
            )
            if reason:
                return reason
            linked = resolve_links(place)
            if linked != place and (reason := _protected_folder_reason(linked, program_folders)):
                return reason
        return ""
    if use.kind == "names" and word.has_unknown_part:
        return OWN_FILES if _names_protected(word.written) else ""
    return OWN_FILES if _glob_may_name_protected(word) or _names_protected(word.written) else ""


def _path_below_project(place: Path, uses: PathUses) -> Path:
    """The part of a path that the project folder does not already have."""
    top = uses.base_folders[0]
    if top != place and place.is_relative_to(top):
        return Path("/") / place.relative_to(top)
    return place


def _protected_folder_reason(place: Path, program_folders: tuple[PurePath, ...]) -> str:
    """Why the program asks about a path that a command only reads: git's and our own folders."""
    names_of = {fold_file_name(part) for part in place.parts}
    if ".git" in names_of or ".glideslope" in names_of:
        return OWN_FILES
    return OWN_FILES if any(place.is_relative_to(folder) for folder in program_folders) else ""


def _names_protected(written: str) -> bool:
    return any(fold_file_name(part) in (".git", ".glideslope") for part in written.split("/"))


def _glob_may_name_protected(word: Word) -> bool:
    """Whether a wildcard that is written with a dot in front may match a protected folder."""
    for part in word.written.split("/"):
        if part[:1] not in (".", "[") or not re.search(r"[*?\[]", part):
            continue
        pattern = re.compile(
            "".join(
                ".*" if c == "*" else "." if c == "?" else c
                for c in re.findall(r"\[[^\]]*\]|.", re.sub(r"[\\^$+(){}|]", "", part))
            ).replace("[!", "[^"),
            re.IGNORECASE,
        )
        if any(map(pattern.fullmatch, (".git", ".glideslope", ".husky", ".vscode"))):
            return True
    return False
