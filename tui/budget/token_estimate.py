"""How many tokens a text will probably be, before a response settles it."""

BYTES_PER_TOKEN = 3.5
"""Of UTF-8. English and code hold about four bytes a token with the tokenizer of older
models and about three with that of newer ones; counting bytes instead of characters keeps
the estimate sane for scripts in which one character is a token."""


def estimate_tokens(text: str) -> int:
    """Estimated tokens of `text`; 0 only for the empty text."""
    return tokens_of_bytes(utf8_size(text))


def tokens_of_bytes(count: int) -> int:
    """Estimated tokens of so many bytes of text or JSON."""
    return -int(-count // BYTES_PER_TOKEN)


def utf8_size(text: str) -> int:
    """Bytes of `text` in UTF-8; a lone surrogate counts like any character of its plane."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
