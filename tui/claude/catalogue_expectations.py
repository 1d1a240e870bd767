"""What a key of the catalogue may hold, in the words that finish "expected …".

The words come from the types of the table, so a sentence about a mistake can name the values
that the catalogue accepts.
"""

import re
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_KINDS: dict[object, str] = {
    Decimal: 'a number, such as "4.50"',
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    str: "text in quotes",
    date: "a date, such as 2026-12-01",
    dict: "a table",
    tuple: "a list",
    list: "a list",
}


def expected_words(kind: type[Any], where: str) -> str:
    """What belongs at a place; empty where the types do not tell.

    Args:
        kind: The type of the whole.
        where: The way from there, as msgspec writes it: `.efforts[0]`.
    """
    node: object = kind
    for name, _ in _STEP.findall(where):
        node = _child_type(node, name)
    return _type_words(node)


def value_at(value: object, where: str) -> object:
    """The value at that place; None if there is none."""
    for name, index in _STEP.findall(where):
        if isinstance(value, dict) and name:
            value = value.get(name)
        elif isinstance(value, list | tuple) and index.isdigit() and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value


def _child_type(node: object, name: str) -> object:
    """The type of a field, or of each item of a list or a table; None where there is none."""
    if isinstance(node, type) and issubclass(node, msgspec.Struct):
        return get_type_hints(node).get(name)
    inner = [each for each in get_args(node) if each is not Ellipsis]
    return inner[-1] if get_origin(node) in (dict, list, tuple) and inner else None


def _type_words(node: object) -> str:
    origin, inner = get_origin(node), get_args(node)
    if origin is Literal:
        *most, last = map(str, inner)
        return f"{', '.join(most)} or {last}" if most else last
    if origin in (Union, UnionType):
        return " or ".join(
            filter(None, map(_type_words, (each for each in inner if each != NoneType)))
        )
    if isinstance(node, type) and issubclass(node, msgspec.Struct):
        return "a table"
    return _KINDS.get(origin or node, "")
