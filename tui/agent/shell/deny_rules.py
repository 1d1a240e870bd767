"""Whether the user's deny rules forbid a command line.

There are three answers: the rule is not about the line, it is, or nobody can know. The last one
counts as denied, because a deny rule names what must never happen.
"""

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui.agent.shell.command_analysis import (
    UNKNOWN_TEXT,
    CommandAnalysis,
    Invocation,
    analyse_command,
)
from tui.agent.shell.path_uses import PathUse, PathUses, candidate_paths, resolve_links
from tui.agent.shell.programs import base_name, subcommand_start
from tui.agent.shell.runner_tables import may_run_arguments
from tui.agent.shell.shell_words import Word

RuleAnswer = Literal["no", "matched", "unclear"]

_LONG_OPTIONS = {"-f": "--force", "-r": "--recursive", "-R": "--recursive"}
_LISTING_SECONDS = 20.0
"""Seconds for which the files of a folder are listed."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What one rule says of a line."""

    answer: RuleAnswer = "no"
    why: str = ""
    """With `unclear`: what is not understood, in words."""


NO_MATCH = RuleVerdict()


# Commands --------------------------------------------------------------------------------


def command_verdict(pattern: str, reading: CommandAnalysis) -> RuleVerdict:
    """Whether the commands of a line are among those that `pattern` names.

    Args:
        pattern: Of a rule, as `rm *` or `git push --force*`.
        reading: The line.
    """
    tokens, more = _tokens(pattern)
    unclear = reading.problems[0] if reading.problems else ""
    for run in reading.invocations:
        match _invocation_verdict(tokens, more, run):
            case "matched":
                return RuleVerdict("matched")
            case "unclear":
                unclear = unclear or "an expansion in it may name it"
    if not unclear:
        unclear = _unclear_code(tokens, reading.invocations)
    if not unclear:
        unclear = _unclear_program(pattern, reading.invocations)
    return RuleVerdict("unclear", unclear) if unclear else NO_MATCH


def _tokens(pattern: str) -> tuple[list[str], bool]:
    tokens = pattern.split()
    more = re.search(r"(?<!\\)(\\\\)*\*\Z", tokens[-1]) is not None
    if more and tokens[-1] == "*":
        tokens.pop()
    elif more and not tokens[-1].startswith("-"):
        tokens[-1] = tokens[-1][:-1]
    return tokens, more


def _invocation_verdict(tokens: Sequence[str], more: bool, run: Invocation) -> RuleAnswer:
    if not run.words:
        return "no"
    if not tokens:
        return "matched"
    first = _program_verdict(tokens[0], run.words[0])
    if first == "no":
        return "no"
    start = subcommand_start(run.words)
    answers = {
        _arguments_verdict(tokens[1:], more, run.words[at:]) for at in dict.fromkeys((1, start))
    }
    answer: RuleAnswer = (
        "matched" if "matched" in answers else "unclear" if "unclear" in answers else "no"
    )
    return "unclear" if answer == "matched" and first == "unclear" else answer


def _program_verdict(token: str, word: Word) -> RuleAnswer:
    if word.text is None:
        return "unclear"
    wanted = _glob(token)
    name = base_name(word) or ""
    bare = _glob(token.rpartition("/")[2])
    if wanted.fullmatch(word.text) or bare.fullmatch(name) or bare.fullmatch(_unversioned(name)):
        return "matched"
    return "no"


def _unversioned(name: str) -> str:
    """`python3.11` as `python3`; other names stay."""
    return re.sub(r"(?<=\d)\.\d+\Z", "", name.removesuffix(".exe"))


def _arguments_verdict(tokens: Sequence[str], more: bool, words: Sequence[Word]) -> RuleAnswer:
    wanted = [token for token in tokens if not token.startswith("-")]
    options = [token for token in tokens if token.startswith("-")]
    if not more and len(words) < len(tokens) and not any(w.may_be_several for w in words):
        return "no"
    unclear = False
    at, operands, after_option = 0, 0, False
    open_options = True
    for word in words:
        text = word.text
        if open_options and text == "--":
            open_options = False
            continue
        if open_options and text is not None and text.startswith("-") and len(text) > 1:
            after_option = "=" not in text
            continue
        operands += 1
        if at < len(wanted):
            answer = _word_verdict(wanted[at], word)
            if answer == "no":
                if after_option:
                    after_option = False
                    continue
                return "no"
            unclear = unclear or answer == "unclear"
            if answer == "unclear" and word.may_be_several:
                # It may be all of what is wanted.
                return "unclear"
            at += 1
        elif not more and not options:
            return "no"
        after_option = False
    if at < len(wanted):
        return "no"
    for option in options:
        answer = _option_verdict(option, words)
        if answer == "no":
            return "no"
        unclear = unclear or answer == "unclear"
    return "unclear" if unclear else "matched"


