"""What the user says while a job runs: skip this, only that, also the other, stop."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tui.simulator.scripted_model.intent import fixes_in
from tui.simulator.scripted_model.message_history import without_context

_SKIP = re.compile(
    r"\b(?:skip|ignore|exclude|leave out|leave|(?:do not|don'?t) (?:touch|change|edit))\s+"
    r"(?:the\s+|all\s+)?[`'\"]?([\w./\-\[\]]+)[`'\"]?(?: (?:folder|directory|dir|alone|files?))?",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\s+(?:in\s+|under\s+|the\s+)?[`'\"]?([\w./\-\[\]]+)", re.IGNORECASE)
_STOP = re.compile(r"\b(stop|abort|enough|halt|cancel)\b(?! (at|in|when|after))", re.IGNORECASE)
_WORDS = ("it", "that", "this", "them", "anything", "everything", "work", "yet", "now", "more")


@dataclass(frozen=True, slots=True)
class SteeringWishes:
    """Wishes, gathered."""

    skip: tuple[str, ...] = ()
    """Parts of paths to leave out."""
    only: tuple[str, ...] = ()
    """Parts of paths, one of which a path must have."""
    also: tuple[str, ...] = ()
    """Further fixes to make."""
    stop: bool = False

    def takes(self, path: str) -> bool:
        """Whether a path is still wanted."""
        wanted = not self.only or any(part in path for part in self.only)
        return wanted and not any(part in path for part in self.skip)

    def __bool__(self) -> bool:
        return bool(self.skip or self.only or self.also or self.stop)


def steering(notes: Iterable[str]) -> SteeringWishes:
    """The wishes in notes, the later added to the earlier."""
    whole = SteeringWishes()
    for one in map(_wishes, notes):
        skip, only, also = whole.skip + one.skip, whole.only + one.only, whole.also + one.also
        whole = SteeringWishes(skip, only, also, whole.stop or one.stop)
    return whole


@lru_cache(maxsize=64)
def _wishes(note: str) -> SteeringWishes:
    """The wishes in one note. A pure function; the cache only saves time."""
    note = without_context(note)
    skip = tuple(part for part in map(_part, _SKIP.findall(note)) if part)
    only = tuple(part for part in map(_part, _ONLY.findall(note)) if part)
    adds = re.search(r"\b(also|and|too|as well|plus)\b", note, re.IGNORECASE)
    return SteeringWishes(skip, only, fixes_in(note) if adds else (), bool(_STOP.search(note)))


def _part(found: str) -> str:
    part = found.strip("./").removesuffix("'s")
    return "" if part.lower() in _WORDS or len(part) < 2 else part
