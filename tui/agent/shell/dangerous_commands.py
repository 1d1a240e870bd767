"""Commands about which the program always asks, even if a rule or the mode allows them, and why.

The list is for accidents that nobody can undo, and for what would run later or elsewhere
without another question. It works on the programs that a line starts.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import PurePath

from tui.agent.shell.command_analysis import CommandAnalysis, Invocation
from tui.agent.shell.git_dangers import changes_git_settings, discards_work, forces_push
from tui.agent.shell.invocation_words import has_option, is_broad, operand_words, word_texts
from tui.agent.shell.path_uses import PathUses
from tui.agent.shell.programs import base_name
from tui.agent.shell.protected_uses import OWN_FILES, protected_files_reason
from tui.agent.shell.runner_tables import runner_data
from tui.agent.shell.shell_parser import SimpleCommand
from tui.agent.shell.shell_words import UNKNOWN_WORD, Word, word_set

ANOTHER_USER = "it acts as another user"
BROADLY = "it removes or changes a whole folder tree"
PUSHED = "it overwrites or deletes what others have pushed"
THROWN_AWAY = "it throws away work that is not committed"
DEVICE = "it writes to a device"
MACHINE = "it stops the machine"
DOWNLOADED = "it runs what it downloads"
SETTING = "it changes settings that make programs run other programs"
LATER = "it makes something run later, outside this session"
ENDLESS = "it starts itself without end"
PROCESSES = "it ends processes that are not its own"

_OTHER_USERS = word_set("sudo doas su pkexec runas run0 gosu su-exec runuser sudoedit machinectl")
_REMOVERS = word_set("rm unlink shred rmdir trash")
_CHANGERS = word_set("chmod chown chgrp chattr setfacl")
_FETCHERS = word_set("curl wget fetch aria2c http https xh lynx w3m wget2 axel ftp")
_STOPPERS = word_set("shutdown reboot halt poweroff telinit")
_BLOCK_TOOLS = word_set("wipefs fdisk sfdisk parted sgdisk cfdisk blkdiscard hdparm")
_NARROWING = word_set(
    "-name -iname -path -ipath -regex -iregex -wholename -mtime -mmin -newer -size -empty"
)
_SAFE_DEVICES = re.compile(
    r"/dev/(?:null|zero|full|stdin|stdout|stderr|tty|u?random|fd/\d+|shm/.+)"
)
_DESTROYING_CODE = re.compile(
    r"rmtree|remove_tree|rm_rf|rm_r\b|rimraf|fs\.rm|rmSync|rmdirSync|removedirs|FileUtils\.rm"
    r"|\brm\s+-\w*[rR]"
)
_TRUE_SHELLS = word_set("sh bash zsh dash ksh fish ash mksh")


def always_ask_reason(
    reading: CommandAnalysis, uses: PathUses, program_folders: Iterable[PurePath] = ()
) -> str:
    """Why this command line is always asked about; empty where it is not.

    Args:
        reading: The line.
        uses: The files that it names.
        program_folders: Folders of the program itself: settings, sessions.
    """
    if not reading.invocations and not reading.simple_commands:
        return _reason_from_text(reading.line.source)
    for run in reading.invocations:
        if not run.words:
            continue
        for reason, looks_so in _INVOCATION_CHECKS:
            if looks_so(run, uses):
                return reason
    for reason, says_so in _LINE_CHECKS:
        if says_so(reading, uses):
            return reason
    return protected_files_reason(reading, uses, tuple(program_folders))


def _reason_from_text(source: str) -> str:
    """For a line that the grammar does not understand: what its text looks like."""
    if re.search(r"\b(?:sudo|doas|pkexec)\s", source):
        return ANOTHER_USER
    if re.search(r"\b(?:curl|wget)\b.*\|\s*(?:\w+=\S*\s+)*(?:ba|z|da|k)?sh\b", source, re.DOTALL):
        return DOWNLOADED
    if re.search(r"\brm\s+(?:-\w+\s+)*(?:/|~|\.|\*)\s*(?:$|[;&|\n])", source):
        return BROADLY
    if re.search(r"(?<![\w.-])\.(?:git|glideslope)(?![\w-])", source, re.IGNORECASE):
        return OWN_FILES
    return ""


# Single programs -------------------------------------------------------------------------


def _removes_broadly(run: Invocation, uses: PathUses) -> bool:
    texts = word_texts(run)
    if run.name in _REMOVERS or run.name in _CHANGERS:
        whole = run.name in ("shred", "trash", "unlink") or has_option(
            texts[1:], "rR", "--recursive"
        )
        if run.name == "rm" and not whole:
            # Without -r it removes files: only a wildcard takes many of them.
            return any(
                w.has_glob and not w.has_unknown_part and is_broad(w, uses)
                for w in operand_words(run)
            )
        return whole and any(is_broad(word, uses) for word in operand_words(run))
    if run.name == "find":
        return _find_removes(run, texts, uses)
    if run.name in ("mv", "truncate"):
        moved = operand_words(run)[: -1 if run.name == "mv" else None]
        return any(word.has_glob and is_broad(word, uses) for word in moved)
    if run.name == "rsync":
        return any(text.startswith("--del") or text == "--remove-source-files" for text in texts)
    if run.name in ("tar", "zip"):
        return any(text.startswith("--remove-f") for text in texts) or (
            run.name == "zip" and has_option(texts[1:], "m", "--move")
        )
    if run.name in ("fd", "fdfind"):
        starts = [n for n, t in enumerate(texts) if t in ("-x", "-X", "--exec", "--exec-batch")]
        sought = texts[1 : starts[0]] if starts else []
        narrow = any(re.search(r"\w", t) for t in sought if not t.startswith("-"))
        return bool(starts) and "rm" in texts and not narrow
    return any(code.text and _DESTROYING_CODE.search(code.text) for code in run.code_texts)


def _find_removes(run: Invocation, texts: list[str], uses: PathUses) -> bool:
    runs_rm = any(
        text in ("-exec", "-execdir", "-ok") and base_name(run.words[at + 1]) in _REMOVERS
        for at, text in enumerate(t or "" for t in (w.text for w in run.words))
        if at + 1 < len(run.words)
    )
    if "-delete" not in texts and not runs_rm:
        return False
    starts = list(itertools.takewhile(lambda w: (w.text or "x")[0] not in "-!(", run.words[1:]))
    broad = not starts or any(is_broad(word, uses) for word in starts)
    return broad and not _narrows(texts)


def _narrows(texts: list[str]) -> bool:
    """Whether a `find` looks for something certain, not for everything but something."""
    if "!" in texts or "-not" in texts or "-o" in texts or "-or" in texts:
        return False
    pairs = zip(texts, [*texts[1:], ""], strict=True)
    return any(
        text in _NARROWING and (text == "-empty" or re.search(r"[^*?./]", value))
        for text, value in pairs
    )


def _writes_device(run: Invocation, uses: PathUses) -> bool:
    name = run.name or ""
    if name.startswith("mkfs") or name in _BLOCK_TOOLS or name == "mkswap":
        return True
    if name == "dd":
        return any(
            _is_device(t.removeprefix("of=")) for t in word_texts(run) if t.startswith("of=")
        )
    writes = name in ("tee", "cp", "mv", "shred", "truncate", "install")
    if writes and any(_is_device(word.known_start) for word in operand_words(run)):
        return True
    return any(
        redirection.writes and _is_device(redirection.target.known_start)
        for redirection in run.command.redirections
    )


def _is_device(text: str) -> bool:
    known = text.startswith("/dev/") and not _SAFE_DEVICES.fullmatch(text)
    return known or text.startswith(("/proc/sysrq-trigger", "/proc/sys/", "/sys/"))


def _stops_machine(run: Invocation, uses: PathUses) -> bool:
    texts = word_texts(run)
    if run.name in _STOPPERS:
        return True
    if run.name == "init":
        return any(text in ("0", "6") for text in texts[1:])
    verbs = (
        r"poweroff|reboot|halt|suspend|hibernate|hybrid-sleep|kexec|rescue|emergency|isolate|exit"
    )
    return run.name in ("systemctl", "loginctl") and any(
        re.fullmatch(verbs + r"|suspend-then-hibernate|soft-reboot", text) for text in texts[1:]
    )


def _ends_processes(run: Invocation, uses: PathUses) -> bool:
    texts = word_texts(run)
    if run.name == "killall5":
        return True
    if run.name == "kill":
        return any(text in ("-1", "0") for text in texts[2:]) or texts[1:] == ["-1"]
    return run.name in ("pkill", "killall") and (
        has_option(texts[1:], "u", "--user", "--euid")
        or any(t in (".", ".*", "*") for t in texts[1:])
    )


# Settings that execute -------------------------------------------------------------------


def _changes_settings(reading: CommandAnalysis, uses: PathUses) -> bool:
    assigned = (each for command in reading.simple_commands for each in command.assignments)
    if any(_executes(each.name, each.value) for each in assigned):
        return True
    for run in reading.invocations:
        if run.name in ("env", "export", "declare", "typeset", "readonly", "sudo", "make", "local"):
            for word in run.words[1:]:
                name, equals, _ = word.written.partition("=")
                if equals and _executes(name, word.without_prefix(name + "=")):
                    return True
        if run.name == "direnv" and word_texts(run)[1:2] in (["allow"], ["grant"], ["edit"]):
            return True
        is_installer = run.name in ("npm", "pnpm", "yarn", "pip", "pip3")
        if is_installer and word_texts(run)[1:3] == ["config", "set"]:
            return True
        if _installs_hooks(run):
            return True
        if run.name == "printf" and "-v" in word_texts(run)[1:2]:
            texts = word_texts(run)
            if len(texts) > 2 and _executes(texts[2], Word(())):
                return True
    return False


def _installs_hooks(run: Invocation) -> bool:
    texts = [text for text in word_texts(run)[1:] if not text.startswith("-")]
    return run.name in ("pre-commit", "lefthook", "husky", "overcommit", "simple-git-hooks") and (
        texts[:1] in (["install"], ["uninstall"], ["init-templatedir"], ["add"], ["set"], ["init"])
        or (run.name == "husky" and bool(texts))
    )


def _executes(name: str, value: Word) -> bool:
    if name == "PATH":
        return not _path_is_usual(value)
    raw = runner_data()["environment"]
    pattern = raw["valued"].get(name)
    if pattern:
        return value.text is None or re.search(pattern, value.text) is not None
    if not any(fnmatchcase(name, known) for known in raw["executing"]):
        return False
    if name.startswith(("GIT_CONFIG", "GIT_DIR")):
        return True
    return value.text is None or value.text.lower() not in raw["harmless"]


_USUAL_PATHS = re.compile(
    r"\$PATH|\$\{PATH\}|(?:\$(?:HOME|PWD)|~|\.|\$\{(?:HOME|PWD)\}|\$\(pwd\))?/?(?:[\w.-]+/)*"
    r"(?:node_modules/\.bin|\.?venv/bin|\.cargo/bin|\.local/bin|go/bin|\.deno/bin|\.bun/bin)/?"
    r"|/(?:usr/)?(?:local/)?s?bin|/opt/homebrew/bin"
)


def _path_is_usual(value: Word) -> bool:
    parts = value.written.split(":")
    return all(_USUAL_PATHS.fullmatch(part) for part in parts)


def _runs_later(run: Invocation, uses: PathUses) -> bool:
    texts = word_texts(run)
    if run.name in runner_data()["persisting"]["names"].split():
        return not (run.name == "crontab" and "-l" in texts)
    return run.name == "systemctl" and any(
        text in ("enable", "start", "restart", "edit", "link", "set-property") for text in texts[1:]
    )


# Whole lines -----------------------------------------------------------------------------


def _runs_download(reading: CommandAnalysis, uses: PathUses) -> bool:
    fetched: set[str] = set()
    for run in reading.invocations:
        if run.name in _FETCHERS:
            fetched |= _written_by(run)
    source = reading.line.source
    for run in reading.invocations:
        if run.name in _FETCHERS or not run.words:
            continue
        feeders = (word for command in run.input_commands for word in command.words[:4])
        fed = any(base_name(word) in _FETCHERS for word in feeders)
        if fed and (run.reads_code or (run.name in _TRUE_SHELLS and not operand_words(run))):
            return True
        runs_text = (
            run.name in _TRUE_SHELLS or run.name in ("eval", "source", ".") or run.code_texts
        )
        for word in (*run.words, *run.code_texts) if runs_text else ():
            if word.has_unknown_part and re.search(r"\b(?:curl|wget|fetch)\b", word.written):
                return True
        if fetched and (_program_paths(run) & fetched):
            return True
    fetches = re.search(r"\b(?:curl|wget)\b", source) is not None
    return fetches and any(run.reads_code for run in reading.invocations)


def _written_by(run: Invocation) -> set[str]:
    """Names of files that a download writes."""
    found = {
        PurePath(r.target.text).name for r in run.command.redirections if r.writes and r.target.text
    }
    texts = [word.text or "" for word in run.words]
    for at, text in enumerate(texts):
        if re.fullmatch(r"-[A-Za-z]*[oO]|--output(?:-document)?", text):
            following = texts[at + 1] if at + 1 < len(texts) else ""
            found.add(PurePath(following).name)
        elif text.startswith(("--output=", "--output-document=")):
            found.add(PurePath(text.partition("=")[2]).name)
        if "/" in text and not text.startswith("-"):
            found.add(PurePath(text.partition("?")[0]).name)
    return found - {""}


def _program_paths(run: Invocation) -> set[str]:
    """Names of the files whose content a program is: itself, or the script that it reads."""
    found = {base_name(run.words[0]) or ""} if "/" in (run.words[0].text or "") else set()
    if run.name in _TRUE_SHELLS or run.name in ("source", ".") or run.name in _INTERPRETERS:
        found |= {base_name(word) or "" for word in operand_words(run)[:1]}
    return found - {""}


_INTERPRETERS = word_set("python python3 perl ruby node php lua bun deno")


def _removes_listed(reading: CommandAnalysis, uses: PathUses) -> bool:
    """`git ls-files | xargs rm`: everything that another program lists."""
    for run in reading.invocations:
        if run.name not in _REMOVERS or not any(word.has_unknown_part for word in run.words):
            continue
        if run.input_commands and not any(map(_narrows_list, run.input_commands)):
            return True
        searched = any(base_name(word) in ("find", "fd") for word in run.command.words)
        listed = (
            run.started_by_another
            and not run.input_commands
            and not searched
            and UNKNOWN_WORD in run.words
        )
        if listed and has_option(word_texts(run), "rR", "--recursive"):
            return True
    return False


def _narrows_list(command: SimpleCommand) -> bool:
    words = command.words
    texts = [word.text or "" for word in words]
    name = base_name(words[0]) if words else ""
    if name == "find":
        return _narrows(texts)
    if name in ("grep", "egrep", "rg", "ag"):
        return "-v" not in texts and not any("v" in t for t in texts if re.match(r"-[A-Za-z]+$", t))
    if name in ("ls", "echo", "printf", "cat", "fd"):
        return any(re.search(r"[A-Za-z0-9]", t) for t in texts[1:] if not t.startswith("-")) or any(
            w.has_glob and re.search(r"\w", w.written) for w in words[1:]
        )
    return (
        name == "git"
        and "ls-files" in texts
        and any(
            re.search(r"[A-Za-z0-9]", t) and not t.startswith("-") and t not in ("git", "ls-files")
            for t in texts
        )
    )


def _starts_itself(reading: CommandAnalysis, uses: PathUses) -> bool:
    return any(
        command.function
        and command.pipe_source
        and command.words
        and command.words[0].text == command.function
        for command in reading.simple_commands
    )


_INVOCATION_CHECKS: tuple[tuple[str, Callable[[Invocation, PathUses], bool]], ...] = (
    (ANOTHER_USER, lambda run, uses: run.name in _OTHER_USERS),
    (BROADLY, _removes_broadly),
    (PUSHED, forces_push),
    (THROWN_AWAY, discards_work),
    (SETTING, changes_git_settings),
    (DEVICE, _writes_device),
    (MACHINE, _stops_machine),
    (PROCESSES, _ends_processes),
    (LATER, _runs_later),
)
_LINE_CHECKS: tuple[tuple[str, Callable[[CommandAnalysis, PathUses], bool]], ...] = (
    (DOWNLOADED, _runs_download),
    (BROADLY, _removes_listed),
    (SETTING, _changes_settings),
    (ENDLESS, _starts_itself),
)