def _word_verdict(token: str, word: Word) -> RuleAnswer:
    if word.text is not None:
        return "matched" if _glob(token).fullmatch(word.text) else "no"
    start, known = token.partition("*")[0], word.known_start
    fits = start.startswith(known) or ("*" in token and known.startswith(start))
    return "unclear" if fits else "no"


def _option_verdict(token: str, words: Sequence[Word]) -> RuleAnswer:
    """Whether an option is given: written out, shortened, or in a bundle of letters."""
    wanted = {token.rstrip("*") or token, _LONG_OPTIONS.get(token.rstrip("*"), "")} - {""}
    wanted |= {short for short, long in _LONG_OPTIONS.items() if long in wanted}
    letters: set[str] = set()
    unclear = False
    for word in words:
        text = word.text
        if text is None:
            unclear = unclear or not word.known_start or word.known_start.startswith("-")
            continue
        name = text.partition("=")[0]
        if any(
            name == one
            or text == one
            or (one.startswith("--") and len(name) > 2 and one.startswith(name))
            or (token.endswith("*") and text.startswith(one))
            for one in wanted
        ):
            return "matched"
        if re.fullmatch(r"-[^-].*", text):
            letters |= set(text[1:])
    for one in wanted:
        if re.fullmatch(r"-[A-Za-z0-9]+", one) and set(one[1:]) <= letters:
            return "matched"
    return "unclear" if unclear else "no"


def _unclear_code(tokens: Sequence[str], runs: Iterable[Invocation]) -> str:
    """Why code of another language in the line may run what a rule names."""
    literal = [re.sub(r"\\(.)", r"\1", t) for t in tokens if "*" not in re.sub(r"\\.", "", t)]
    for run in runs:
        if run.reads_code:
            return UNKNOWN_TEXT
        for code in run.code_texts:
            if code.text is None and code.has_unknown_part:
                return f"the code that {run.name} gets is known only when it runs"
            said = code.text or ""
            if literal and all(_mentions(said, token) for token in literal):
                return f"the code that {run.name} gets mentions it"
    return ""


def _unclear_program(pattern: str, runs: Iterable[Invocation]) -> str:
    """Why a program that nobody knows may be a runner, and start what a rule names."""
    tokens, more = _tokens(pattern)
    if not tokens or re.fullmatch(r"\**", tokens[0]):
        return ""
    for run in runs:
        words = run.words
        if not words or not may_run_arguments(words):
            continue
        for at, word in enumerate(words[1:], 1):
            said = word.text or ""
            begins = _program_verdict(tokens[0], word) == "matched"
            if begins and _arguments_verdict(tokens[1:], more, words[at + 1 :]) != "no":
                return f"{run.name} may run {said}, which stands behind it"
            # A line in one word, also as the value of an option: `--exec='rm x'`, `EXEC:rm x`.
            lines = {said, said.partition("=")[2], said.partition(":")[2]} - {""}
            if re.search(r"\s", said) and any(_may_be_line(pattern, line) for line in lines):
                return f"{run.name} may run a text that it is given"
    return ""


def _may_be_line(pattern: str, line: str) -> bool:
    return len(line) < 2_000 and command_verdict(pattern, analyse_command(line)).answer == "matched"


def _mentions(code: str, token: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(token)}(?![\w-])", code) is not None


def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\\.|\*)", pattern)
    known = (".*" if part == "*" else re.escape(re.sub(r"\\(.)", r"\1", part)) for part in parts)
    return re.compile("".join(known), re.DOTALL | re.IGNORECASE)


# Files -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What a rule about files says of a line."""

    answer: Literal["no", "denied", "asked"] = "no"
    why: str = ""


PathPredicate = Callable[[Path], bool]
"""Whether a rule speaks of the file at a path."""


