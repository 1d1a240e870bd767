"""Big pastes, folded to a token in the draft and unfolded when it is sent."""

import re

FOLD_LINES = 20
"""A paste of more lines is folded."""
FOLD_CHARACTERS = 2_000
"""A longer paste is folded."""

_TOKEN = re.compile(r"\[paste #(\d+): [\d,]+ (?:lines?|characters)\]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def normalized(text: str) -> str:
    """`text` with one kind of line end and without control characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class Pastes:
    """What was pasted into one draft, by number."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """What to put into the draft for pasted `text`: itself, or a token for it."""
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines <= FOLD_LINES and len(text) <= FOLD_CHARACTERS:
            return text
        size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        token = f"[paste #{len(self._texts) + 1}: {size}]"
        self._texts[token] = text
        return token

    def unfold(self, draft: str) -> str:
        """`draft` with the pasted texts in place of their tokens."""
        return _TOKEN.sub(lambda match: self._texts.get(match[0], match[0]), draft)

    def token_ending(self, text: str) -> str:
        """The token of ours that `text` ends with, or an empty string."""
        return next((token for token in self._texts if text.endswith(token)), "")

    def forget(self) -> None:
        """Start anew, for the next draft."""
        self._texts.clear()
