"""Figures as people read them, for widgets: the functions of `tui.number_format`."""

from tui.number_format import (
    APPROXIMATELY,
    MINUS,
    count_with_noun,
    format_countdown,
    format_dollars,
    format_duration,
    format_extra_dollars,
    format_percent,
    format_tokens,
    mark_estimate,
)

__all__ = [
    "APPROXIMATELY",
    "MINUS",
    "count_with_noun",
    "format_countdown",
    "format_dollars",
    "format_duration",
    "format_extra_dollars",
    "format_percent",
    "format_tokens",
    "mark_estimate",
]
