"""What the draft shows in place of pasted text, and what is sent for it.

A token stands for a big paste, for a picture, and for characters that are not seen, so that the
user knows of them. A paste is sent as it came, a picture by its name: `@"/tmp/shot.png"`.
"""

import re
from typing import TYPE_CHECKING

from tui.sanitize import code_point_names, mark_invisible, remove_controls

if TYPE_CHECKING:
    from tui.widgets.pasted_pictures import Picture

FOLD_LINES = 20
"""A paste of more lines is folded."""
FOLD_CHARACTERS = 2_000
"""A longer paste is folded."""

_SPELLED = 3
"""Characters that are not seen, in a row, that are named one by one."""

_TOKEN = re.compile(
    r"\[paste #\d+: [\d,]+ (?:lines?|characters), ≈ [\d.,kM]+ tokens\]"
    r"|\[picture #\d+: [\d,]+ × [\d,]+ pixels, ≈ [\d.,kM]+ tokens\]"
    r"|⟦U\+[0-9A-F][^⟦⟧]*⟧"
)


PICTURE_WORDS = "picture #{}: {:,} × {:,} pixels, ≈ {} tokens"
"""What a token says of a picture."""


def normalize_paste(text: str) -> str:
    """`text` with one kind of line end and without control characters."""
    return remove_controls(text.replace("\r\n", "\n").replace("\r", "\n"))


class FoldedPastes:
    """What was pasted in this run, by number: a draft that comes back has its pastes."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._unseen: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """What to put into the draft for pasted `text`: itself, or a token for it."""
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines <= FOLD_LINES and len(text) <= FOLD_CHARACTERS:
            return text
        size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        from tui.budget.token_estimate import estimate_tokens
        from tui.number_format import format_tokens

        tokens = format_tokens(estimate_tokens(text))
        token = f"[paste #{self._count('[paste') + 1}: {size}, ≈ {tokens} tokens]"
        self._texts[token] = text
        return token

    def add_picture(self, picture: "Picture") -> str:
        """The token for a picture."""
        from tui.number_format import format_tokens

        tokens = format_tokens(picture.tokens)
        number = self._count("[picture") + 1
        token = f"[{PICTURE_WORDS.format(number, picture.width, picture.height, tokens)}]"
        self._texts[token] = f'@"{picture.path}"'
        return token

    def _count(self, kind: str) -> int:
        return sum(token.startswith(kind) for token in self._texts)

    def show_invisible(self, text: str, before: str = "") -> str:
        """`text` with a token for characters that are not seen.

        Args:
            text: What comes into the draft.
            before: The character that it comes behind; empty at the beginning.
        """
        return mark_invisible(text, self._token_of, before)

    def _token_of(self, unseen: str) -> str:
        """The token for some characters in a row; the same ones have the same token."""
        for token, known in self._unseen.items():
            if known == unseen:
                return token
        names = code_point_names(unseen[:_SPELLED])
        if len(unseen) > _SPELLED:
            names = [f"{names[0]} and {len(unseen) - 1:,} more #{len(self._unseen) + 1}"]
        token = f"⟦{' '.join(names)}⟧"
        self._unseen[token] = unseen
        return token

    def unfold(self, draft: str) -> str:
        """`draft` with what came in place of the tokens for it."""
        known = self._texts | self._unseen
        return _TOKEN.sub(lambda match: known.get(match[0], match[0]), draft)

    def token_spans(self, line: str) -> list[tuple[int, int]]:
        """Where the tokens of ours are in `line`: start and end column of each."""
        known = self._texts.keys() | self._unseen.keys()
        if not known:
            return []
        return [match.span() for match in _TOKEN.finditer(line) if match[0] in known]

    def refold(self, text: str) -> str:
        """`text` with a token for each paste of this run in it: an earlier prompt looks as it
        did when it was written.
        """
        for token, pasted in reversed(self._texts.items()):
            text = text.replace(pasted, token)
        return text
