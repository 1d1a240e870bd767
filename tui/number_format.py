"""Figures as people read them: tokens, dollars, shares and spans of time.

Every form is short, bounded in width and monotone (more never reads as less), so a gauge
can be redrawn thirty times a second without its columns moving.
"""

from decimal import ROUND_HALF_EVEN, Decimal

MINUS = "\N{MINUS SIGN}"
APPROXIMATELY = "≈"
_BOUNDS = ("<", ">")

_LEAST = Decimal("0.0001")
"""Dollars that read as `<$0.01`."""

_UNITS = ("", "k", "M", "G", "T")


def format_tokens(count: int) -> str:
    """`count` tokens in at most four cells, one more when negative: 950, 1.3k, 12k, 1.0M.

    From a million on there are always two digits: the second one is worth money. Halves round
    to even, so that what is used and what is left still add up to the grant.
    """
    if count < 0:
        return MINUS + format_tokens(-count)
    if count < 1_000:
        return str(count)
    if 10_000 <= count < 999_500:
        return f"{_rounded(count, 1_000)}k"
    for power, unit in enumerate(_UNITS[1:], start=1):
        scale = 1_000**power
        tenths = _rounded(count * 10, scale)
        if tenths < 100:
            return f"{tenths / 10:g}{unit}" if power == 1 else f"{tenths / 10:.1f}{unit}"
        whole = _rounded(count, scale)
        if whole < 1_000:
            return f"{whole}{unit}"
    return f">999{_UNITS[-1]}"


def _rounded(numerator: int, denominator: int) -> int:
    """The quotient, halves to even."""
    quotient, rest = divmod(numerator, denominator)
    up = rest * 2 > denominator or (rest * 2 == denominator and quotient % 2 == 1)
    return quotient + up


def mark_estimate(text: str, estimated: bool = True) -> str:
    """`text`, marked while it is an estimate: `≈ 2.0k`. A bound such as `<$0.01` says it itself."""
    return text if not estimated or text[:1] in _BOUNDS else f"{APPROXIMATELY} {text}"


def format_dollars(amount: Decimal) -> str:
    """`amount` dollars, of at least zero, in at most six cells: <$0.01, $1.84, $1,234, $12k."""
    if amount <= 0:
        return "$0.00"
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    if cents < Decimal("0.01"):
        return "<$0.01"
    if cents < 100:
        return f"${cents}"
    whole = int(amount.to_integral_value(ROUND_HALF_EVEN))
    return f"${whole:,}" if whole < 10_000 else f"${format_tokens(whole)}"


def format_extra_dollars(amount: Decimal | None) -> str:
    """What a choice costs more, by estimate: `≈ $0.27`, `<$0.01`, `price unknown`.

    Nothing at all is a bound as well: the estimate is not so exact.
    """
    return "price unknown" if amount is None else mark_estimate(format_dollars(max(amount, _LEAST)))


def format_percent(share: float) -> str:
    """`share`, of at least 0, in at most six cells: `<1 %`, `62 %`, `104 %`, `>999 %`.

    Rounded down: 100 % is shown only when nothing is missing.
    """
    if share <= 0:
        return "0 %"
    # The nudge undoes what binary fractions lose: 0.29 * 100 is 28.999….
    whole = int(share * 100 + 1e-9)
    if whole < 1:
        return "<1 %"
    return f"{whole} %" if whole <= 999 else ">999 %"


def format_countdown(seconds: float) -> str:
    """What is left of a countdown, started seconds counting whole: 0:07, 4:12, 1:02:03."""
    whole = max(0, -int(-seconds // 1))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_duration(seconds: float) -> str:
    """How long something took, in at most seven cells: 0.4s, 12s, 4m 12s, 1h 05m, 3d 04h, 120d."""
    if seconds < 0.95:
        return f"{max(0.0, seconds):.1f}s"
    whole = max(1, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h {minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02}h" if days < 100 else f"{min(days, 999_999)}d"


def count_with_noun(number: int, noun: str) -> str:
    """`number` with its noun: 1 request, 9 requests."""
    return f"{number} {noun if number == 1 else noun + 's'}"
