"""The words behind the rules that guess the kind of a task: lists to read and to change."""

import re

from tui.budget.task_kinds import TaskKind


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _words(text: str) -> list[str]:
    return text.split()


OPENERS = _any(
    r"^(?:hi|hello|hey|ok|okay|so|now|then|next|please|(?:can|could|would|will) you"
    r"|let's|let us|help me"
    r"|(?:i|we)(?: would|'d)?(?: want| need| like)(?: you)?(?: to)?|try to"
    r"|go ahead and|your task is to|just"
    r"|quickly|carefully)\b[\s,:!.]*"
)
"""Greetings and politeness at the front of a prompt."""

VERBS: dict[TaskKind, list[str]] = {
    "bug fix": _words(
        "fix repair resolve debug unbreak patch diagnose troubleshoot hotfix investigate "
        "solve stop prevent"
    ),
    "feature": _words(
        "add implement create build introduce support allow enable make let extend wire "
        "integrate provide write develop expose offer accept remember undo set"
    ),
    "refactor": _words(
        "refactor rename extract split merge move simplify restructure clean reorganise "
        "reorganize migrate convert replace inline deduplicate dedupe modernise modernize "
        "port upgrade bump type annotate consolidate untangle decouple remove drop switch "
        "turn use tidy"
    ),
    "documentation": _words("document docstring describe translate reword proofread changelog"),
    "tests": _words("test cover unit-test parametrise parametrize"),
    "review": _words(
        "review audit check inspect assess critique analyse analyze evaluate compare examine verify"
    ),
    "question": _words(
        "explain what why whats how where which who when is are does do can could should "
        "tell summarise summarize find list walk"
    ),
}
HEAD_VERBS = {verb: kind for kind, verbs in VERBS.items() for verb in verbs}
NO_VERBS = frozenset(
    _words(
        "what why whats how where which who when is are was were does do did can could should "
        "would will has have had must may the a an this that these those there here it its it's "
        "i i'm i've we you he she they my our your their his her in on at for with without from "
        "to of by if as after before because while since and or but not no yes some all any "
        "every each also maybe still now then next one"
    )
)
"""First words of prompts of every kind: a correction teaches nothing about them."""
WORDS: dict[TaskKind, tuple[re.Pattern[str], int]] = {
    "bug fix": (
        re.compile(
            r"\b(bug|crash(es|ed|ing)?|broken|error|exception|traceback|regression|fails?"
            r"|failing|wrong(ly)?|incorrect(ly)?|leak(s|ing)?|hang(s|ing)?|freez(e|es|ing)"
            r"|deadlock|race condition|stack ?trace|segfault|panic(s|ked)?|no longer"
            r"|doesn'?t work|does not work|not working|stopped working|off.by.one|typo"
            r"|flaky|nan|500s?|404s?|null pointer|undefined is not|infinite loop"
            r"|memory grows|corrupt(s|ed)?|duplicated?|missing|instead of|times? out)\b",
            re.IGNORECASE,
        ),
        1,
    ),
    "feature": (
        re.compile(
            r"\b(feature|new (command|option|flag|endpoint|page|screen|button|field"
            r"|setting|api|widget|column|mode)|option to|ability to|support for"
            r"|should be able|so that users?|dark mode|--[a-z-]+ flag|dashboard|export"
            r"|import)\b",
            re.IGNORECASE,
        ),
        1,
    ),
    "refactor": (
        re.compile(
            r"\b(refactor\w*|clean ?up|rename|duplicate code|duplication|dead code"
            r"|technical debt|god (class|object)|type (hints?|annotations?)|into (its own"
            r"|separate|smaller)|without changing (the )?behaviou?r|codebase.wide"
            r"|everywhere|across the (code|repo|codebase)|to (python 3|typescript|pytest"
            r"|async|esm|pathlib|dataclasses?)|deprecated|legacy|circular import"
            r"|throughout|break it up|async/await|base class|unused|code.?base.wide"
            r"|make \w+( \w+){0,2} async|tidy up)\b",
            re.IGNORECASE,
        ),
        1,
    ),
    "documentation": (
        re.compile(
            r"\b(readme|docs?|documentation|docstrings?|changelog|tutorial|comments?"
            r"|how-?to|guide|wiki|release notes|jsdoc|man ?page|api reference|diagram)\b",
            re.IGNORECASE,
        ),
        2,
    ),
    "tests": (
        re.compile(
            r"\b(tests?|unit tests?|test suite|coverage|e2e|end.to.end tests?"
            r"|snapshot tests?|fixtures?|property.based|mock(s|ed)?|test cases?|hypothesis"
            r"|integration tests?)\b",
            re.IGNORECASE,
        ),
        2,
    ),
    "review": (
        re.compile(
            r"\b(code review|review|audit|security (issues?|holes?|review)|vulnerabilit(y"
            r"|ies)|code smells?|pull request|this (pr|diff|branch)|feedback|before (i"
            r"|we) merge|second opinion|threat model)\b",
            re.IGNORECASE,
        ),
        2,
    ),
    "question": (
        re.compile(
            r"(\?\s*$|\b(what (is|are|does|would)|why (is|does|do|are|did)|how (do|does|is"
            r"|can|many|much)|where (is|are|do)|explain|difference between"
            r"|do not understand|tell me|which (file|function|module))\b)",
            re.IGNORECASE,
        ),
        1,
    ),
}
"""By kind: words of a prompt, and the points that each of them counts."""
COMPLAINTS = _any(
    r"\b(?:nothing|never|twice|stops?|loses?|ignores?|although|still|no longer"
    r"|breaks?|chokes?|blank|empty"
    r"|cannot|can't|does not|doesn't|do not|don't|after the update|should not"
    r"|shouldn't|should give|mismatch(?:es)?)\b",
    r"\w*Error:|\btoo (?:slow|many)\b|\bsame (?:seat|time)\b",
)
"""What happens and should not."""
WISHES = _any(
    r"\bit would be (?:nice|great)\b|\bbe able to\b|\blet users\b|\busers should\b"
    r"|\bwe need\b|\bcan we have\b"
)
FINITE_VERBS = _any(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|will|would|can|could|should|must"
    r"|gets?|shows?|gives?|takes?"
    r"|goes|returns?|fails?|happens?|appears?|keeps?|makes?|fires?|jumps?|runs?|sees?"
    r"|says?|needs?|loses?)\b",
    r"\b\w{3,}(?<!s)(?<!i)(?<!u)s (?:the|a|an|to|in|on|at|when|if|after|for|with|from"
    r"|into|its|their|no|not|only)\b",
)
"""Words that make a sentence of a statement."""
TEST_FILES = _any(
    r"(?:^|/)(?:tests?|specs?|__tests__|e2e|testing)(?:/|$)|(?:^|/)test_[^/]*$|(?:^|/)conftest\.py$"
    r"|[._-](?:test|spec|tests)\.\w+$|_test\.\w+$|Tests?\.\w+$"
)
DOCUMENT_FILES = _any(
    r"(?:^|/)(?:docs?|documentation|man)(?:/|$)|\.(?:md|mdx|rst|adoc|txt|1)$"
    r"|(?:^|/)(?:README|CHANGELOG|CONTRIBUTING|LICENSE|AUTHORS)[^/]*$"
)
