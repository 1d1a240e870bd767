"""Events for the tests of the store: a few by hand, and any by hypothesis."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect as mi

from tui.budget.ledger import Usage
from tui.session import events as ev


class TickingClock:
    """A clock that goes on by one second whenever it is read."""

    def __init__(self, at: float = 1_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        self.at += 1
        return self.at


def started(session: str = "s", folder: str = "/p", **more: Any) -> ev.SessionStarted:
    return ev.SessionStarted(session=session, folder=folder, program="1", model="m", **more)


def note(text: str = "go on") -> ev.NoteSent:
    return ev.NoteSent(text=text, reason="steering")


def notes(count: int) -> list[ev.Event]:
    return [note(f"note {number}") for number in range(count)]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def values(kind: mi.Type) -> st.SearchStrategy[Any]:
    """Any value a field of this type may hold."""
    match kind:
        case mi.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: values(field.type) for field in fields})
        case mi.UnionType(types=types):
            return st.one_of([values(one) for one in types])
        case mi.LiteralType(values=literals):
            return st.sampled_from(literals)
        case mi.TupleType(item_types=items):
            return st.tuples(*(values(item) for item in items))
        case mi.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=3).map(tuple)
        case mi.DictType(value_type=value):
            return st.dictionaries(st.text(max_size=6), values(value), max_size=3)
    plain: dict[type[mi.Type], st.SearchStrategy[Any]] = {
        mi.AnyType: json_values,
        mi.BoolType: st.booleans(),
        mi.DecimalType: st.decimals(allow_nan=False, allow_infinity=False, places=6),
        mi.FloatType: st.floats(allow_nan=False, allow_infinity=False),
        mi.IntType: st.integers(-(2**53), 2**53),
        mi.NoneType: st.none(),
        mi.StrType: st.text(max_size=40),
    }
    return plain[type(kind)]


known_events: st.SearchStrategy[ev.Event] = values(mi.type_info(ev.AnyEvent))
"""Any event of any kind this version knows."""


def prompt(turn: int, text: str) -> ev.PromptSubmitted:
    return ev.PromptSubmitted(turn=turn, text=text, content=({"type": "text", "text": text},))


def exchange(
    request: int, turn: int, output: int, dollars: str | None, message: str
) -> list[ev.Event]:
    """A request and its whole answer of `output` tokens."""
    return [
        ev.RequestStarted(
            request=request,
            turn=turn,
            model="m",
            effort="high",
            max_tokens=32_000,
            budget=None,
            messages=1,
        ),
        ev.RequestFinished(
            request=request,
            message=message,
            model="m",
            blocks=({"type": "text", "text": "words"},),
            usage=Usage(input=10, output=output),
            raw_usage={},
            stop_reason="end_turn",
            dollars=None if dollars is None else Decimal(dollars),
        ),
    ]


def ended(turn: int) -> ev.TurnEnded:
    return ev.TurnEnded(turn=turn, reason="completed")
