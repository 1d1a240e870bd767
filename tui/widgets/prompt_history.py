"""Earlier prompts, walked like a shell's history; the draft is the newest entry.

What was written stays: an entry edited on the way keeps its edits until something is sent.
"""

from collections.abc import Iterable


class PromptHistory:
    """Prompts from the oldest to the newest, and where the user is in them."""

    def __init__(self, prompts: Iterable[str] = ()) -> None:
        self._prompts = [prompt for prompt in prompts if prompt.strip()]
        self._at = len(self._prompts)
        self._edits: dict[int, str] = {}

    @property
    def prompts(self) -> tuple[str, ...]:
        """All prompts, the oldest first."""
        return tuple(self._prompts)

    @property
    def at_draft(self) -> bool:
        """Whether the user is at the draft, past all prompts."""
        return self._at == len(self._prompts)

    def older(self, text: str) -> str | None:
        """The prompt before, where `text` is the current draft; None at the oldest."""
        return self._go(-1, text)

    def newer(self, text: str) -> str | None:
        """The prompt after, at last the draft; None at the draft."""
        return self._go(1, text)

    def _go(self, by: int, text: str) -> str | None:
        if not 0 <= self._at + by <= len(self._prompts):
            return None
        self._edits[self._at] = text
        self._at += by
        return self._edits.get(self._at, "" if self.at_draft else self._prompts[self._at])

    def add(self, prompt: str) -> None:
        """Remember `prompt` as the newest and go back to an empty draft."""
        if prompt.strip() and (not self._prompts or self._prompts[-1] != prompt):
            self._prompts.append(prompt)
        self._at = len(self._prompts)
        self._edits.clear()

    def matching(self, words: str, limit: int) -> list[str]:
        """Prompts that have all of `words`, whatever the case; the newest first, each once."""
        wanted = words.casefold().split()
        found: dict[str, None] = {}
        for prompt in reversed(self._prompts):
            text = prompt.casefold()
            if all(word in text for word in wanted):
                found.setdefault(prompt)
                if len(found) == limit:
                    break
        return list(found)
