"""What is always asked about, whatever a rule or the mode would let pass, and why.

The list is for accidents that cannot be undone, and for what would run later or elsewhere
without anybody's being asked again. It works on the programs that a line starts.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePath

from tui.agent.shell.programs import base_name, subcommand_start
from tui.agent.shell.runners import Reading, Run, git_settings, runner_data
from tui.agent.shell.uses import Use, Uses, at_home, places, real, understood
from tui.agent.shell.words import UNKNOWN, Word, names
from tui.agent.tools.protected import plain_name, protected_name, protected_path

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

_OTHER_USERS = names("sudo doas su pkexec runas run0 gosu su-exec runuser sudoedit machinectl")
_REMOVERS = names("rm unlink shred rmdir trash")
_CHANGERS = names("chmod chown chgrp chattr setfacl")
_FETCHERS = names("curl wget fetch aria2c http https xh lynx w3m wget2 axel ftp")
_STOPPERS = names("shutdown reboot halt poweroff telinit")
_BLOCK_TOOLS = names("wipefs fdisk sfdisk parted sgdisk cfdisk blkdiscard hdparm")
_NARROWING = names(
    "-name -iname -path -ipath -regex -iregex -wholename -mtime -mmin -newer -size -empty"
)
_SAFE_DEVICES = re.compile(
    r"/dev/(?:null|zero|full|stdin|stdout|stderr|tty|u?random|fd/\d+|shm/.+)"
)
_DESTROYING_CODE = re.compile(
    r"rmtree|remove_tree|rm_rf|rm_r\b|rimraf|fs\.rm|rmSync|rmdirSync|removedirs|FileUtils\.rm"
    r"|\brm\s+-\w*[rR]"
)
_TRUE_SHELLS = names("sh bash zsh dash ksh fish ash mksh")


def always_asked(reading: Reading, uses: Uses, own: Iterable[PurePath] = ()) -> str:
    """Why this command line is always asked about; empty where it is not.

    Args:
        reading: The line.
        uses: The files that it names.
        own: Folders of the program itself: settings, sessions.
    """
    if not reading.runs and not reading.commands:
        return _of_text(reading.line.source)
    for run in reading.runs:
        if not run.words:
            continue
        for reason, looks_so in _OF_RUNS:
            if looks_so(run, uses):
                return reason
    for reason, says_so in _OF_LINES:
        if says_so(reading, uses):
            return reason
    return _own_files(reading, uses, tuple(own))


def _of_text(source: str) -> str:
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


def _texts(run: Run) -> list[str]:
    return [word.text for word in run.words if word.text is not None]


def _flag(words: Iterable[str], letters: str, *long: str) -> bool:
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


def _operands(run: Run, start: int = 1) -> list[Word]:
    found, open_options = [], True
    for word in run.words[start:]:
        if open_options and word.text == "--":
            open_options = False
        elif not open_options or not (word.text or "").startswith("-") or word.text == "-":
            found.append(word)
    return found


def _other_user(run: Run, uses: Uses) -> bool:
    return run.name in _OTHER_USERS


def _is_broad(word: Word, uses: Uses) -> bool:
    """Whether a word may stand for the whole folder, the home, or more."""
    values = {"HOME": str(Path.home())}
    if len(uses.bases) == 1:
        values["PWD"] = str(uses.bases[0])
    word = word.resolved(values)
    if word is UNKNOWN:
        # What a list or a search gives is judged by where it comes from.
        return False
    if word.text is None:
        start = at_home(word)
        parent, _, last = word.written.rpartition("/")
        if word.is_open:
            # `$X/` and `$X/*` are everything where the variable is empty.
            return not word.known_start or start in ("/", "~/")
        if re.search(r"[^*?\[\]!^.{},\-\\]", re.sub(r"\[[^\]]*\]", "", last)):
            return False
        folder = Word(tuple(p for p in word.pieces if p.kind == "text"), home=word.home)
        text = at_home(folder).rstrip("/") if parent else ""
        if "*" in parent or "?" in parent or "[" in parent:
            return True
        return _is_top(text + "/" if parent or start.startswith("/") else ".", uses)
    return _is_top(at_home(word), uses)


def _is_top(text: str, uses: Uses) -> bool:
    top = uses.bases[0]
    home = Path.home()
    for base in uses.bases:
        place = real(base / text)
        if (
            len(place.parts) < 3
            or top.is_relative_to(place)
            or home.is_relative_to(place)
            or place == home
        ):
            return True
    return False


def _removes_broadly(run: Run, uses: Uses) -> bool:
    texts = _texts(run)
    if run.name in _REMOVERS or run.name in _CHANGERS:
        whole = _flag(texts[1:], "rR", "--recursive") or run.name in ("shred", "trash", "unlink")
        if run.name == "rm" and not whole:
            # Without -r it removes files: only a wildcard takes many of them.
            return any(w.has_glob and not w.is_open and _is_broad(w, uses) for w in _operands(run))
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
            run.name == "zip" and _flag(texts[1:], "m", "--move")
        )
    if run.name in ("fd", "fdfind"):
        starts = [n for n, t in enumerate(texts) if t in ("-x", "-X", "--exec", "--exec-batch")]
        sought = texts[1 : starts[0]] if starts else []
        narrow = any(re.search(r"\w", t) for t in sought if not t.startswith("-"))
        return bool(starts) and "rm" in texts and not narrow
    return any(code.text and _DESTROYING_CODE.search(code.text) for code in run.code)


def _find_removes(run: Run, texts: list[str], uses: Uses) -> bool:
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


def _writes_device(run: Run, uses: Uses) -> bool:
    name = run.name or ""
    if name.startswith("mkfs") or name in _BLOCK_TOOLS or name == "mkswap":
        return True
    if name == "dd":
        return any(_is_device(t.removeprefix("of=")) for t in _texts(run) if t.startswith("of="))
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


def _stops_machine(run: Run, uses: Uses) -> bool:
    texts = _texts(run)
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


def _ends_processes(run: Run, uses: Uses) -> bool:
    texts = _texts(run)
    if run.name == "killall5":
        return True
    if run.name == "kill":
        return any(text in ("-1", "0") for text in texts[2:]) or texts[1:] == ["-1"]
    return run.name in ("pkill", "killall") and (
        _flag(texts[1:], "u", "--user", "--euid") or any(t in (".", ".*", "*") for t in texts[1:])
    )


# git -------------------------------------------------------------------------------------


def _git(run: Run) -> tuple[str, list[str], list[Word]] | None:
    """Subcommand, its texts, its operands."""
    if run.name != "git":
        return None
    start = subcommand_start(run.words)
    if start >= len(run.words):
        return None
    texts = [word.text for word in run.words[start + 1 :] if word.text is not None]
    return run.words[start].text or "", texts, _operands(run, start + 1)


def _forces_push(run: Run, uses: Uses) -> bool:
    found = _git(run)
    if found is None:
        return run.name in ("gh", "glab", "hub") and _texts(run)[1:3] in (
            ["repo", "delete"],
            ["release", "delete"],
            ["repo", "archive"],
        )
    command, texts, operands = found
    if command != "push":
        return False
    long = (
        "--force",
        "--force-with-lease",
        "--force-if-includes",
        "--mirror",
        "--delete",
        "--prune",
    )
    refs = any((word.known_start or "")[:1] in ("+", ":") and word.known_start for word in operands)
    return refs or _flag(texts, "fd", *long)


def _throws_away(run: Run, uses: Uses) -> bool:
    found = _git(run)
    if found is None:
        return (
            run.name in ("hg", "svn")
            and "revert" in _texts(run)[1:2]
            and _flag(_texts(run), "aRC", "--all", "--recursive")
        )
    command, texts, operands = found
    broad = any(_whole_tree(word, uses) for word in operands)
    match command:
        case "reset":
            return _flag(texts, "", "--hard", "--merge", "--keep")
        case "clean":
            return _flag(texts, "fidxX", "--force") and not _flag(texts, "n", "--dry-run")
        case "checkout" | "switch":
            force = _flag(texts, "f", "--force", "--discard-changes")
            return force or (command == "checkout" and broad and not _flag(texts, "bB", "--orphan"))
        case "restore":
            staged = _flag(texts, "S", "--staged") and not _flag(texts, "W", "--worktree")
            return broad and not staged
        case "stash":
            return any(text in ("drop", "clear") for text in texts[:1])
        case "rm":
            return broad and not _flag(texts, "n", "--cached", "--dry-run")
        case "branch" | "tag":
            return command == "branch" and (
                _flag(texts, "D")
                or (_flag(texts, "d", "--delete") and _flag(texts, "f", "--force"))
            )
        case "worktree":
            return texts[:1] == ["remove"] and _flag(texts, "f", "--force")
        case "update-ref":
            return _flag(texts, "d", "--delete", "--stdin")
        case "reflog":
            return texts[:1] in (["expire"], ["delete"])
        case "gc" | "prune":
            return command == "prune" or any(t.startswith("--prune") for t in texts)
        case "checkout-index":
            return _flag(texts, "f", "--force")
        case "read-tree":
            return _flag(texts, "", "--reset")
        case "filter-branch" | "filter-repo":
            return True
        case "submodule":
            return texts[:1] == ["deinit"] and _flag(texts, "f", "--force", "--all")
        case _:
            return False


def _whole_tree(word: Word, uses: Uses) -> bool:
    text = word.text
    if text is None:
        return word.has_glob and _is_broad(word, uses)
    if re.fullmatch(r":(?:/|\(top\)|\(glob\)|!).*|[*?.]+/?|:", text):
        return True
    return any(place.is_dir() for place in places(word, uses))


def _sets_git(run: Run, uses: Uses) -> bool:
    if run.name != "git":
        return False
    off = runner_data()["git"]["off"]
    for key, value in git_settings(run.words):
        if _git_key_is_safe(key):
            continue
        if value is None or value.text is None or value.text.lower() not in off:
            return True
    texts = _texts(run)
    early = texts[: subcommand_start(run.words) + 1]
    if any(t.startswith(("--exec-path=", "--config-env")) for t in early):
        return True
    found = _git(run)
    if found is None:
        return False
    command, given, operands = found
    if any(t.startswith("ext::") for t in given):
        return True
    match command:
        case "config":
            return _config_sets(given, operands)
        case "clone" | "init":
            return _flag(given, "", "--template")
        case "maintenance":
            return given[:1] in (["start"], ["register"])
        case "daemon" | "instaweb" | "credential-store":
            return True
        case _:
            return False


def _config_sets(texts: list[str], operands: list[Word]) -> bool:
    if _flag(texts, "e", "--edit"):
        return True
    verb = operands[0].text if operands else ""
    if verb in ("get", "list") or _flag(
        texts, "l", "--list", "--get-all", "--get-regexp", "--get-urlmatch"
    ):
        return False
    if any(len(t) > 4 and "--get".startswith(t) for t in texts):
        return False
    elsewhere = _flag(texts, "f", "--global", "--system", "--file", "--blob")
    if verb in ("set", "unset", "rename-section", "remove-section", "edit"):
        operands = operands[1:]
    elif len(operands) == 1 and not _flag(
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


def _settings(reading: Reading, uses: Uses) -> bool:
    for command in reading.commands:
        for assignment in command.assignments:
            if _executes(assignment.name, assignment.value):
                return True
    for run in reading.runs:
        if run.name in ("env", "export", "declare", "typeset", "readonly", "sudo", "make", "local"):
            for word in run.words[1:]:
                name, equals, _ = word.written.partition("=")
                if equals and _executes(name, word.after(name + "=")):
                    return True
        if run.name == "direnv" and _texts(run)[1:2] in (["allow"], ["grant"], ["edit"]):
            return True
        if run.name in ("npm", "pnpm", "yarn", "pip", "pip3") and _texts(run)[1:3] == [
            "config",
            "set",
        ]:
            return True
        if _installs_hooks(run):
            return True
        if run.name == "printf" and "-v" in _texts(run)[1:2]:
            texts = _texts(run)
            if len(texts) > 2 and _executes(texts[2], Word(())):
                return True
    return False


def _installs_hooks(run: Run) -> bool:
    texts = [text for text in _texts(run)[1:] if not text.startswith("-")]
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


def _runs_later(run: Run, uses: Uses) -> bool:
    texts = _texts(run)
    if run.name in runner_data()["persisting"]["names"].split():
        return not (run.name == "crontab" and "-l" in texts)
    return run.name == "systemctl" and any(
        text in ("enable", "start", "restart", "edit", "link", "set-property") for text in texts[1:]
    )


# Whole lines -----------------------------------------------------------------------------


def _runs_download(reading: Reading, uses: Uses) -> bool:
    fetched: set[str] = set()
    for run in reading.runs:
        if run.name in _FETCHERS:
            fetched |= _written_by(run)
    source = reading.line.source
    for run in reading.runs:
        if run.name in _FETCHERS or not run.words:
            continue
        fed = any(_fetches(command.words) for command in run.feeders)
        if fed and (run.reads_code or (run.name in _TRUE_SHELLS and not _operands(run))):
            return True
        runs_text = run.name in _TRUE_SHELLS or run.name in ("eval", "source", ".") or run.code
        for word in (*run.words, *run.code) if runs_text else ():
            if word.is_open and re.search(r"\b(?:curl|wget|fetch)\b", word.written):
                return True
        if fetched and (_program_paths(run) & fetched):
            return True
    fetches = re.search(r"\b(?:curl|wget)\b", source) is not None
    return fetches and any(run.reads_code for run in reading.runs)


def _fetches(words: tuple[Word, ...]) -> bool:
    return any(base_name(word) in _FETCHERS for word in words[:4])


def _written_by(run: Run) -> set[str]:
    """Names of files that a download writes."""
    found = {
        PurePath(r.target.text).name for r in run.command.redirections if r.writes and r.target.text
    }
    texts = [word.text or "" for word in run.words]
    for at, text in enumerate(texts):
        if text in (
            "-o",
            "-O",
            "--output",
            "--output-document",
            "-qO",
            "-Lo",
            "-sSLo",
            "-sLo",
            "-fsSLo",
        ) or (re.fullmatch(r"-[A-Za-z]*[oO]", text)):
            following = texts[at + 1] if at + 1 < len(texts) else ""
            found.add(PurePath(following).name)
        elif text.startswith(("--output=", "--output-document=")):
            found.add(PurePath(text.partition("=")[2]).name)
        if "/" in text and not text.startswith("-"):
            found.add(PurePath(text.partition("?")[0]).name)
    return found - {""}


def _program_paths(run: Run) -> set[str]:
    """Names of the files whose content a program is: itself, or the script that it reads."""
    found = {base_name(run.words[0]) or ""} if "/" in (run.words[0].text or "") else set()
    if run.name in _TRUE_SHELLS or run.name in ("source", ".") or run.name in _INTERPRETERS:
        found |= {base_name(word) or "" for word in _operands(run)[:1]}
    return found - {""}


_INTERPRETERS = names("python python3 perl ruby node php lua bun deno")


def _removes_listed(reading: Reading, uses: Uses) -> bool:
    """`git ls-files | xargs rm`: everything that another program lists."""
    for run in reading.runs:
        if run.name not in _REMOVERS or not any(word.is_open for word in run.words):
            continue
        if run.feeders and not any(map(_narrows_list, run.feeders)):
            return True
        searched = any(base_name(word) in ("find", "fd") for word in run.command.words)
        listed = run.wrapped and not run.feeders and not searched and UNKNOWN in run.words
        if listed and _flag(_texts(run), "rR", "--recursive"):
            return True
    return False


def _narrows_list(command_words: object) -> bool:
    words = getattr(command_words, "words", ())
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


def _starts_itself(reading: Reading, uses: Uses) -> bool:
    return any(
        command.function
        and command.fed
        and command.words
        and command.words[0].text == command.function
        for command in reading.commands
    )


# Protected files -------------------------------------------------------------------------

_GIT_DIR = re.compile(
    r"git\b[^;|&]*\brev-parse\b[^;|&]*--(?:absolute-)?git-(?:dir|path|common-dir)|GIT_DIR"
)


def _own_files(reading: Reading, uses: Uses, own: tuple[PurePath, ...]) -> str:
    quiet = all(map(_only_looks, reading.runs))
    for use in uses.named:
        if use.how in ("reads", "lists") or use.implied:
            continue
        if reason := _protected(use, uses, own):
            return reason
    writes = not quiet or any(use.how == "writes" for use in uses.named)
    if (
        writes
        and _GIT_DIR.search(reading.line.source)
        and any(use.word.is_open for use in uses.named if use.how in ("writes", "names"))
    ):
        return OWN_FILES
    inside = [base for base in uses.bases[1:] if protected_path(base, own)]
    if inside and writes:
        return protected_path(inside[0], own)
    return ""


def _only_looks(run: Run) -> bool:
    known = understood(run)
    return not run.words or (known is not None and known[0].program.only_looks)


def _protected(use: Use, uses: Uses, own: tuple[PurePath, ...]) -> str:
    word = use.word
    if word.text is not None:
        if re.search(r"\s", word.text) and use.how != "writes":
            return ""
        for place in places(word, uses):
            inside = _below(place, uses)
            reason = protected_path(inside, own) if use.how == "writes" else _folder(inside, own)
            if reason:
                return reason
            linked = real(place)
            if linked != place and (reason := _folder(linked, own)):
                return reason
        return ""
    if use.how == "names" and word.is_open:
        return OWN_FILES if _names_own(word.written) else ""
    return OWN_FILES if _glob_names_own(word) or _names_own(word.written) else ""


def _below(place: Path, uses: Uses) -> Path:
    """The part of a path that the project folder does not already have."""
    top = uses.bases[0]
    if top != place and place.is_relative_to(top):
        return Path("/") / place.relative_to(top)
    return place


def _folder(place: Path, own: tuple[PurePath, ...]) -> str:
    """Why a path that a program may only read is asked about: git's and our own folders."""
    names_of = {plain_name(part) for part in place.parts}
    if ".git" in names_of or ".glideslope" in names_of:
        return OWN_FILES
    return OWN_FILES if any(place.is_relative_to(folder) for folder in own) else ""


def _names_own(written: str) -> bool:
    return any(plain_name(part) in (".git", ".glideslope") for part in written.split("/"))


def _glob_names_own(word: Word) -> bool:
    """Whether a wildcard that is written with a dot in front may stand for a protected folder."""
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
        if any(_fits(pattern, name) for name in (".git", ".glideslope", ".husky", ".vscode")):
            return True
    return False


def _fits(pattern: re.Pattern[str], name: str) -> bool:
    return pattern.fullmatch(name) is not None and bool(protected_name(name))


_OF_RUNS: tuple[tuple[str, Callable[[Run, Uses], bool]], ...] = (
    (ANOTHER_USER, _other_user),
    (BROADLY, _removes_broadly),
    (PUSHED, _forces_push),
    (THROWN_AWAY, _throws_away),
    (SETTING, _sets_git),
    (DEVICE, _writes_device),
    (MACHINE, _stops_machine),
    (PROCESSES, _ends_processes),
    (LATER, _runs_later),
)
_OF_LINES: tuple[tuple[str, Callable[[Reading, Uses], bool]], ...] = (
    (DOWNLOADED, _runs_download),
    (BROADLY, _removes_listed),
    (SETTING, _settings),
    (ENDLESS, _starts_itself),
)
