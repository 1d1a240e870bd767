"""The places a rewind can go back to: the size of the conversation there, and its cached part.

Every answer makes one. The request for that answer wrote the conversation up to itself to the
prompt cache. The next request renews that entry; later ones only read past it. So the entry of
an early place may have expired while the whole conversation is still cached, and it never covers
the last answer that a rewind keeps.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tui.session.conversation import Message
from tui.session.prompt_cache import PromptCacheState


class RewindPoint(NamedTuple):
    """The conversation right after an answer."""

    context: int = 0
    """Its tokens, the answer included."""
    cache: PromptCacheState = PromptCacheState()
    """The prompt cache there, after the last request that ended or began at this place."""


class RewindPoints:
    """The rewind points of a session, folded by `tui.session.event_fold`."""

    def __init__(self) -> None:
        self._marks: dict[str, RewindPoint] = {}
        """By message id."""
        self._last = ""
        self._begin = RewindPoint()
        """Where nothing is answered yet: at the start, or behind a summary."""

    def add(self, message: str, context: int, warmth: PromptCacheState) -> None:
        """An answer joined the conversation.

        Args:
            message: Its id.
            context: Tokens of all up to it.
            warmth: The prompt cache after its request, which has a breakpoint where the one
                before ended, too.
        """
        before = self._marks.get(self._last)
        if before is not None:
            self._marks[self._last] = before._replace(cache=warmth.shared_with(before.cache))
        self._marks[message] = RewindPoint(context, warmth)
        self._last = message

    def at(self, messages: Sequence[Message]) -> RewindPoint:
        """The place right after the last answer of `messages`."""
        return self._marks.get(_last_answer(messages), self._begin)

    def rewind(self, messages: Sequence[Message]) -> None:
        """A rewind left only `messages` in the conversation."""
        self._last = _last_answer(messages)

    def restart(self, context: int) -> None:
        """A summary or report replaced the whole conversation.

        Args:
            context: Its tokens.
        """
        self._marks, self._last = {}, ""
        self._begin = RewindPoint(context)

    def rescale(self, before: int, after: int) -> None:
        """Another model reads the conversation: it counts `after` tokens, not `before`."""
        scale = after / before if before else 0.0
        self._marks = {
            key: RewindPoint(round(each.context * scale)) for key, each in self._marks.items()
        }
        self._begin = RewindPoint(round(self._begin.context * scale))


def _last_answer(messages: Sequence[Message]) -> str:
    """Ledger key of the last message of the model; empty without one."""
    spoken = (message.keys for message in reversed(messages) if message.role == "assistant")
    return next((keys[0] for keys in spoken if keys), "")
