"""The conversation: the API's messages, folded from events, append-only between rewrites.

Each message remembers the ledger keys of what it carries, so that `N`, the charged
tokens the server can still see, is a sum over what is visible and nothing else. What
waits to be sent (results, then notes) is kept apart until a request takes it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from tui.session.events import JSON

IMAGE_REMOVED = "[A picture was here. The server did not take it, so it was left out.]"
"""What the model reads in the place of a picture."""
THINKING_TYPES = frozenset({"thinking", "redacted_thinking"})
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
        """The message as the API takes it."""
        sent: JSON = {"role": self.role, "content": list(self.content)}
        if self.effort is not None:
            sent["output_config"] = {"effort": self.effort}
        return sent

    @property
    def has_results(self) -> bool:
        """Whether it answers tool calls, and so continues the API's own turn."""
        return any(block.get("type") == "tool_result" for block in self.content)


@dataclass(frozen=True, slots=True)
class PendingPart:
    """Something that waits to be sent, under one ledger key."""

    key: str
    blocks: tuple[JSON, ...]
    is_result: bool = False
    """Whether it answers a tool call; else it is text: a prompt, a note."""
    may_be_cut: bool = False
    """Whether it may be cut to size before it is sent."""

    def with_content(self, content: str) -> "PendingPart":
        """The same with other content."""
        if self.is_result:
            return replace(self, blocks=({**self.blocks[0], "content": content},))
        return replace(self, blocks=({"type": "text", "text": content},))


@dataclass(slots=True)
class PendingMessage:
    """The user message being put together: results first, then text."""

    parts: list[PendingPart] = field(default_factory=list)
    """In the order in which they came."""
    effort: str | None = None
    """The effort that a system message after it sets."""

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def keys(self) -> list[str]:
        """Ledger keys of all parts."""
        return [part.key for part in self.parts]

    @property
    def text_keys(self) -> list[str]:
        """Ledger keys of the texts, which wait on behind a summary."""
        return [part.key for part in self.parts if not part.is_result]

    @property
    def has_results(self) -> bool:
        """Whether it answers tool calls."""
        return any(part.is_result for part in self.parts)

    def to_message(self) -> Message:
        """The message that a request made now would send."""
        parts = sorted(self.parts, key=lambda part: not part.is_result)
        blocks = tuple(block for part in parts for block in part.blocks)
        return Message("user", blocks, tuple(self.keys))

    def to_messages(self) -> list[Message]:
        """The same, followed by the system message."""
        told = [] if self.effort is None else [Message("system", (), effort=self.effort)]
        return [self.to_message(), *told]

    def texts_only(self) -> "PendingMessage":
        """Only the texts of it."""
        return PendingMessage([part for part in self.parts if not part.is_result], self.effort)


