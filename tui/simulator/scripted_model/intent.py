"""What a prompt asks for, by its words."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["fix", "first_test", "explain", "check", "continue", "summary", "talk"]
Topic = Literal["greeting", "ability", "budget", "plan", "thanks", "unknown"]

FIXES = ("annotate", "defaults", "excepts")
"""Fixes of Python files, in the order in which they are made."""

_FIX_WORDS = {
    "annotate": r"annotat\w*|type[- ]?hints?|typehints?|return types?|missing types?|typing",
    "defaults": r"mutable|default (arg|param|value)\w*|defaults",
    "excepts": r"bare[- ]?`?excepts?\b|`?except:|except clauses?|exception handl\w+",
}
_GENERAL_FIX = (
    r"\b(fix|repair|clean ?up|improve|correct|polish|harden|tidy)\b.*"
    r"\b(python|bugs?|code|issues?|problems?|files?|project|smells?|it|this)\b|\bfind (the )?bugs\b"
)
_ACTION = (
    r"\b(add|fix|write|insert|review|complete|repair|replace|remove|find|improve|clean|correct|fill|"
    r"annotate|document|type|put|make|go through|check|supply|provide|give|eliminate|get rid|"
    r"look for|hunt|please|let'?s|can you|could you|ergänze|behebe)\b"
)
_SUMMARY = (
    r"\bsummar(y|i[sz]e)\b.{0,80}\b(conversation|session|so far|context|history|transcript|work)\b|"
    r"\bcompact(ion)?\b.{0,60}\b(summary|conversation)\b|\bhandoff\b"
)
_ENDS = r"(?= now\b|\W*$|[:,.;])"
_WRAP_UP = rf"wrap (it |this |things )?up{_ENDS}"
_LAND = rf"^\W*landing{_ENDS}|\b{_WRAP_UP}"
_AGREED = r"\A\W*go ahead with the agreed plan\b"
"""How a client begins that names the items of a plan that the user agreed to."""
_CONTINUE = (
    r"^\W*(please |now |ok(ay)?,? |yes,? |do )*"
    r"(continue|go on|go ahead|carry on|proceed|resume|keep going|keep at it|finish (it|the rest|"
    r"the job|the remaining.*|up)|do the rest|next|weiter|mach weiter|pick up|as much as (you|it)|"
    r"do it( anyway)?|start anyway|try anyway|anyway|yes|go|your last message was cut|"
    rf"your previous (answer|message)|{_WRAP_UP})\b"
)
_TEST = (
    r"\b(write|add|create|generate|make|missing|first|need|start)\b.{0,40}\b(unit ?)?tests?\b"
    r"(?! (run|suite) )"
)
_CHECK = (
    r"\b(run|execute|start|rerun)\b.{0,40}\b(tests?|checks?|suite|pytest|lint\w*|build|compile\w*)"
    r"\b|\bdo(es)?\b.{0,40}\b(compile|build|pass)\b|^\W*(check|verify|compile|test)( everything| it"
    r"| the (code|project|build|tests?)| this| all.*)?\W*$|\bnode --check\b|\bcompileall\b"
)
_EXPLAIN = (
    r"\b(explain|describe|overview|summar\w+|walk me|understand|tell me about|architecture|"
    r"structure|what('s| is| are| does)|how (does|do|is|are)|where (is|are|does)|review|analy[sz]e|"
    r"explore|inspect|audit|introduce|show me|look at|read|erklär\w*|beschreib\w*)\b"
)
_TOPICS: dict[Topic, str] = {
    "budget": r"\bbudget\b|\btokens?\b.{0,30}\b(left|remain\w*|used|spent|have)\b|"
    r"how much.{0,20}left",
    "plan": r"\b(the|your|current) plan\b|checklist|subtasks?|\bstatus\b|progress|how far|"
    r"where (are|do) (we|you|things)",
    "ability": r"what (can|do) you|who are you|what are you|which model|"
    r"your (name|model|abilit\w+)|are you (a |an )?(real|human|claude|ai|model|bot|simulat\w+)|"
    r"\bhelp\b|how do you work",
    "thanks": r"^\W*(thanks?|thank you|thx|great|perfect|nice|cool|danke|well done|"
    r"good (job|work))\b",
    "greeting": r"^\W*(hi|hello|hey|hallo|good (morning|evening|afternoon)|moin|servus|ping|"
    r"test)\b",
}
_PATH = re.compile(
    r"(?:(?<=\s)|(?<=^)|(?<=[`'\"(@]))@?((?:[\w.\-\[\]+~]+/)*[\w\-\[\]+.]+\.(?:[A-Za-z]\w{1,4}|[chrCH]))\b"
)
_FOLDER = re.compile(r"(?:\b(?:in|under|inside|within|below)\s+|@)[`'\"]?((?:[\w.\-]+/)+[\w.\-]*)")


_HANDOFF = re.compile(r"\W*go on from this handoff:\s*#+ Handoff: (?P<title>.+)", re.IGNORECASE)
_NEXT_STEP = re.compile(r"^Next step: ([^:\n]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Intent:
    """A prompt, understood."""

    kind: Kind
    text: str
    fixes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Files the prompt names."""
    folder: str = ""
    """The folder the prompt names."""
    topic: Topic = "unknown"

    @property
    def is_work(self) -> bool:
        """Whether it asks for a job, and not for words."""
        return self.kind not in ("talk", "continue", "summary")

    @property
    def wraps_up(self) -> bool:
        """Whether it asks for the report on the work before, and for no more of it."""
        return self.kind == "continue" and _has(_WRAP_UP, self.text)


