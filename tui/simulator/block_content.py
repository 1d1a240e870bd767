"""Content blocks as the model sees them: what they mean, and how many tokens they have.

Two blocks that differ only in `cache_control`, in null fields or in the order of keys are
the same to the model: `comparable_content` gives equal values for them.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator
from typing import Any

from tui.simulator import block_signatures, image_checks
from tui.simulator.tokenizer import Tokenizer

JSON = dict[str, Any]

MESSAGE_OVERHEAD = 3
"""Tokens that open and close a message. The model writes those of its own messages."""
TOOL_USE_OVERHEAD = 12
TOOL_RESULT_OVERHEAD = 8
IMAGE_TOKENS = 1_600
"""Of an image whose size cannot be read."""
_HEAD = 262_144
"""Characters of base64 in which the size of an image is looked for."""


def blocks_of(message: JSON) -> list[JSON]:
    """The content of a message as a list of blocks."""
    return list(_blocks(message.get("content")))


def comparable_content(block: JSON) -> list[Any]:
    """What a block says, whatever else it carries; comparable and in plain JSON."""
    match block.get("type"):
        case "text":
            return ["text", block["text"]]
        case "tool_use":
            return ["tool_use", block["id"], block["name"], block["input"]]
        case "tool_result":
            inner = [comparable_content(part) for part in _blocks(block.get("content"))]
            return ["tool_result", block["tool_use_id"], inner, bool(block.get("is_error"))]
    kept = {k: v for k, v in block.items() if k != "cache_control" and v is not None}
    return [block.get("type"), kept]


def canonical(value: Any) -> str:
    """A value as text that does not depend on the order of keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def call_text(given: Any) -> str:
    """A tool call's input as the text that is counted."""
    return canonical(given)


def tokens_of(block: JSON, tokenizer: Tokenizer) -> int:
    """Tokens of a content block."""
    match block.get("type"):
        case "text":
            return tokenizer.count(block["text"])
        case "tool_use":
            words = tokenizer.count(block["name"]) + tokenizer.count(call_text(block["input"]))
            return TOOL_USE_OVERHEAD + words
        case "tool_result":
            parts = _blocks(block.get("content"))
            return TOOL_RESULT_OVERHEAD + sum(tokens_of(part, tokenizer) for part in parts)
        case "thinking":
            thought = block_signatures.read_signature(block["signature"])
            return thought.tokens if thought else tokenizer.count(block["thinking"])
        case "compaction":
            return tokenizer.count(block.get("content") or "")
        case "image":
            return _image_tokens(block.get("source") or {})
    return tokenizer.count(canonical(comparable_content(block)))


def _blocks(content: Any) -> Iterator[JSON]:
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    else:
        yield from content or ()


def _image_tokens(source: JSON) -> int:
    try:
        picture = image_checks.read_image(base64.b64decode(str(source.get("data", ""))[:_HEAD]))
    except binascii.Error:
        return IMAGE_TOKENS
    if picture is None or not picture.width:
        return IMAGE_TOKENS
    return min(4_784, max(1, math.ceil(picture.width * picture.height / 750)))
