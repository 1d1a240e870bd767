"""Estimated tokens of texts: bytes of UTF-8, at three and a half a token."""

import pytest

from tui.budget.token_estimate import estimate_tokens, tokens_of_bytes, utf8_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("", 0), ("plain", 5), ("é", 2), ("日本", 6), ("a🛬", 5), ("\ud83d", 3)],
)
def test_a_text_is_as_large_as_its_utf_8(text: str, size: int):
    assert utf8_size(text) == size


@pytest.mark.parametrize(
    ("size", "tokens"), [(0, 0), (1, 1), (3, 1), (4, 2), (7, 2), (8, 3), (3_500, 1_000)]
)
def test_a_part_of_a_token_is_a_token(size: int, tokens: int):
    assert tokens_of_bytes(size) == estimate_tokens("x" * size) == tokens
