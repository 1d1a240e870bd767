"""The conversation: the API's messages, folded from events, append-only between rewrites.

Each message remembers the ledger keys of what it carries, so that `N`, the charged
tokens the server can still see, is a sum over what is visible and nothing else. What
waits to be sent (results, then notes) is kept apart until a request takes it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tui.session.events import JSON


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the API with the ledger keys of its content."""

    role: str
    content: tuple[JSON, ...]
    keys: tuple[str, ...] = ()

    def to_json(self) -> JSON:
        """The message as sent."""
        return {"role": self.role, "content": list(self.content)}

    @property
    def has_results(self) -> bool:
        """Whether it answers tool calls, and so continues the API's own turn."""
        return any(block.get("type") == "tool_result" for block in self.content)


@dataclass(slots=True)
class Waiting:
    """The user message being put together: results first, then text."""

    results: list[JSON] = field(default_factory=list)
    texts: list[JSON] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.results or self.texts)

    def message(self) -> Message:
        """What would be sent."""
        return Message("user", (*self.results, *self.texts), tuple(self.keys))


class Conversation:
    """The live branch of the API's messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.waiting = Waiting()
        self.open_calls: dict[str, JSON] = {}
        """`tool_use` blocks of the last assistant message that have no result yet."""

    def sendable(self) -> list[JSON]:
        """The messages of a request made now."""
        sent = [message.to_json() for message in self.messages]
        if self.waiting:
            sent.append(self.waiting.message().to_json())
        return sent

    def put_result(self, block: JSON, key: str) -> None:
        """Keep the answer to a tool call until all are sent together."""
        self.open_calls.pop(block["tool_use_id"], None)
        self.waiting.results.append(block)
        self.waiting.keys.append(key)

    def put_text(self, blocks: Iterable[JSON], key: str) -> None:
        """Keep text that goes behind the results, or stands alone as a prompt."""
        self.waiting.texts.extend(blocks)
        self.waiting.keys.append(key)

    def take(self) -> None:
        """A request is made: what was waiting is now part of the conversation."""
        if self.waiting:
            self.messages.append(self.waiting.message())
            self.waiting = Waiting()

    def answer(self, blocks: Sequence[JSON], key: str) -> None:
        """The model's message; its tool calls are open until they are answered."""
        if not blocks:
            return
        self.messages.append(Message("assistant", tuple(blocks), (key,)))
        self.open_calls = {
            block["id"]: block for block in blocks if block.get("type") == "tool_use"
        }

    def rewrite(self, keep: int, messages: Iterable[JSON], keys: tuple[str, ...]) -> None:
        """Replace everything behind the first `keep` messages.

        Args:
            keep: Leading messages that stay.
            messages: What follows them from now on.
            keys: Ledger keys visible in the first of `messages`.
        """
        new = [Message(item["role"], tuple(item["content"])) for item in messages]
        if new and keys:
            new[0] = Message(new[0].role, new[0].content, keys)
        self.messages = [*self.messages[:keep], *new]
        self.waiting = Waiting()
        self.open_calls = {}

    def counted(self, tokens: Callable[[str], int], *, fresh: bool = False) -> int:
        """`N`: charged tokens of all that is visible.

        Args:
            tokens: Charged tokens of a ledger key.
            fresh: Count only the API's own current turn: from the last user message
                without results on (catalogue key `turn_reset`).
        """
        messages = [*self.messages, self.waiting.message()] if self.waiting else self.messages
        start = _turn_start(messages) if fresh else 0
        return sum(tokens(key) for message in messages[start:] for key in message.keys)


def _turn_start(messages: Sequence[Message]) -> int:
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].role == "user" and not messages[at].has_results:
            return at
    return 0
