"""Shapes of JSON values, checked in the words the API uses.

A check takes the place of a value (`messages.0.content.1`), the value and whether unknown
fields are let through; it raises `RequestRefused` at the first thing that is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.simulator.refused_request import RequestRefused, unknown_field

Check = Callable[[str, Any, bool], None]
"""`check(place, value, lenient)`."""


def anything(place: str, value: Any, lenient: bool) -> None:
    """Every value is right."""


def string(place: str, value: Any, lenient: bool) -> None:
    """A string."""
    if not isinstance(value, str):
        raise RequestRefused(f"{place}: Input should be a valid string")


def boolean(place: str, value: Any, lenient: bool) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise RequestRefused(f"{place}: Input should be a valid boolean")


def mapping(place: str, value: Any, lenient: bool) -> None:
    """An object with any fields."""
    if not isinstance(value, dict):
        raise RequestRefused(f"{place}: Input should be a valid dictionary")


def integer(least: int | None = None) -> Check:
    """A whole number, not smaller than `least`."""

    def check(place: str, value: Any, lenient: bool) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise RequestRefused(f"{place}: Input should be a valid integer")
        if least is not None and value < least:
            raise RequestRefused(f"{place}: Input should be greater than or equal to {least}")

    return check


def number(least: float, most: float) -> Check:
    """A number from `least` to `most`."""

    def check(place: str, value: Any, lenient: bool) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise RequestRefused(f"{place}: Input should be a valid number")
        if not least <= value <= most:
            raise RequestRefused(f"{place}: range: {least:g}..{most:g}")

    return check


def one_of(*options: str) -> Check:
    """One of a few words."""
    quoted = [f"'{option}'" for option in options]
    words = " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)

    def check(place: str, value: Any, lenient: bool) -> None:
        if value not in options:
            raise RequestRefused(f"{place}: Input should be {words}")

    return check


def nullable(inner: Check) -> Check:
    """Null, or what `inner` takes."""

    def check(place: str, value: Any, lenient: bool) -> None:
        if value is not None:
            inner(place, value, lenient)

    return check


def list_of(inner: Check) -> Check:
    """A list whose every item `inner` takes."""

    def check(place: str, value: Any, lenient: bool) -> None:
        if not isinstance(value, list):
            raise RequestRefused(f"{place}: Input should be a valid list")
        for at, item in enumerate(value):
            inner(f"{place}.{at}", item, lenient)

    return check


@dataclass(frozen=True)
class ObjectCheck:
    """An object: fields it must have, fields it may have, and no others."""

    must: Mapping[str, Check] = field(default_factory=dict)
    may: Mapping[str, Check] = field(default_factory=dict)

    def __call__(self, place: str, value: Any, lenient: bool) -> None:
        """Check an object and its fields."""
        if not isinstance(value, dict):
            raise RequestRefused(f"{place}: Input should be a valid dictionary or object")
        for name in self.must:
            if name not in value:
                raise RequestRefused(f"{_join(place, name)}: Field required")
        for name, item in value.items():
            check = self.must.get(name) or self.may.get(name)
            if check is not None:
                check(_join(place, name), item, lenient)
            elif not lenient:
                raise unknown_field(_join(place, name))


@dataclass(frozen=True)
class TaggedObjectCheck:
    """An object whose shape is told by one of its fields."""

    shapes: Mapping[str, Check]
    tag: str = "type"
    default: str | None = None
    """The tag of an object that has none."""

    def __call__(self, place: str, value: Any, lenient: bool) -> None:
        """Check an object by the shape its tag names."""
        if not isinstance(value, dict):
            raise RequestRefused(f"{place}: Input should be a valid dictionary or object")
        tag = value.get(self.tag, self.default)
        if tag is None:
            raise RequestRefused(f"{_join(place, self.tag)}: Field required")
        if isinstance(tag, str) and tag in self.shapes:
            self.shapes[tag](f"{place}.{tag}", value, lenient)
        elif not lenient:
            known = ", ".join(f"'{name}'" for name in self.shapes)
            raise RequestRefused(
                f"{place}: Input tag '{tag}' found using '{self.tag}' does not match any of "
                f"the expected tags: {known}"
            )


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
