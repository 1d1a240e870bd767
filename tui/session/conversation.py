"""The conversation: the API's messages, folded from events, append-only between rewrites.

Each message remembers the ledger keys of what it carries, so that `N`, the charged
tokens the server can still see, is a sum over what is visible and nothing else. What
waits to be sent (results, then notes) is kept apart until a request takes it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from tui.session.events import JSON

NO_PICTURE = "[A picture was here. The server did not take it, so it was left out.]"
"""What the model reads in the place of a picture."""
THINKING = frozenset({"thinking", "redacted_thinking"})
"""Types of the blocks in which a model thinks."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the API with the ledger keys of its content."""

    role: str
    content: tuple[JSON, ...]
    keys: tuple[str, ...] = ()
    effort: str | None = None
    """What a system message changes the effort to."""

    def to_json(self) -> JSON:
        """The message as sent."""
        sent: JSON = {"role": self.role, "content": list(self.content)}
        if self.effort is not None:
            sent["output_config"] = {"effort": self.effort}
        return sent

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
    effort: str | None = None
    """What a system message behind it changes the effort to."""

    def __bool__(self) -> bool:
        return bool(self.results or self.texts)

    def message(self) -> Message:
        """What would be sent."""
        return Message("user", (*self.results, *self.texts), tuple(self.keys))

    def messages(self) -> list[Message]:
        """The same, with the system message behind it."""
        told = [] if self.effort is None else [Message("system", (), effort=self.effort)]
        return [self.message(), *told]


class Conversation:
    """The live branch of the API's messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.waiting = Waiting()
        self.open_calls: dict[str, JSON] = {}
        """`tool_use` blocks of the last assistant message that have no result yet."""

    @property
    def continues(self) -> bool:
        """Whether text put now continues the API's own turn, because it stands beside results.

        User messages that follow each other are one to the API, so results of a request
        that came to nothing count.
        """
        if self.waiting.results or self.open_calls:
            return True
        return any(message.has_results for message in _last_run(self.messages))

    def sendable(self) -> list[JSON]:
        """The messages of a request made now."""
        sent = [message.to_json() for message in self.messages]
        if self.waiting:
            sent += [message.to_json() for message in self.waiting.messages()]
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
            self.messages += self.waiting.messages()
            self.waiting = Waiting()

    def answer(self, blocks: Sequence[JSON], *keys: str) -> bool:
        """The model's message; its tool calls are open until they are answered.

        Args:
            blocks: Its content.
            keys: The ledger keys it was charged under.

        Returns:
            False when the API would not take it back: it is empty, or ends in thinking.
        """
        if not _can_be_sent_back(blocks):
            return False
        summary = summary_at(blocks)
        if summary is not None:
            # The server ignores what stands before its summary: nobody sees it any more.
            self.messages, blocks = [], blocks[summary:]
        self.messages.append(Message("assistant", tuple(blocks), keys))
        self.open_calls = {
            block["id"]: block for block in blocks if block.get("type") == "tool_use"
        }
        return True

    def tell_effort(self, effort: str) -> None:
        """Put a system message that changes the effort, behind everything there is so far.

        Results and text that wait stay in front of it: directly behind new input it holds
        for the answer to it, else from the next new input on (Messages API, "per-message
        effort").
        """
        if self.waiting:
            self.waiting.effort = effort
        else:
            self.messages.append(Message("system", (), effort=effort))

    def drop_thinking(self) -> None:
        """Take all thinking out, which the API allows; messages keep their ledger keys."""
        self.messages = list(_without_thinking(self.messages))

    @property
    def content(self) -> list[JSON]:
        """All content blocks of a request made now, in order."""
        waiting = self.waiting.message()
        return [block for each in (*self.messages, waiting) for block in each.content]

    def drop_pictures(self) -> None:
        """Put words in the place of all pictures; messages keep their ledger keys."""
        self.messages = [
            replace(each, content=tuple(map(_without_pictures, each.content)))
            for each in self.messages
        ]

    def plain(self) -> list[Message]:
        """What every model can read: no thinking, and nobody told of an effort."""
        spoken = (message for message in self.messages if message.role != "system")
        return list(_without_thinking(spoken))

    def make_plain(self) -> None:
        """Keep what every model can read."""
        self.messages = self.plain()

    @property
    def shortened_by_server(self) -> bool:
        """Whether it begins with a summary of the server's own."""
        return bool(self.messages) and summary_at(self.messages[0].content) is not None

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

    def close_pairs(self, words: str) -> None:
        """Let each call have its result and each result its call, as the API demands.

        Args:
            words: The result of a call that has none.
        """
        closed: list[Message] = []
        calls: list[str] = []
        for message in [*self.messages, None]:
            if message is not None and message.role == "system":
                closed.append(message)
                continue
            results = [] if message is None else message.content
            answered = {
                block["tool_use_id"] for block in results if block.get("type") == "tool_result"
            }
            missing = tuple(_missing(call, words) for call in calls if call not in answered)
            is_user = message is not None and message.role == "user"
            if missing and not is_user:
                closed.append(Message("user", missing))
            if message is None:
                break
            content = tuple(
                block
                for block in message.content
                if block.get("type") != "tool_result" or block["tool_use_id"] in calls
            )
            content = (*missing, *content) if is_user else content
            if content or not message.content:
                closed.append(replace(message, content=content))
            calls = [block["id"] for block in content if block.get("type") == "tool_use"]
        self.messages = closed

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


def _missing(call: str, words: str) -> JSON:
    return {"type": "tool_result", "tool_use_id": call, "content": words, "is_error": True}


def _without_thinking(messages: Iterable[Message]) -> Iterator[Message]:
    for message in messages:
        content = tuple(block for block in message.content if block.get("type") not in THINKING)
        if content or not message.content:
            yield replace(message, content=content)


def _without_pictures(block: JSON) -> JSON:
    """A block with words in the place of a picture; pictures in a tool's result too."""
    if block.get("type") == "image":
        return {"type": "text", "text": NO_PICTURE}
    inner = block.get("content")
    if not isinstance(inner, list):
        return block
    return {**block, "content": [_without_pictures(part) for part in inner]}


def summary_at(blocks: Sequence[JSON]) -> int | None:
    """Where the last summary of the server stands in a message; None without one.

    A block without content is a summary that failed, which is harmless.
    """
    for at in reversed(range(len(blocks))):
        if blocks[at].get("type") == "compaction" and blocks[at].get("content"):
            return at
    return None


def ends_in_a_call(blocks: Sequence[JSON]) -> bool:
    """Whether the last block is a tool call."""
    return bool(blocks) and blocks[-1].get("type") == "tool_use"


def _can_be_sent_back(blocks: Sequence[JSON]) -> bool:
    for block in reversed(blocks):
        if block.get("type") != "text":
            return block.get("type") not in THINKING
        if str(block.get("text") or "").strip():
            return True
    return False


def _last_run(messages: Sequence[Message]) -> Iterator[Message]:
    """The user messages at the end: one message to the API."""
    return takewhile(lambda message: message.role == "user", reversed(messages))


def _turn_start(messages: Sequence[Message]) -> int:
    """Where the API's current turn begins: the last user message without results."""
    end = len(messages)
    while end:
        run = list(_last_run(messages[:end]))
        if run and not any(message.has_results for message in run):
            return end - len(run)
        end -= len(run) or 1
    return 0
