"""Events that a newer program wrote, as far as ours can read them.

The program leaves out what a newer version added to a kind that we know, so that it can read such
sessions. It keeps what still does not fit as it is. It never continues such a session.
"""

from typing import Any, get_args

import msgspec
from msgspec import inspect

from tui.session.events import AnyEvent, Event, Unknown, decode

_TYPES = {str(cls.__struct_config__.tag): inspect.type_info(cls) for cls in get_args(AnyEvent)}
"""The shape of each kind, by its tag."""


def read_newer_event(kind: str, version: int, body: bytes) -> Event:
    """The event of a row of a newer version; `Unknown` where it does not fit.

    Args:
        kind: The tag of the event, as the row says it.
        version: The version of the row.
        body: A JSON object.

    Raises:
        msgspec.DecodeError: `body` is no JSON object.
    """
    whole = msgspec.json.decode(body, type=dict[str, Any])
    shape = _TYPES.get(kind)
    if shape is None:
        return Unknown(raw=msgspec.Raw(body), version=version)
    known = _known_part(whole, shape) | {"kind": whole.get("kind")}
    try:
        return decode(msgspec.json.encode(known))
    except msgspec.ValidationError:
        return Unknown(raw=msgspec.Raw(body), version=version)


def _known_part(value: Any, shape: inspect.Type) -> Any:
    """`value` without the fields that structs of `shape` do not have."""
    match shape:
        case inspect.StructType(fields=fields) if isinstance(value, dict):
            names = {field.encode_name: field.type for field in fields}
            return {key: _known_part(value[key], names[key]) for key in value if key in names}
        case inspect.VarTupleType(item_type=item) if isinstance(value, list):
            return [_known_part(each, item) for each in value]
        case inspect.UnionType(types=types):
            struct = next((each for each in types if isinstance(each, inspect.StructType)), None)
            return value if struct is None else _known_part(value, struct)
        case _:
            return value
