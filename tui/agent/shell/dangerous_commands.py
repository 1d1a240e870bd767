"""Commands about which the program always asks, even if a rule or the mode allows them, and why.

The list is for accidents that nobody can undo, and for what would run later or elsewhere
without another question. It works on the programs that a line starts.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePath

from tui.agent.protected_paths import fold_file_name, path_protection_reason
from tui.agent.shell.command_analysis import (
    CommandAnalysis,
    Invocation,
    git_config_options,
    runner_data,
)
from tui.agent.shell.path_uses import (
    PathUse,
    PathUses,
    candidate_paths,
    expand_tilde,
    resolve_links,
    safe_known_program,
)
from tui.agent.shell.programs import base_name, subcommand_start
from tui.agent.shell.shell_parser import SimpleCommand
from tui.agent.shell.shell_words import UNKNOWN_WORD, Word, word_set

ANOTHER_USER = "it acts as another user"
BROADLY = "it removes or changes a whole folder tree"
PUSHED = "it overwrites or deletes what others have pushed"
THROWN_AWAY = "it throws away work that is not committed"
DEVICE = "it writes to a device"
MACHINE = "it stops the machine"
DOWNLOADED = "it runs what it downloads"
OWN_FILES = "it names git's or Glideslope's own files"
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
    return _protected_files_reason(reading, uses, tuple(program_folders))


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


def _word_texts(run: Invocation) -> list[str]:
    return [word.text for word in run.words if word.text is not None]


def _has_option(words: Iterable[str], letters: str, *long: str) -> bool:
    """Whether one of the options is given: bundled as in `-rf`, or shortened as in `--recur`."""
    for word in words:
        if word == "--":
            return False
        if word.startswith("--"):
            name = word.partition("=")[0]
            if len(name) > 3 and any(option.startswith(name) for option in long):
                return True
        elif word.startswith("-") and set(letters) & set(word[1:].partition("=")[0]):
            return True
    return False


def _operands(run: Invocation, start: int = 1) -> list[Word]:
    found, open_options = [], True
    for word in run.words[start:]:
        if open_options and word.text == "--":
            open_options = False
        elif not open_options or not (word.text or "").startswith("-") or word.text == "-":
            found.append(word)
    return found


def _is_broad(word: Word, uses: PathUses) -> bool:
    """Whether a word may name the whole folder, the home, or more."""
    values = {"HOME": str(Path.home())}
    if len(uses.base_folders) == 1:
        values["PWD"] = str(uses.base_folders[0])
    word = word.with_variables(values)
    if word is UNKNOWN_WORD:
        # What a list or a search gives is judged by where it comes from.
        return False
    if word.text is None:
        start = expand_tilde(word)
        parent, _, last = word.written.rpartition("/")
        if word.has_unknown_part:
            # `$X/` and `$X/*` are everything where the variable is empty.
            return not word.known_start or start in ("/", "~/")
        if re.search(r"[^*?\[\]!^.{},\-\\]", re.sub(r"\[[^\]]*\]", "", last)):
            return False
        folder = Word(
            tuple(p for p in word.pieces if p.kind == "text"), starts_at_home=word.starts_at_home
        )
        text = expand_tilde(folder).rstrip("/") if parent else ""
        if "*" in parent or "?" in parent or "[" in parent:
            return True
        return _is_top_folder(text + "/" if parent or start.startswith("/") else ".", uses)
    return _is_top_folder(expand_tilde(word), uses)


def _is_top_folder(text: str, uses: PathUses) -> bool:
    top = uses.base_folders[0]
    home = Path.home()
    for base in uses.base_folders:
        place = resolve_links(base / text)
        if len(place.parts) < 3 or top.is_relative_to(place) or home.is_relative_to(place):
            return True
    return False


def _removes_broadly(run: Invocation, uses: PathUses) -> bool:
    texts = _word_texts(run)
    if run.name in _REMOVERS or run.name in _CHANGERS:
        whole = run.name in ("shred", "trash", "unlink") or _has_option(
            texts[1:], "rR", "--recursive"
        )
        if run.name == "rm" and not whole:
            # Without -r it removes files: only a wildcard takes many of them.
            return any(
                w.has_glob and not w.has_unknown_part and _is_broad(w, uses) for w in _operands(run)
            )
        return whole and any(_is_broad(word, uses) for word in _operands(run))
    if run.name == "find":
        return _find_removes(run, texts, uses)
    if run.name in ("mv", "truncate"):
        moved = _operands(run)[: -1 if run.name == "mv" else None]
        return any(word.has_glob and _is_broad(word, uses) for word in moved)
    if run.name == "rsync":
        return any(text.startswith("--del") or text == "--remove-source-files" for text in texts)
    if run.name in ("tar", "zip"):
        return any(text.startswith("--remove-f") for text in texts) or (
            run.name == "zip" and _has_option(texts[1:], "m", "--move")
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
    broad = not starts or any(_is_broad(word, uses) for word in starts)
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
            _is_device(t.removeprefix("of=")) for t in _word_texts(run) if t.startswith("of=")
        )
    writes = name in ("tee", "cp", "mv", "shred", "truncate", "install")
    if writes and any(_is_device(word.known_start) for word in _operands(run)):
        return True
    return any(
        redirection.writes and _is_device(redirection.target.known_start)
        for redirection in run.command.redirections
    )


def _is_device(text: str) -> bool:
    known = text.startswith("/dev/") and not _SAFE_DEVICES.fullmatch(text)
    return known or text.startswith(("/proc/sysrq-trigger", "/proc/sys/", "/sys/"))


def _stops_machine(run: Invocation, uses: PathUses) -> bool:
    texts = _word_texts(run)
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
    texts = _word_texts(run)
    if run.name == "killall5":
        return True
    if run.name == "kill":
        return any(text in ("-1", "0") for text in texts[2:]) or texts[1:] == ["-1"]
    return run.name in ("pkill", "killall") and (
        _has_option(texts[1:], "u", "--user", "--euid")
        or any(t in (".", ".*", "*") for t in texts[1:])
    )


# git -------------------------------------------------------------------------------------


def _split_git_command(run: Invocation) -> tuple[str, list[str], list[Word]] | None:
    """Subcommand, its texts, its operands."""
    if run.name != "git":
        return None
    start = subcommand_start(run.words)
    if start >= len(run.words):
        return None
    texts = [word.text for word in run.words[start + 1 :] if word.text is not None]
    return run.words[start].text or "", texts, _operands(run, start + 1)


def _forces_push(run: Invocation, uses: PathUses) -> bool:
    found = _split_git_command(run)
    if found is None:
        return run.name in ("gh", "glab", "hub") and _word_texts(run)[1:3] in (
            ["repo", "delete"],
            ["release", "delete"],
            ["repo", "archive"],
        )
    command, texts, operands = found
    if command != "push":
        return False
    refs = any((word.known_start or "")[:1] in ("+", ":") and word.known_start for word in operands)
    return refs or _has_option(texts, "fd", *_FORCING)


_FORCING = word_set("--force --force-with-lease --force-if-includes --mirror --delete --prune")
"""Options of a push that overwrite or delete what is there."""


def _discards_work(run: Invocation, uses: PathUses) -> bool:
    found = _split_git_command(run)
    if found is None:
        return (
            run.name in ("hg", "svn")
            and "revert" in _word_texts(run)[1:2]
            and _has_option(_word_texts(run), "aRC", "--all", "--recursive")
        )
    command, texts, operands = found
    with_verb = " ".join((command, *texts[:1]))
    if command in _DISCARDING or with_verb in _DISCARDING:
        return True
    options = _DISCARDING_OPTIONS.get(command) or _DISCARDING_OPTIONS.get(with_verb)
    if options and _has_option(texts, *options):
        return True
    broad = any(_whole_tree(word, uses) for word in operands)
    match command:
        case "clean":
            asks = _has_option(texts, "n", "--dry-run")
            return _has_option(texts, "fidxX", "--force") and not asks
        case "checkout":
            return broad and not _has_option(texts, "bB", "--orphan")
        case "restore":
            staged = _has_option(texts, "S", "--staged")
            return broad and not (staged and not _has_option(texts, "W", "--worktree"))
        case "rm":
            return broad and not _has_option(texts, "n", "--cached", "--dry-run")
        case "branch":
            return _has_option(texts, "d", "--delete") and _has_option(texts, "f", "--force")
        case "gc":
            return any(text.startswith("--prune") for text in texts)
        case _:
            return False


_DISCARDING = frozenset(
    (
        *("stash drop", "stash clear", "reflog expire", "reflog delete"),
        *("prune", "filter-branch", "filter-repo"),
    )
)
"""Subcommands that throw work away, however they are called."""
_DISCARDING_OPTIONS: dict[str, tuple[str, ...]] = {
    "reset": ("", "--hard", "--merge", "--keep"),
    "checkout": ("f", "--force", "--discard-changes"),
    "switch": ("f", "--force", "--discard-changes"),
    "branch": ("D",),
    "worktree remove": ("f", "--force"),
    "update-ref": ("d", "--delete", "--stdin"),
    "checkout-index": ("f", "--force"),
    "read-tree": ("", "--reset"),
    "submodule deinit": ("f", "--force", "--all"),
}
"""With which letters and long options a subcommand throws work away."""


def _whole_tree(word: Word, uses: PathUses) -> bool:
    text = word.text
    if text is None:
        return word.has_glob and _is_broad(word, uses)
    if re.fullmatch(r":(?:/|\(top\)|\(glob\)|!).*|[*?.]+/?|:", text):
        return True
    return any(place.is_dir() for place in candidate_paths(word, uses))


def _changes_git_settings(run: Invocation, uses: PathUses) -> bool:
    if run.name != "git":
        return False
    off = runner_data()["git"]["off"]
    for key, value in git_config_options(run.words):
        if _git_key_is_safe(key):
            continue
        if value is None or value.text is None or value.text.lower() not in off:
            return True
    texts = _word_texts(run)
    early = texts[: subcommand_start(run.words) + 1]
    if any(t.startswith(("--exec-path=", "--config-env")) for t in early):
        return True
    found = _split_git_command(run)
    if found is None:
        return False
    command, given, operands = found
    if any(t.startswith("ext::") for t in given):
        return True
    match command:
        case "config":
            return _config_sets(given, operands)
        case "clone" | "init":
            return _has_option(given, "", "--template")
        case "maintenance":
            return given[:1] in (["start"], ["register"])
        case "daemon" | "instaweb" | "credential-store":
            return True
        case _:
            return False


def _config_sets(texts: list[str], operands: list[Word]) -> bool:
    if _has_option(texts, "e", "--edit"):
        return True
    verb = operands[0].text if operands else ""
    if verb in ("get", "list") or _has_option(
        texts, "l", "--list", "--get-all", "--get-regexp", "--get-urlmatch"
    ):
        return False
    if any(len(t) > 4 and "--get".startswith(t) for t in texts):
        return False
    elsewhere = _has_option(texts, "f", "--global", "--system", "--file", "--blob")
    if verb in ("set", "unset", "rename-section", "remove-section", "edit"):
        operands = operands[1:]
    elif len(operands) == 1 and not _has_option(
        texts, "", "--unset", "--unset-all", "--add", "--replace-all"
    ):
        return elsewhere and operands[0].text is None
    if elsewhere:
        return True
    if verb in ("rename-section", "remove-section", "edit"):
        return True
    if any(t.startswith(("--rename-s", "--remove-s")) for t in texts):
        return True
    return not operands or not _git_key_is_safe((operands[0].text or "?").lower())


@lru_cache(maxsize=256)
def _git_key_is_safe(key: str) -> bool:
    return any(fnmatchcase(key, known) for known in runner_data()["git"]["keys"])


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
        if run.name == "direnv" and _word_texts(run)[1:2] in (["allow"], ["grant"], ["edit"]):
            return True
        is_installer = run.name in ("npm", "pnpm", "yarn", "pip", "pip3")
        if is_installer and _word_texts(run)[1:3] == ["config", "set"]:
            return True
        if _installs_hooks(run):
            return True
        if run.name == "printf" and "-v" in _word_texts(run)[1:2]:
            texts = _word_texts(run)
            if len(texts) > 2 and _executes(texts[2], Word(())):
                return True
    return False


def _installs_hooks(run: Invocation) -> bool:
    texts = [text for text in _word_texts(run)[1:] if not text.startswith("-")]
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
    texts = _word_texts(run)
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
        if fed and (run.reads_code or (run.name in _TRUE_SHELLS and not _operands(run))):
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
        found |= {base_name(word) or "" for word in _operands(run)[:1]}
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
        if listed and _has_option(_word_texts(run), "rR", "--recursive"):
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


# Protected files -------------------------------------------------------------------------

_GIT_DIR = re.compile(
    r"git\b[^;|&]*\brev-parse\b[^;|&]*--(?:absolute-)?git-(?:dir|path|common-dir)|GIT_DIR"
)


def _protected_files_reason(
    reading: CommandAnalysis, uses: PathUses, program_folders: tuple[PurePath, ...]
) -> str:
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


_INVOCATION_CHECKS: tuple[tuple[str, Callable[[Invocation, PathUses], bool]], ...] = (
    (ANOTHER_USER, lambda run, uses: run.name in _OTHER_USERS),
    (BROADLY, _removes_broadly),
    (PUSHED, _forces_push),
    (THROWN_AWAY, _discards_work),
    (SETTING, _changes_git_settings),
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
