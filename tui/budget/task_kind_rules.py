"""Guesses what kind of task a prompt is, by rules that a person can read and change.

Points decide: the head verb of the prompt counts most, words of the kind's list count less, and
once the run is over the files that it changed count too. Each point has its reason, so that the
screen can show why ("*rename* 3, 9 files 2").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tui.budget.task_kind_words import (
    COMPLAINTS,
    DOCUMENT_FILES,
    FINITE_VERBS,
    HEAD_VERBS,
    OPENERS,
    TEST_FILES,
    WISHES,
    WORDS,
)
from tui.budget.task_kinds import TaskKind

HEAD_POINTS = 3
MAX_OPENERS = 4
"""Openers ("please", "can you") that are cut from the front of a prompt."""
READ_CHARACTERS = 600
"""Characters of a prompt whose words count."""
MAX_WORDS = 2
"""Different words of a kind's list that count."""
NEAR_HEAD = 4
"""Words behind a head verb of a feature that tell what is added."""
MANY_FILES = 8
"""Changed files from which on a run looks like a refactoring."""
BRIEF = 4
"""Words below which a prompt without points is "other" after the run, too."""
ORDER: tuple[TaskKind, ...] = (
    "bug fix",
    "tests",
    "documentation",
    "review",
    "refactor",
    "feature",
    "question",
)
"""Which kind wins where points are equal."""


@dataclass(frozen=True, slots=True)
class KindPoints:
    """Why a prompt may be of a kind."""

    kind: TaskKind
    points: int
    reason: str
    """The word, or what is known of the files."""


@dataclass(frozen=True, slots=True)
class KindGuess:
    """The kind of a task, and what speaks for and against each."""

    kind: TaskKind
    points: tuple[KindPoints, ...]
    is_clear: bool
    """False where nothing scored, or two kinds scored the same."""


def guess_before(prompt: str, own_verbs: Mapping[str, TaskKind] | None = None) -> KindGuess:
    """The kind of a prompt that was not yet worked on; "other" where nothing scored.

    Args:
        prompt: What the user typed.
        own_verbs: Head verbs that the user's corrections taught, in lower case.
    """
    points = [*_prompt_points(prompt, own_verbs or {})]
    scores = _scores(points)
    best = _best(scores)
    clear = best is not None and list(scores.values()).count(scores[best]) == 1
    return KindGuess(best or "other", tuple(points), clear)


def guess_after(
    prompt: str, files: Sequence[str], own_verbs: Mapping[str, TaskKind] | None = None
) -> KindGuess:
    """The kind of a run that is over.

    Args:
        prompt: What the user typed.
        files: The paths of the files that the run changed.
        own_verbs: Head verbs that the user's corrections taught, in lower case.
    """
    points = [*_prompt_points(prompt, own_verbs or {})]
    points += _file_points(files, _scores(points))
    scores = _scores(points)
    if not files:
        return KindGuess(_kind_without_files(prompt, scores), tuple(points), is_clear=True)
    best = _best(scores)
    return KindGuess(best or _kind_of_statement(prompt), tuple(points), best is not None)


