"""How many tokens a picture takes, by its size (Messages API, "vision")."""

import base64
import binascii
from typing import Any

from tui.budget.image_header import InvalidImage, read_header

DEFAULT_TOKENS = 1_600
"""Of a picture whose size is not known."""
MAX_TOKENS = 4_784
PIXELS_PER_TOKEN = 750
_BEGINNING = 64 * 1024
"""Characters of the data, a multiple of four, in which the size is looked for: some cameras put
their own notes before it."""


def image_tokens(block: dict[str, Any]) -> int:
    """Estimated tokens of an `image` block."""
    size = image_size(block)
    if size is None:
        return DEFAULT_TOKENS
    return tokens_of_size(*size)


def tokens_of_size(width: int, height: int) -> int:
    """Estimated tokens of a picture of so many pixels."""
    return min(MAX_TOKENS, max(1, -(-width * height // PIXELS_PER_TOKEN)))


def image_size(block: dict[str, Any]) -> tuple[int, int] | None:
    """Width and height in pixels of an `image` block; None where its data does not say."""
    source = block.get("source")
    data = str(source.get("data", "")) if isinstance(source, dict) else ""
    try:
        header = read_header(base64.b64decode(data[:_BEGINNING]), whole=False)
    except (InvalidImage, binascii.Error):
        return None
    return header.width, header.height
