"""Tokens typed at a question."""

from tui.settings.amounts import AmountError, MoreTokens, Tokens, parse_amount, quote_foreign


def parse_token_amount(text: str, purpose: str = "") -> int | str:
    """The tokens that `text` amounts to; else one sentence that says what is expected.

    Args:
        text: As typed.
        purpose: What they are for, with a space before it: ` to extend by`.
    """
    try:
        typed = parse_amount(text)
    except AmountError:
        typed = None
    if isinstance(typed, Tokens | MoreTokens):
        return typed.count
    return f"{quote_foreign(text)} is not an amount{purpose}: type tokens, such as 50k."
