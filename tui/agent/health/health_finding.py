"""What a check found: whether it is well, and what to do if it is not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

HealthLevel = Literal["ok", "warn", "bad"]
"""All well · the program works, with less · something does not work."""


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One thing that was checked."""

    subject: str
    """One or two words: `disk`, `settings`."""
    level: HealthLevel
    sentence: str
    """What was found, without a full stop."""
    advice: str = ""
    """What to do, as one sentence; empty where all is well."""


def is_healthy(findings: Iterable[HealthFinding]) -> bool:
    """Whether nothing is broken; warnings do not count."""
    return all(each.level != "bad" for each in findings)