_BEGINNING, _END = 8_000, 2_000
"""Characters at both ends of a long prompt in which its request is looked for."""


def parse_intent(text: str) -> Intent:
    """What a prompt asks for; one that hands work over asks for that work."""
    if handed := _HANDOFF.match(text):
        told = [parse_intent(handed["title"]), *map(parse_intent, _NEXT_STEP.findall(text))]
        return next((intent for intent in told if intent.is_work), told[0])
    words = text.strip()
    if len(words) > _BEGINNING + _END:
        # Pasted text is long; the request is short, and comes before or behind it.
        words = f"{words[:_BEGINNING]}\n{words[-_END:]}"
    files = tuple(dict.fromkeys(_PATH.findall(words)))
    folder = next(iter(_FOLDER.findall(words)), "").rstrip("/.")
    folder = "" if any(name.startswith(folder) for name in files) else folder
    kind, fixes = _kind(words)
    topic = _topic(words) if kind == "talk" else "unknown"
    return Intent(kind, words, fixes, files, folder, topic)


def says_to_land(note: str) -> bool:
    """Whether a note beside results says to wrap up now; talk of a wrap-up report does not."""
    return _has(_LAND, note)


def fixes_in(text: str) -> tuple[str, ...]:
    """The fixes a text speaks of."""
    return tuple(name for name in FIXES if _has(_FIX_WORDS[name], text))


def _kind(words: str) -> tuple[Kind, tuple[str, ...]]:
    fixes = fixes_in(words)
    question = words.endswith("?") and not _has(r"\b(can|could|would|will) you\b", words)
    if _has(_AGREED, words):
        return "continue", ()
    if _has(_SUMMARY, words):
        return "summary", ()
    if _has(_CONTINUE, words) and not fixes and len(words) < 400:
        return "continue", ()
    if _topic(words) in ("budget", "plan", "ability") and not fixes and len(words) < 90:
        return "talk", ()
    if fixes and (_has(_ACTION, words) or not question):
        return "fix", fixes
    if _has(_CHECK, words):
        return "check", ()
    if _has(_TEST, words):
        return "first_test", ()
    if _topic(words) in ("thanks", "greeting") and len(words) < 60:
        return "talk", ()
    if _has(_GENERAL_FIX, words) and not question:
        return "fix", ("defaults", "excepts")
    return ("explain", ()) if _has(_EXPLAIN, words) and not fixes else ("talk", ())


def _topic(words: str) -> Topic:
    return next((topic for topic, rule in _TOPICS.items() if _has(rule, words)), "unknown")


def _has(rule: str, text: str) -> bool:
    return bool(re.search(rule, text, re.IGNORECASE | re.DOTALL))
