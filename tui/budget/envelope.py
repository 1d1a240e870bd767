"""The envelope: what was granted, and over which turns it stretches."""

from dataclasses import dataclass

from tui.budget.wire_budget import Scope


@dataclass(frozen=True, slots=True)
class Envelope:
    """A budget of tokens, for the whole session or for each prompt."""

    base: int
    """Tokens granted at first (scope `turn`: to every prompt)."""
    extended: int = 0
    """Tokens added since (scope `turn`: to the current prompt)."""
    scope: Scope = "session"
    opened_at: float = 0.0
    """Working seconds of the session when this envelope began."""
    charged_before: int = 0
    """Charged tokens of the session that do not belong to it."""
    counted_before: int = 0
    """Scope `turn`: counted tokens in context when the prompt came, frozen there."""

    @property
    def grant(self) -> int:
        """`T`: tokens granted, extensions included."""
        return self.base + self.extended

    def charged(self, session_charged: int) -> int:
        """`C` of this envelope, out of the session's whole charge."""
        return session_charged - self.charged_before