def file_verdict(
    covers: PathPredicate,
    uses: PathUses,
    denied: Callable[[], tuple[Path, ...]],
    *,
    writing: bool,
    masked: bool = False,
) -> FileVerdict:
    """Whether a line touches files of a deny rule.

    Args:
        covers: Whether the rule speaks of a path.
        uses: What the line names.
        denied: Lists the files that the rule speaks of and that are there.
        writing: Whether the rule is about changing files, not about reading them.
        masked: Whether the sandbox hides those files anyway.
    """
    named = [use for use in uses.named if use.kind != "lists" or use.word.text is not None]
    if writing:
        named = [use for use in named if use.kind in ("writes", "names")]
    asked = ""
    for use in named:
        if use.word.text is not None and _names_denied_file(covers, use, uses):
            shown = use.word.text
            if writing and use.kind == "names":
                asked = asked or f"it may change {shown}"
                continue
            return FileVerdict("denied", f"it names {shown}")
    if masked:
        return FileVerdict()
    for use in named:
        found = _may_reach(use, uses, denied, dotted=uses.matches_dotfiles)
        if found == "denied":
            return FileVerdict("denied", f"{use.word.written} stands for such a file")
        asked = asked or found
    if not asked and uses.folder_unknown and named and denied():
        asked = "it goes to a folder that is known only when it runs"
    if not asked and uses.opaque and not writing and denied():
        asked = "a program in it may read any file of the folder"
    return FileVerdict("asked", asked) if asked else FileVerdict()


def _names_denied_file(covers: PathPredicate, use: PathUse, uses: PathUses) -> bool:
    return any(
        covers(place) or covers(resolve_links(place)) for place in candidate_paths(use.word, uses)
    )


def _may_reach(
    use: PathUse, uses: PathUses, denied: Callable[[], tuple[Path, ...]], *, dotted: bool
) -> str:
    """`denied` for a wildcard that matches a denied file, else why the program asks about it."""
    if use.kind == "lists":
        return ""
    word = use.word
    if word.text is not None:
        if not use.recursive:
            return ""
        for place in candidate_paths(word, uses):
            for file in denied():
                if file != place and (
                    file.is_relative_to(place) or file.is_relative_to(resolve_links(place))
                ):
                    return f"{word.text} holds files that may not be used"
        return ""
    for base in uses.base_folders:
        for file in denied():
            for candidate in _spellings_from(base, file, word):
                if not word.pattern.fullmatch(candidate):
                    continue
                if word.has_unknown_part:
                    return f"{word.written} may stand for such a file"
                if dotted or _matches_with_dots(word, candidate):
                    if candidate == _relative(base, file) or candidate == str(file):
                        return "denied"
                    return f"{word.written} stands for a folder that holds such files"
    return ""


def _spellings_from(base: Path, file: Path, word: Word) -> Iterable[str]:
    """How a denied file, and the folders that hold it, may be written from a folder."""
    if word.known_start.startswith(("/", "~")):
        yield str(file)
        yield from map(str, file.parents)
        return
    relative = _relative(base, file)
    prefix = "./" if word.known_start.startswith("./") else ""
    yield relative
    yield prefix + relative
    parts = relative.split("/")
    for count in range(1, len(parts)):
        yield prefix + "/".join(parts[:count])
        yield prefix + "/".join(parts[:count]) + "/"


def _relative(base: Path, file: Path) -> str:
    return os.path.relpath(file, base)


def _matches_with_dots(word: Word, candidate: str) -> bool:
    """Whether the wildcards may match names with a dot in front: only where it is written."""
    written = word.written.removeprefix("./").split("/")
    names = candidate.removeprefix("./").split("/")
    return not any(
        name.startswith(".") and pattern[:1] in "*?["
        for pattern, name in zip(written, names, strict=False)
    )


def list_files(folder: Path, ripgrep: str | None) -> tuple[Path, ...]:
    """All files below `folder`, ignored and hidden ones too; takes a process and a while.

    Args:
        folder: Absolute and free of links.
        ripgrep: The binary; without one Python walks.
    """
    if ripgrep is not None:
        options = ("--files", "--no-config", "--no-ignore", "--hidden", "--no-messages", "--null")
        try:
            done = subprocess.run(
                [ripgrep, *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_LISTING_SECONDS,
                check=False,
                env={"PATH": os.defpath},
            )
            names = done.stdout.split(b"\0")
            return tuple(folder / os.fsdecode(name) for name in names if name)
        except (OSError, subprocess.TimeoutExpired):
            pass
    return tuple(
        Path(at) / name for at, _, files in os.walk(folder, followlinks=False) for name in files
    )


def hard_link_identity(path: Path) -> tuple[int, int] | None:
    """Device and number of a file that has more than one name; None for any other."""
    try:
        found = path.lstat()
    except OSError:
        return None
    several = found.st_nlink > 1 and stat.S_ISREG(found.st_mode)
    return (found.st_dev, found.st_ino) if several else None


def file_identity(file: Path) -> tuple[int, int] | None:
    """Device and number of a file; None where it is gone."""
    try:
        found = file.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
