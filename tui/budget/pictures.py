"""What a picture weighs: tokens by its size (Messages API, "vision")."""

import base64
import binascii
from typing import Any

USUAL_TOKENS = 1_600
"""Of a picture whose size is not known."""
MOST_TOKENS = 4_784
PIXELS_PER_TOKEN = 750
PNG = b"\x89PNG\r\n\x1a\n"
"""How a PNG file begins; its size stands in the next sixteen bytes."""


def picture_tokens(block: dict[str, Any]) -> int:
    """Estimated tokens of an `image` block."""
    source = block.get("source")
    data = str(source.get("data", "")) if isinstance(source, dict) else ""
    try:
        head = base64.b64decode(data[:64])
    except binascii.Error:
        return USUAL_TOKENS
    if not head.startswith(PNG) or len(head) < 24:
        return USUAL_TOKENS
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return min(MOST_TOKENS, max(1, -(-width * height // PIXELS_PER_TOKEN)))
