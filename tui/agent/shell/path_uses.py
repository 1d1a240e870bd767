"""Which files and folders a command line names, and what its programs may do with them."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui.agent.shell.command_analysis import CommandAnalysis, Invocation
from tui.agent.shell.programs import Argument, ProgramMatch, arguments, find_program
from tui.agent.shell.shell_words import Word, literal_word, word_set

UseKind = Literal["reads", "lists", "writes", "names"]
"""Reads the content · reads names only · changes it · may do either, the program is not known."""

WRITERS = word_set(
    "rm rmdir mv cp ln install tee truncate shred dd chmod chown chgrp patch rsync unlink scp "
    "sponge mkfifo mknod setfacl chattr xattr setfattr split csplit rename mktemp ed ex vi vim "
    "nvim nano emacs"
)
"""They change what they name."""
_EXCLUDING_OPTION = re.compile(r"-{1,2}(?:no-)?(?:exclude|ignore|skip|prune|omit|hide)[\w-]*")
"""Options whose value is left out by the program, not read."""
_TEXT_OPTIONS = word_set(
    "-m --message --format --pretty --author --date --grep --title --body --body-text"
)
"""Options whose value is a text in most programs."""
_PATH_PREFIX = re.compile(r"(?:-{1,2}[\w-]*=|-[A-Za-z](?=[./~@])|[\w.-]+=)@?|@")
"""What may stand before a path in one word, as in `--out=/tmp/x`, `-I/usr/include`, `of=x`."""
_FOLDER_OPTIONS = word_set("-C --directory --chdir --cwd --prefix --work-tree --project -D")
_FILE_URL = re.compile(r"file:(?://(?:localhost)?(?=/))?", re.IGNORECASE)
_PLAIN_TEXT = re.compile(r"[^\n]{0,4096}")


@dataclass(frozen=True, slots=True)
class PathUse:
    """A path that a command names."""

    word: Word
    kind: UseKind
    recursive: bool = False
    """Whether it is used with everything below it."""
    implied: bool = False
    """Whether the program uses it without its being written: the folder it runs in."""
    is_program: bool = False
    """Whether it is the program itself."""


@dataclass(frozen=True, slots=True)
class PathUses:
    """The files of a command line."""

    named: tuple[PathUse, ...]
    opaque: bool
    """Whether a program that is not known, or runs code, may use any file."""
    base_folders: tuple[Path, ...]
    """Folders that relative paths may start from, the project folder first."""
    folder_unknown: bool
    """Whether the line may go to a folder that is not known."""
    matches_dotfiles: bool = False
    """Whether wildcards may match names with a dot in front."""
    assigned_variables: frozenset[str] = frozenset()
    """Variables that the line itself sets."""


def find_path_uses(reading: CommandAnalysis, folder: Path) -> PathUses:
    """The files that a line names. Looks at no file but the links in front of a `..`.

    Args:
        reading: A line that is understood.
        folder: Where it starts, absolute.
    """
    named: list[PathUse] = []
    opaque = bool(reading.problems)
    for command in reading.simple_commands:
        named += [
            PathUse(r.target, "writes" if r.writes else "reads") for r in command.redirections
        ]
        named += [PathUse(assignment.value, "names") for assignment in command.assignments]
    for run in reading.invocations:
        if not run.words:
            continue
        found = list(_invocation_uses(run))
        named += found
        opaque = opaque or _is_opaque(run)
    bases, lost = _base_folders(reading, folder)
    dotted = any(word in reading.line.source for word in ("dotglob", "GLOBIGNORE"))
    kept = tuple(use for use in named if use.word.text != "")
    assigned = {a.name for command in reading.simple_commands for a in command.assignments}
    for run in reading.invocations:
        if run.name in ("read", "mapfile", "readarray", "getopts"):
            assigned |= {word.text for word in run.words if word.text}
    return PathUses(kept, opaque, bases, lost, dotted, frozenset(assigned))


def safe_known_program(run: Invocation) -> tuple[ProgramMatch, tuple[Argument, ...]] | None:
    """A program of the data file with its arguments, where all of them are safe."""
    return match_safe_program(run.words)


def match_safe_program(words: Sequence[Word]) -> tuple[ProgramMatch, tuple[Argument, ...]] | None:
    """The program of the data file that `words` start, where all arguments are safe."""
    found = find_program(words)
    if found is None:
        return None
    given = arguments(found, words)
    safe = all(argument.safe for argument in given)
    if not safe or (found.program.script and not script_is_safe(found, given)):
        return None
    return found, given


def unsafe_arguments(words: Sequence[Word], *, count_targets: bool) -> tuple[Argument, ...]:
    """The arguments of a known program that may write or execute something.

    Args:
        words: A command whose program is in the data file.
        count_targets: Whether a further target of `make` and its like counts.
    """
    found = find_program(words)
    if found is None:
        return ()
    given = arguments(found, words)
    unsafe = [argument for argument in given if not argument.safe]
    if found.program.targets and not count_targets:
        unsafe = [a for a in unsafe if a.role != "operand" or "=" in a.word.written]
    if found.program.script and not script_is_safe(found, given):
        unsafe += [a for a in given if a.role != "option"]
    return tuple(unsafe)


def _is_opaque(run: Invocation) -> bool:
    known = safe_known_program(run)
    if known is not None and known[0].program.effect != "writes":
        return known[0].program.effect in ("runs", "installs")
    name = run.name
    if name in ("git", "cd", "pushd", "popd", "dirs", "shopt", "ulimit", "umask", "trap", "alias"):
        return False
    if name in WRITERS or name in _STARTERS:
        return False
    found = find_program(run.words)
    return not (found and found.program.is_read_only and not found.program.script)


_STARTERS = word_set(
    "env xargs timeout nice ionice nohup setsid stdbuf time command builtin exec eval flock "
    "taskset busybox sudo watch parallel kill pkill killall curl wget find sort tar zip unzip gzip "
    "gunzip fd"
)


def _invocation_uses(run: Invocation) -> Iterator[PathUse]:
    program = run.words[0]
    if program.text is not None and "/" in program.text:
        yield PathUse(program, "reads", is_program=True)
    known = safe_known_program(run)
    if known is not None and known[0].program.effect != "writes":
        yield from _known_program_uses(run, *known)
        return
    how: UseKind = "writes" if run.name in WRITERS or _edits_in_place(run) else "names"
    found = find_program(run.words)
    if found is not None and found.program.effect == "prints":
        return
    if how == "names" and found is not None and found.program.is_read_only and found.program.text:
        skip = found.program.text
    else:
        skip = 0
    yield from _unknown_program_uses(run, how, skip)


def _known_program_uses(
    run: Invocation, found: ProgramMatch, given: Sequence[Argument]
) -> Iterator[PathUse]:
    program = found.program
    how: UseKind = "reads" if program.contents else "lists"
    if program.effect == "makes":
        how = "writes"
    whole = program.walks is True or (
        not isinstance(program.walks, bool)
        and any(a.role == "option" and _is_one_of(a.word.text, program.walks) for a in given)
    )
    operands = 0
    if program.effect == "prints":
        # They touch no file, but a wildcard gives them the names of files.
        # A path that is printed may be what another program gets.
        yield from (
            PathUse(word, "lists")
            for word in run.words[1:]
            if word.has_glob or (word.text or "").startswith(("/", "~/"))
        )
    for argument in given:
        if argument.role == "operand" and _FILE_URL.match(argument.word.known_start):
            yield PathUse(argument.word, "reads")
        elif argument.path or (argument.role == "operand" and program.walks and program.names):
            if argument.role == "option":
                value = argument.word.text or ""
                glued = value.partition("=")[2] if "=" in value else value[2:]
                if glued:
                    yield PathUse(literal_word(glued), "reads")
            else:
                operands += argument.role == "operand"
                reads = "reads" if argument.role == "value" and how == "writes" else how
                yield PathUse(argument.word, reads, recursive=whole)
    if whole and not operands:
        yield PathUse(literal_word("."), how, recursive=True, implied=True)


def _is_one_of(text: str | None, options: frozenset[str]) -> bool:
    if text is None:
        return True
    bundle = re.fullmatch(r"-([A-Za-z]+)", text)
    letters = {f"-{letter}" for letter in bundle[1]} if bundle else set()
    return text.partition("=")[0] in options or not letters.isdisjoint(options)


def _unknown_program_uses(run: Invocation, how: UseKind, skip: int) -> Iterator[PathUse]:
    passed = ""
    operands = 0
    open_options = True
    for word in run.words[1:]:
        text = word.text
        before, passed = passed, ""
        if open_options and text == "--":
            open_options = False
            continue
        if open_options and text is not None and text.startswith("-") and len(text) > 1:
            name = text.partition("=")[0]
            passed = "" if "=" in text else name
            if name == "--git-dir" and text.partition("=")[2] in (".git", "./.git"):
                continue
            if _EXCLUDING_OPTION.fullmatch(name) or (name in _TEXT_OPTIONS and "=" in text):
                continue
            if glued := _PATH_PREFIX.match(text):
                yield PathUse(word.without_prefix(glued[0]), how, recursive=True)
            continue
        if before == "--git-dir" and text in (".git", "./.git"):
            continue
        if before and (_EXCLUDING_OPTION.fullmatch(before) or before in _TEXT_OPTIONS):
            continue
        operands += 1
        if operands <= skip:
            continue
        if text is not None and not _PLAIN_TEXT.fullmatch(text):
            continue
        yield PathUse(word, how, recursive=True)
        if glued := _PATH_PREFIX.match(word.known_start):
            yield PathUse(word.without_prefix(glued[0]), how, recursive=True)
    for code in run.code_texts:
        for said in re.findall(r"[^\s\"'`()\[\]{},;=<>]+", code.text or "")[:200]:
            yield PathUse(literal_word(said), "names")


def _edits_in_place(run: Invocation) -> bool:
    return run.name in ("sed", "gsed", "perl", "ruby", "yq", "gawk") and any(
        word.text and re.match(r"-[A-Za-z]*i|--in-place", word.text) for word in run.words[1:]
    )


# What lies where ------------------------------------------------------------------------


def _base_folders(reading: CommandAnalysis, folder: Path) -> tuple[tuple[Path, ...], bool]:
    bases = [folder]
    lost = False
    for run in reading.invocations:
        if run.name in ("cd", "pushd"):
            targets = [w for w in run.words[1:] if w.text not in ("-P", "-L", "--", "-e")]
            if not targets or targets[0].text in (None, "-") or (targets[0].text or "")[:1] == "+":
                lost = True
                continue
            moves: Iterable[Word] = targets[:1]
        elif run.name == "popd":
            lost = True
            continue
        else:
            moves = _changed_folders(run)
        for word in moves:
            if word.text is None or len(bases) > 40:
                lost = True
                continue
            target = expand_tilde(word)
            for base in tuple(bases):
                bases += [place for place in _candidates_from(base, target) if place not in bases]
    return tuple(bases), lost


def _changed_folders(run: Invocation) -> Iterator[Word]:
    words = run.words
    for at, word in enumerate(words[1:], 1):
        text = word.text or ""
        name, equals, value = text.partition("=")
        if name in _FOLDER_OPTIONS and (name != "-D" or run.name == "sudo"):
            if equals:
                yield literal_word(value)
            elif at + 1 < len(words):
                yield words[at + 1]
        elif run.name in ("git", "make", "gmake") and re.match(r"-C.", text):
            yield literal_word(text[2:])


def expand_tilde(word: Word) -> str:
    """The known text of a word with its `~` filled in; the shell does so without quotes only."""
    text = word.text or word.known_start
    if word.starts_at_home and text.startswith("~"):
        if text.startswith("~+") and not text[2:3].isdigit():
            return "." + text[2:]
        if text[1:2] in ("-", "+") or text[1:2].isdigit():
            # The folder before this one, or one of the stack of folders: not known.
            return "/" + text
        try:
            return str(Path(text).expanduser())
        except RuntimeError:  # nobody of that name has a home here
            return text
    return text


def candidate_paths(word: Word, uses: PathUses) -> tuple[Path, ...]:
    """Where a known path may lead: as it is written, and where `..` behind a link leads."""
    text = _FILE_URL.sub("", expand_tilde(word))
    if "\0" in text or len(text) > 4_096:
        return ()
    found = [place for base in uses.base_folders for place in _candidates_from(base, text)]
    return tuple(dict.fromkeys(found))


def _candidates_from(base: Path, text: str) -> tuple[Path, ...]:
    written = Path(os.path.normpath(base / text))
    if ".." not in text.split("/"):
        return (written,)
    # The shell takes `link/..` for the folder of the link, the system for the one above its
    # target.
    return written, resolve_links(base / text)


def resolve_links(path: Path) -> Path:
    """A path free of links."""
    return Path(os.path.realpath(path))


_SED = re.compile(
    r"(?:(?:\d+|\$|/(?:[^/\\\n]|\\.)*/I?)(?:,[+~]?(?:\d+|\$|/(?:[^/\\\n]|\\.)*/I?))?)?\s*!?\s*"
    r"(?:[pdqQlnNDPhHgGx=]\d*|s(?P<mark>[^\w\s\\])(?:(?!(?P=mark))[^\\\n]|\\.)*(?P=mark)"
    r"(?:(?!(?P=mark))[^\\\n]|\\.)*(?P=mark)[gpiIM0-9]*|y(?P<of>[^\w\s\\])(?:(?!(?P=of))[^\\\n]|\\.)*"
    r"(?P=of)(?:(?!(?P=of))[^\\\n]|\\.)*(?P=of)|[aic]\\?[^\n;}]*)"
)
_AWK = re.compile(r"system\s*\(|getline|\||>|@|close\s*\(|ENVIRON|ARG[VC]|SYMTAB")
_JQ = re.compile(r"\$ENV\b|(?<![.\w\"])(?:env|import|include)\b")
"""What prints the environment or reads another file."""


def script_is_safe(found: ProgramMatch, given: Sequence[Argument]) -> bool:
    """Whether the script of a `sed`, `awk` or `jq` neither writes nor executes anything."""
    kind = found.program.script
    if kind == "jq":
        scripts = [a.word for a in given if a.role == "operand"][:1]
        return all(word.text is not None and not _JQ.search(word.text) for word in scripts)
    scripts = [a.word for a in given if a.option in ("-e", "--expression") and a.role == "value"]
    glued = [
        a.word
        for a in given
        if a.role == "option"
        and a.option in ("-e", "--expression")
        and a.word.text not in ("-e", "--expression", "-ne", "-Ee", "-nEe", "-ner")
    ]
    if glued:
        return False
    if not scripts:
        scripts = [a.word for a in given if a.role == "operand"][:1]
    return all(word.text is not None and _script_is_safe(kind, word.text) for word in scripts)


def _script_is_safe(kind: str, text: str) -> bool:
    if kind == "awk":
        # Comparisons are taken for redirections: too much, never too little.
        return not _AWK.search(text)
    parts = re.split(r"\s*[;\n]\s*", text.strip()) if not _SED.fullmatch(text.strip()) else [text]
    return all(not part.strip(" {}") or _SED.fullmatch(part.strip(" {}")) for part in parts)