class Conversation:
    """The live branch of the API's messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.pending = PendingMessage()
        self.open_calls: dict[str, JSON] = {}
        """`tool_use` blocks of the last assistant message that have no result yet."""
        self._unanswered: tuple[PendingMessage, ...] = ()
        """What requests took since the last answer."""

    @property
    def continues_turn(self) -> bool:
        """Whether text put now continues the API's own turn, because it goes with results.

        User messages that follow each other are one to the API, so results of a request
        that came to nothing count.
        """
        if self.pending.has_results or self.open_calls:
            return True
        return any(message.has_results for message in _trailing_user_messages(self.messages))

    def sendable(self) -> list[JSON]:
        """The messages of a request made now."""
        sent = [message.to_json() for message in self.messages]
        if self.pending:
            sent += [message.to_json() for message in self.pending.to_messages()]
        return sent

    def put_result(self, block: JSON, key: str, *, may_be_cut: bool = True) -> None:
        """Keep the answer to a tool call until all are sent together.

        Args:
            block: The `tool_result` block.
            key: Its ledger key.
            may_be_cut: Whether the program may shorten it to make it fit.
        """
        self.open_calls.pop(block["tool_use_id"], None)
        part = PendingPart(key, (block,), is_result=True, may_be_cut=may_be_cut)
        self.pending.parts.append(part)

    def put_text(self, blocks: Iterable[JSON], key: str, *, may_be_cut: bool = False) -> None:
        """Keep text that goes after the results, or is a prompt by itself.

        Args:
            blocks: The content blocks.
            key: Their ledger key.
            may_be_cut: Whether the program may shorten them to make them fit.
        """
        self.pending.parts.append(PendingPart(key, tuple(blocks), may_be_cut=may_be_cut))

    def allow_cutting(self) -> None:
        """All that waits may be cut: a newer prompt comes, which may not."""
        self.pending.parts = [replace(part, may_be_cut=True) for part in self.pending.parts]

    def cut(self, key: str, content: str) -> None:
        """Something that waits is sent with other content; nothing for what does not wait."""
        parts = self.pending.parts
        self.pending.parts = [
            part.with_content(content) if part.key == key else part for part in parts
        ]

    def withdraw(self, key: str) -> bool:
        """Something that waits is not sent at all.

        Returns:
            False where it does not wait, or answers a tool call, which has to be answered.
        """
        parts = self.pending.parts
        kept = [part for part in parts if part.key != key or part.is_result]
        self.pending.parts = kept
        return len(kept) < len(parts)

    def commit_pending(self) -> None:
        """A request is made: what was waiting is now part of the conversation."""
        if self.pending:
            self.messages += self.pending.to_messages()
            self._unanswered = (*self._unanswered, self.pending)
            self.pending = PendingMessage()

    def return_to_pending(self) -> None:
        """The server refused to read what requests took since the last answer: it waits again."""
        taken, self._unanswered = self._unanswered, ()
        keys = {key for waiting in taken for key in waiting.keys}
        effort = self.pending.effort
        while keys and self.messages and self.messages[-1].role != "assistant":
            last = self.messages[-1]
            if last.role == "user" and not keys.issuperset(last.keys):
                break
            effort = effort or last.effort
            self.messages.pop()
        parts = [part for waiting in taken for part in waiting.parts]
        self.pending = PendingMessage([*parts, *self.pending.parts], effort)

    def add_answer(self, blocks: Sequence[JSON], *keys: str) -> bool:
        """The model's message; its tool calls are open until they are answered.

        Args:
            blocks: Its content.
            keys: The ledger keys it was charged under.

        Returns:
            False when the API would not take it back: it is empty, or ends in thinking.
        """
        self._unanswered = ()
        if not _can_be_resent(blocks):
            return False
        summary = summary_index(blocks)
        if summary is not None:
            # The server ignores everything before its summary: the model no longer sees it.
            self.messages, blocks = [], blocks[summary:]
        self.messages.append(Message("assistant", tuple(blocks), keys))
        self.open_calls = {
            block["id"]: block for block in blocks if block.get("type") == "tool_use"
        }
        return True

    def announce_effort(self, effort: str) -> None:
        """Put a system message that changes the effort, behind everything there is so far.

        Results and text that wait stay in front of it: directly behind new input it holds
        for the answer to it, else from the next new input on (Messages API, "per-message
        effort").
        """
        if self.pending:
            self.pending.effort = effort
        else:
            self.messages.append(Message("system", (), effort=effort))

    def drop_thinking(self) -> None:
        """Take all thinking out, which the API allows; messages keep their ledger keys."""
        self.messages = list(_without_thinking(self.messages))

    @property
    def content(self) -> list[JSON]:
        """All content blocks of a request made now, in order."""
        waiting = self.pending.to_message()
        return [block for each in (*self.messages, waiting) for block in each.content]

    def drop_images(self) -> None:
        """Put words in the place of all pictures; messages keep their ledger keys."""
        self.messages = [
            replace(each, content=tuple(map(_without_images, each.content)))
            for each in self.messages
        ]

    def plain_messages(self) -> list[Message]:
        """What every model can read: no thinking, and nobody told of an effort."""
        spoken = (message for message in self.messages if message.role != "system")
        return list(_without_thinking(spoken))

    def make_plain(self) -> None:
        """Keep what every model can read."""
        self.messages = self.plain_messages()

    @property
    def shortened_by_server(self) -> bool:
        """Whether it begins with a summary of the server's own."""
        return bool(self.messages) and summary_index(self.messages[0].content) is not None

    def rewrite(
        self,
        keep: int,
        messages: Iterable[JSON],
        keys: tuple[str, ...],
        *,
        keeps_texts: bool = False,
    ) -> None:
        """Replace everything after the first `keep` messages.

        Args:
            keep: Leading messages that stay.
            messages: What follows them from now on.
            keys: Ledger keys visible in the first of `messages`.
            keeps_texts: Whether the texts that wait wait on.
        """
        new = [Message(item["role"], tuple(item["content"])) for item in messages]
        if new and keys:
            new[0] = Message(new[0].role, new[0].content, keys)
        self.messages = [*self.messages[:keep], *new]
        self.pending = self.pending.texts_only() if keeps_texts else PendingMessage()
        self._unanswered = ()
        self.open_calls = {}

    def complete_call_pairs(self, words: str) -> None:
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
            missing = tuple(_missing_result(call, words) for call in calls if call not in answered)
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

    def counted_tokens(self, tokens: Callable[[str], int], *, fresh: bool = False) -> int:
        """`N`: charged tokens of all that is visible.

        Args:
            tokens: Charged tokens of a ledger key.
            fresh: Count only the API's own current turn: from the last user message
                without results on (catalogue key `turn_reset`).
        """
        messages = [*self.messages, self.pending.to_message()] if self.pending else self.messages
        start = _turn_start(messages) if fresh else 0
        return sum(tokens(key) for message in messages[start:] for key in message.keys)


def _missing_result(call: str, words: str) -> JSON:
    return {"type": "tool_result", "tool_use_id": call, "content": words, "is_error": True}


def _without_thinking(messages: Iterable[Message]) -> Iterator[Message]:
    for message in messages:
        content = tuple(
            block for block in message.content if block.get("type") not in THINKING_TYPES
        )
        if content or not message.content:
            yield replace(message, content=content)


def _without_images(block: JSON) -> JSON:
    """A block with words in the place of a picture; pictures in a tool's result too."""
    if block.get("type") == "image":
        return {"type": "text", "text": IMAGE_REMOVED}
    inner = block.get("content")
    if not isinstance(inner, list):
        return block
    return {**block, "content": [_without_images(part) for part in inner]}


def summary_index(blocks: Sequence[JSON]) -> int | None:
    """The index of the last summary of the server in a message; None without one.

    A block without content is a summary that failed, which is harmless.
    """
    for at in reversed(range(len(blocks))):
        if blocks[at].get("type") == "compaction" and blocks[at].get("content"):
            return at
    return None


def ends_in_a_call(blocks: Sequence[JSON]) -> bool:
    """Whether the last block is a tool call."""
    return bool(blocks) and blocks[-1].get("type") == "tool_use"


def _can_be_resent(blocks: Sequence[JSON]) -> bool:
    for block in reversed(blocks):
        if block.get("type") != "text":
            return block.get("type") not in THINKING_TYPES
        if str(block.get("text") or "").strip():
            return True
    return False


def _trailing_user_messages(messages: Sequence[Message]) -> Iterator[Message]:
    """The user messages at the end: one message to the API."""
    return takewhile(lambda message: message.role == "user", reversed(messages))


def _turn_start(messages: Sequence[Message]) -> int:
    """Where the API's current turn begins: the last user message without results."""
    end = len(messages)
    while end:
        run = list(_trailing_user_messages(messages[:end]))
        if run and not any(message.has_results for message in run):
            return end - len(run)
        end -= len(run) or 1
    return 0
