"""Figures as people read them, for widgets: the functions of `tui.numbers`."""

from tui.numbers import (
    APPROXIMATELY,
    MINUS,
    approximately,
    clock,
    counted,
    dollars,
    duration,
    extra_dollars,
    percent,
    tokens,
)

__all__ = [
    "APPROXIMATELY",
    "MINUS",
    "approximately",
    "clock",
    "counted",
    "dollars",
    "duration",
    "extra_dollars",
    "percent",
    "tokens",
]
