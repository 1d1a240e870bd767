"""A shortened copy of a conversation that is too long even for a request to summarise it.

The copy leaves out the oldest results first, with a word in their place, then long texts, then the
middle. Every call keeps its result, as the API demands, and all thinking goes, because it is bound
to what came before it. The program sends the copy once, to ask for a summary, and keeps nothing of
it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from tui.budget.image_tokens import image_tokens
from tui.budget.token_estimate import tokens_of_bytes
from tui.session.conversation import THINKING_TYPES
from tui.session.events import JSON
from tui.session.state import SessionState

LEFT_OUT = "[Left out here, so that the conversation can be summarised.]"
MIDDLE_LEFT_OUT = "[The middle of the conversation is left out here, so that it can be summarised.]"
MAX_KEPT_BYTES = 1_500
"""Characters of a text that are kept where texts are cut."""
MAX_LAST_ANSWER = 2_000
"""Characters of the last prompts, and of the model's last words, in the program's own report."""
MAX_PROMPTS = 8
FALLBACK_INTRODUCTION = (
    "The model could not write a summary. This is what the program itself knows."
)


def shortened_copy(messages: Sequence[JSON], room: int, scale: float = 1.0) -> list[JSON]:
    """A copy of a conversation that takes at most `room` tokens, if that is possible.

    Args:
        messages: The conversation as sent.
        room: Tokens it may take.
        scale: Tokens for each token estimated.
    """
    copy = list(_without_thinking(messages))
    most = max(1, int(room / scale))
    for way in (_without_results, _with_short_texts, _without_the_middle):
        if _size(copy) <= most:
            break
        copy = way(copy, most)
    return copy


def estimated_size(messages: Iterable[JSON]) -> int:
    """Estimated tokens of messages as sent, without what a model thinks in them."""
    return _size(_without_thinking(messages))


def fallback_summary(state: SessionState) -> str:
    """What the program itself knows of a conversation, in the place of a summary.

    Checklist and files stand beside every summary, so they are not in it.
    """
    said = [
        f"- {_cut_middle(text, MAX_LAST_ANSWER // 2)}" for text in state.prompts if text.strip()
    ]
    parts = [FALLBACK_INTRODUCTION]
    if said:
        first = [] if len(said) <= MAX_PROMPTS else [said[0], "- …"]
        parts.append("The user asked:\n" + "\n".join([*first, *said[-MAX_PROMPTS:]]))
    if report := state.last_wrap_up:
        lines = [f"- {name}: {'; '.join(each)}" for name, each in _rows(report) if each]
        parts.append("\n".join(["The last report:", *lines, f"- next: {report.next_step}"]))
    if state.commands:
        parts.append("Commands run lately:\n" + "\n".join(f"- {each}" for each in state.commands))
    if words := _last_words(state):
        parts.append(f"Your last words:\n{_cut_middle(words, MAX_LAST_ANSWER)}")
    return "<summary>\n" + "\n\n".join(parts) + "\n</summary>"


def _rows(report: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in ("done", "in_progress", "not_started", "checks"):
        yield name.replace("_", " "), getattr(report, name)


def _last_words(state: SessionState) -> str:
    for message in reversed(state.conversation.messages):
        if message.role == "assistant":
            texts = (str(b.get("text") or "") for b in message.content if b.get("type") == "text")
            if words := "\n".join(filter(None, texts)).strip():
                return words
    return state.partial_text


def _cut_middle(text: str, most: int) -> str:
    text = text.strip()
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"


# Ways --------------------------------------------------------------------------------


def _without_thinking(messages: Iterable[JSON]) -> Iterator[JSON]:
    for message in messages:
        if message.get("role") == "system":
            continue
        content = [block for block in message["content"] if block.get("type") not in THINKING_TYPES]
        if content:
            yield {**message, "content": content}


def _without_results(messages: list[JSON], most: int) -> list[JSON]:
    """Oldest results and pictures first, until the rest fits."""
    return _with_changed_blocks(messages, most, _without_content)


def _with_short_texts(messages: list[JSON], most: int) -> list[JSON]:
    """Oldest texts and calls first, cut to their beginnings and ends."""
    return _with_changed_blocks(messages, most, _cut_texts)


def _with_changed_blocks(
    messages: list[JSON], most: int, change: Callable[[JSON], JSON]
) -> list[JSON]:
    """The messages with their oldest blocks changed, until they take at most `most` tokens."""
    over = _size(messages) - most
    found: list[JSON] = []
    for message in messages:
        content: list[JSON] = []
        for block in message["content"]:
            other = change(block) if over > 0 else block
            over -= 0 if other is block else _tokens(block) - _tokens(other)
            content.append(other)
        found.append({**message, "content": content})
    return found


def _without_the_middle(messages: list[JSON], most: int) -> list[JSON]:
    """The first message and the last ones; the last begin with the model's, so pairs hold."""
    head = 1 if messages and messages[0]["role"] == "user" else 2  # behind a summary of the server
    first, rest = messages[:head], messages[head:]
    left = most - _size(first) - tokens_of_bytes(len(MIDDLE_LEFT_OUT) + 40)
    start = len(rest)
    for at in reversed(range(len(rest))):
        left -= _size(rest[at : at + 1])
        if left < 0:
            break
        if rest[at]["role"] == "assistant":
            start = at
    last = rest[start:] or _last_pair(rest)
    if first and len(last) < len(rest):
        told = {"type": "text", "text": MIDDLE_LEFT_OUT}
        first = [*first[:-1], {**first[-1], "content": [*first[-1]["content"], told]}]
    return [*first, *last]


def _last_pair(messages: list[JSON]) -> list[JSON]:
    """The last message of the model and what answers it: less cannot be sent."""
    spoken = [at for at, each in enumerate(messages) if each["role"] == "assistant"]
    return messages[spoken[-1] :] if spoken else []


def _without_content(block: JSON) -> JSON:
    if block.get("type") == "tool_result" and _tokens(block) > 2 * tokens_of_bytes(len(LEFT_OUT)):
        return {**block, "content": LEFT_OUT}
    if block.get("type") in ("image", "document"):
        return {"type": "text", "text": LEFT_OUT}
    return block


def _cut_texts(block: JSON) -> JSON:
    if block.get("type") == "text":
        return {**block, "text": _cut_middle(str(block["text"]), MAX_KEPT_BYTES)}
    if block.get("type") == "tool_use" and isinstance(block.get("input"), dict):
        return {**block, "input": {key: _cut_value(each) for key, each in block["input"].items()}}
    return block


def _cut_value(value: object) -> object:
    if isinstance(value, str):
        return _cut_middle(value, MAX_KEPT_BYTES)
    return value if len(msgspec.json.encode(value)) <= MAX_KEPT_BYTES else LEFT_OUT


# Sizes -------------------------------------------------------------------------------


def _size(messages: Iterable[JSON]) -> int:
    return sum(_tokens(block) for message in messages for block in message["content"])


def _tokens(block: JSON) -> int:
    if block.get("type") == "image":
        return image_tokens(block)
    return tokens_of_bytes(len(msgspec.json.encode(block)))