def head_verb(prompt: str) -> str:
    """The first word behind greetings and politeness, in lower case; empty where there is none."""
    found = re.match(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", _without_openers(prompt))
    return found[0].lower() if found else ""


def _prompt_points(prompt: str, own_verbs: Mapping[str, TaskKind]) -> Iterator[KindPoints]:
    head = head_verb(prompt)
    kind = own_verbs.get(head) or HEAD_VERBS.get(head)
    if kind is not None:
        yield KindPoints(kind, HEAD_POINTS, head)
        yield from _head_points(prompt, head, kind)
    else:
        yield from _statement_points(prompt, head)
    beginning = prompt[:READ_CHARACTERS]
    for of, (pattern, each) in WORDS.items():
        words = dict.fromkeys(found[0].strip().lower() for found in pattern.finditer(beginning))
        for word in [*words][:MAX_WORDS]:
            yield KindPoints(of, each, word)


def _head_points(prompt: str, head: str, kind: TaskKind) -> Iterator[KindPoints]:
    """What stands behind the head verb: "add a test", "fix the docs", "why …?"."""
    rest = _without_openers(prompt)[len(head) :]
    near = " ".join(rest.split()[:NEAR_HEAD])
    if kind == "feature":
        for of in ("tests", "documentation"):
            if found := WORDS[of][0].search(near):
                yield KindPoints(of, 2, f"{head} … {found[0].lower()}")
    if head == "fix" and (found := re.match(r"(?:the |all |some )?(typos?|docs?)\b", near, re.I)):
        yield KindPoints("documentation", 3, f"fix {found[1].lower()}")
    if kind == "question" and prompt.rstrip().endswith("?"):
        yield KindPoints("question", 2, "?")


def _statement_points(prompt: str, head: str) -> Iterator[KindPoints]:
    """A prompt without a known head verb: a complaint or a wish."""
    if found := COMPLAINTS.search(prompt[:READ_CHARACTERS]):
        yield KindPoints("bug fix", 2, found[0].lower())
    if found := WISHES.search(prompt[:READ_CHARACTERS]):
        yield KindPoints("feature", 2, found[0].lower())
    elif head and re.match(rf"{re.escape(head)}:", _without_openers(prompt), re.I):
        yield KindPoints("feature", 2, f"{head}:")


def _file_points(files: Sequence[str], scores: Mapping[TaskKind, int]) -> Iterator[KindPoints]:
    if not files:
        return
    for kind, pattern in (("tests", TEST_FILES), ("documentation", DOCUMENT_FILES)):
        share = sum(1 for path in files if _is_file_of(path, pattern)) / len(files)
        of: TaskKind = "tests" if kind == "tests" else "documentation"
        if share == 1 and not (of == "tests" and scores.get("bug fix", 0) >= HEAD_POINTS):
            yield KindPoints(of, 4, f"only {kind} changed")
        elif share < 0.5:
            yield KindPoints(of, -2, f"few {kind} changed")
    if len(files) >= MANY_FILES:
        yield KindPoints("refactor", 2, f"{len(files)} files")
    yield KindPoints("question", -3, "files changed")
    yield KindPoints("review", -2, "files changed")


def _is_file_of(path: str, pattern: re.Pattern[str]) -> bool:
    return pattern.search(PurePosixPath(path.replace("\\", "/")).as_posix()) is not None


def _kind_without_files(prompt: str, scores: Mapping[TaskKind, int]) -> TaskKind:
    """A run that changed nothing was a review or a question."""
    is_question = scores.get("question", 0) > scores.get("review", 0)
    if scores.get("review", 0) >= 2 and not (is_question and prompt.rstrip().endswith("?")):
        return "review"
    return "question" if any(points > 0 for points in scores.values()) else "other"


def _kind_of_statement(prompt: str) -> TaskKind:
    """A statement that no rule knows: it tells what happens, or it names what is wanted."""
    if len(prompt.split()) < BRIEF:
        return "other"
    return "bug fix" if FINITE_VERBS.search(prompt) else "feature"


def _scores(points: Sequence[KindPoints]) -> dict[TaskKind, int]:
    scores: dict[TaskKind, int] = {}
    for each in points:
        scores[each.kind] = scores.get(each.kind, 0) + each.points
    return scores


def _best(scores: Mapping[TaskKind, int]) -> TaskKind | None:
    """The kind with the most points, the first in `ORDER` of equal ones; None without points."""
    best = max(ORDER, key=lambda kind: (scores.get(kind, 0), -ORDER.index(kind)))
    return best if scores.get(best, 0) > 0 else None


def _without_openers(prompt: str) -> str:
    rest = prompt.strip().lstrip("*-•> ")
    for _ in range(MAX_OPENERS):
        shorter = OPENERS.sub("", rest, count=1)
        if shorter == rest or not shorter.strip():
            break
        rest = shorter
    return rest.strip()
