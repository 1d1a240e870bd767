"""Two states of a session, compared to the last field."""

from typing import Any

from tui.session.state import SessionState


def as_plain_data(value: Any) -> Any:
    """`value` as plain data; objects of ours become their fields, whatever they are."""
    if isinstance(value, dict):
        return {key: as_plain_data(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain_data(each) for each in value]
    if type(value).__module__.startswith("tui.") and hasattr(value, "__dict__"):
        return {name: as_plain_data(each) for name, each in vars(value).items()}
    return value


def assert_states_equal(live: SessionState, folded: SessionState) -> None:
    """Every field of both states is equal, private ones included."""
    left, right = vars(live), vars(folded)
    assert left.keys() == right.keys()
    for name in left:
        assert as_plain_data(left[name]) == as_plain_data(right[name]), name
