"""Two states of a session, compared to the last field."""

from typing import Any

from tui.session.state import SessionState


def laid_open(value: Any) -> Any:
    """`value` as plain data; objects of ours become their fields, whatever they are."""
    if isinstance(value, dict):
        return {key: laid_open(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [laid_open(each) for each in value]
    if type(value).__module__.startswith("tui.") and hasattr(value, "__dict__"):
        return {name: laid_open(each) for name, each in vars(value).items()}
    return value


def assert_same(live: SessionState, folded: SessionState) -> None:
    """Every field of both states is equal, private ones included."""
    left, right = vars(live), vars(folded)
    assert left.keys() == right.keys()
    for name in left:
        assert laid_open(left[name]) == laid_open(right[name]), name
