"""The shape of every kind of event, as plain data that can be kept and compared."""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import inspect

from tui.session import events as ev


@dataclass(frozen=True)
class Field:
    """What a body may hold in one place."""

    required: bool
    """Whether it has no default."""
    types: frozenset[str]
    """The types it may have; of an enumeration, its values."""


Shapes = dict[str, dict[str, Field]]
"""Fields by kind and path: `usage.input` is a field of a struct, `changes[].path` of each in a
list. A kind without fields has none."""


def shapes_now() -> Shapes:
    """The shapes of the events that the program on the path writes."""
    kinds = inspect.type_info(ev.AnyEvent)
    assert isinstance(kinds, inspect.UnionType)
    structs = [kind for kind in kinds.types if isinstance(kind, inspect.StructType)]
    return {str(struct.tag): dict(_fields(struct, "")) for struct in structs}


def structs_now() -> Iterator[inspect.StructType]:
    """Every event and everything that is a part of one."""
    waiting: list[inspect.Type | str] = list(_alternatives(inspect.type_info(ev.AnyEvent)))
    seen: set[type] = set()
    while waiting:
        match waiting.pop():
            case inspect.VarTupleType(item_type=item):
                waiting.append(item)
            case inspect.StructType(cls=cls) as struct if cls not in seen:
                seen.add(cls)
                yield struct
                waiting += [kind for each in struct.fields for kind in _alternatives(each.type)]


def lines(shapes: Shapes) -> Iterator[str]:
    """Shapes as text, sorted."""
    for kind, fields in sorted(shapes.items()):
        yield kind
        for path, field in sorted(fields.items()):
            need = "required" if field.required else "optional"
            yield f"    {path} {need} {' | '.join(sorted(field.types))}"


def read(text: str) -> Shapes:
    """Shapes as `lines` wrote them."""
    shapes: Shapes = {}
    for line in text.splitlines():
        if not line.startswith(" "):
            fields = shapes[line] = {}
            continue
        path, need, types = line.split(maxsplit=2)
        fields[path] = Field(need == "required", frozenset(types.split(" | ")))
    return shapes


def _fields(struct: inspect.StructType, path: str) -> Iterator[tuple[str, Field]]:
    for field in struct.fields:
        here = f"{path}{field.encode_name}"
        types = _alternatives(field.type)
        yield here, Field(field.required, frozenset(map(_name, types)))
        for each in types:
            match each:
                case inspect.StructType():
                    yield from _fields(each, f"{here}.")
                case inspect.VarTupleType(item_type=inspect.StructType() as item):
                    yield from _fields(item, f"{here}[].")


def _alternatives(kind: inspect.Type) -> list[inspect.Type | str]:
    """The types of a union, the values of an enumeration."""
    match kind:
        case inspect.UnionType(types=types):
            return [found for each in types for found in _alternatives(each)]
        case inspect.LiteralType(values=values):
            return [repr(value) for value in values]
        case _:
            return [kind]


def _name(kind: inspect.Type | str) -> str:
    match kind:
        case str():
            return kind
        case inspect.StructType():
            return "struct"
        case inspect.VarTupleType(item_type=item):
            return f"list of {_name(item)}"
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(map(_name, items))}]"
        case inspect.DictType(value_type=value):
            return f"object of {_name(value)}"
        case _:
            return type(kind).__name__.removesuffix("Type").lower()
