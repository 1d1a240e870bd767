"""What git does that nobody can undo, or that makes it run other programs."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from tui.agent.shell.command_analysis import Invocation, git_config_options
from tui.agent.shell.invocation_words import has_option, is_broad, operand_words, word_texts
from tui.agent.shell.path_uses import PathUses, candidate_paths
from tui.agent.shell.programs import subcommand_start
from tui.agent.shell.runner_tables import runner_data
from tui.agent.shell.shell_words import Word, word_set


def _split_git_command(run: Invocation) -> tuple[str, list[str], list[Word]] | None:
    """Subcommand, its texts, its operands."""
    if run.name != "git":
        return None
    start = subcommand_start(run.words)
    if start >= len(run.words):
        return None
    texts = [word.text for word in run.words[start + 1 :] if word.text is not None]
    return run.words[start].text or "", texts, operand_words(run, start + 1)


def forces_push(run: Invocation, uses: PathUses) -> bool:
    """Whether a program overwrites or deletes what others have pushed."""
    found = _split_git_command(run)
    if found is None:
        return run.name in ("gh", "glab", "hub") and word_texts(run)[1:3] in (
            ["repo", "delete"],
            ["release", "delete"],
            ["repo", "archive"],
        )
    command, texts, operands = found
    if command != "push":
        return False
    refs = any((word.known_start or "")[:1] in ("+", ":") and word.known_start for word in operands)
    return refs or has_option(texts, "fd", *_FORCING)


_FORCING = word_set("--force --force-with-lease --force-if-includes --mirror --delete --prune")
"""Options of a push that overwrite or delete what is there."""


def discards_work(run: Invocation, uses: PathUses) -> bool:
    """Whether a program throws away work that is not committed."""
    found = _split_git_command(run)
    if found is None:
        return (
            run.name in ("hg", "svn")
            and "revert" in word_texts(run)[1:2]
            and has_option(word_texts(run), "aRC", "--all", "--recursive")
        )
    command, texts, operands = found
    with_verb = " ".join((command, *texts[:1]))
    if command in _DISCARDING or with_verb in _DISCARDING:
        return True
    options = _DISCARDING_OPTIONS.get(command) or _DISCARDING_OPTIONS.get(with_verb)
    if options and has_option(texts, *options):
        return True
    broad = any(_whole_tree(word, uses) for word in operands)
    match command:
        case "clean":
            asks = has_option(texts, "n", "--dry-run")
            return has_option(texts, "fidxX", "--force") and not asks
        case "checkout":
            return broad and not has_option(texts, "bB", "--orphan")
        case "restore":
            staged = has_option(texts, "S", "--staged")
            return broad and not (staged and not has_option(texts, "W", "--worktree"))
        case "rm":
            return broad and not has_option(texts, "n", "--cached", "--dry-run")
        case "branch":
            return has_option(texts, "d", "--delete") and has_option(texts, "f", "--force")
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
        return word.has_glob and is_broad(word, uses)
    if re.fullmatch(r":(?:/|\(top\)|\(glob\)|!).*|[*?.]+/?|:", text):
        return True
    return any(place.is_dir() for place in candidate_paths(word, uses))


def changes_git_settings(run: Invocation, uses: PathUses) -> bool:
    """Whether a command makes git run other programs, at once or later."""
    if run.name != "git":
        return False
    off = runner_data()["git"]["off"]
    for key, value in git_config_options(run.words):
        if _git_key_is_safe(key):
            continue
        if value is None or value.text is None or value.text.lower() not in off:
            return True
    texts = word_texts(run)
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
            return has_option(given, "", "--template")
        case "maintenance":
            return given[:1] in (["start"], ["register"])
        case "daemon" | "instaweb" | "credential-store":
            return True
        case _:
            return False


def _config_sets(texts: list[str], operands: list[Word]) -> bool:
    if has_option(texts, "e", "--edit"):
        return True
    verb = operands[0].text if operands else ""
    if verb in ("get", "list") or has_option(
        texts, "l", "--list", "--get-all", "--get-regexp", "--get-urlmatch"
    ):
        return False
    if any(len(t) > 4 and "--get".startswith(t) for t in texts):
        return False
    elsewhere = has_option(texts, "f", "--global", "--system", "--file", "--blob")
    if verb in ("set", "unset", "rename-section", "remove-section", "edit"):
        operands = operands[1:]
    elif len(operands) == 1 and not has_option(
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
