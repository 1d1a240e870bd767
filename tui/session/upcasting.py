"""Events of older programs, brought up to the shape they have today.

Each row of the log carries the version of the schema it was written under (`events.VERSION`).
An upcaster turns the body of one kind at version n into a body of version n + 1; a row is
passed through all of them up to our version and only then decoded. An upcaster is a pure
function and is never changed after a release: the log it reads is never rewritten.

A field that was added with a default needs no upcaster.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Body = dict[str, Any]
"""A decoded body: a JSON object with the tag `kind`."""
Upcaster = Callable[[Body], Body]
"""Makes a body of the next version; it may rename the kind. It takes only what fits and
leaves everything else as it is, so that damage is found when the body is decoded."""
Upcasters = Mapping[tuple[str, int], Upcaster]
"""By (kind, version): what turns a body of that version into one of the next."""


def _rules_of_an_answer(body: Body) -> Body:
    """The first programs kept one rule, as `rule`."""
    if "rule" not in body:
        return body
    rule = body.pop("rule")
    return {**body, "rules": [rule]} if rule else body


def _outcome_of_a_command(body: Body) -> Body:
    """The first programs kept the exit code; null where the command was stopped."""
    if "exit_code" not in body:
        return body
    code = body.pop("exit_code")
    summary = "stopped" if code is None else f"exit {code}"
    return {**body, "outcome": "done" if code == 0 else "error", "summary": summary}


def _name_of_a_limit(body: Body) -> Body:
    """The limit in tokens over the budget was called `tokens`."""
    return {**body, "limit": "over_budget"} if body.get("limit") == "tokens" else body


def _hard_limit_that_was_set(body: Body) -> Body:
    """Up to version 3 a hard limit was called a fuse."""
    if "fuse" not in body:
        return body
    limit = body.pop("fuse")
    return {**body, "kind": "limit_set", "limit": limit}


def _end_at_a_hard_limit(body: Body) -> Body:
    """Up to version 3 a hard limit was called a fuse."""
    return {**body, "reason": "hard_limit"} if body.get("reason") == "fuse" else body


UPCASTERS: Upcasters = {
    ("permission_answered", 1): _rules_of_an_answer,
    ("shell_ran", 1): _outcome_of_a_command,
    ("limit_reached", 1): _name_of_a_limit,
    ("fuse_set", 3): _hard_limit_that_was_set,
    ("turn_ended", 3): _end_at_a_hard_limit,
}
"""Every change of shape that a default does not cover."""


@cache
def is_needed(kind: str, version: int, *, upto: int) -> bool:
    """Whether bodies of `kind` changed between `version` and `upto`. Asked for every old row.

    Args:
        kind: The kind of the event.
        version: The version of the row.
        upto: The version to reach.
    """
    return any((kind, step) in UPCASTERS for step in range(version, upto))


def upcast(body: Body, version: int, *, upto: int, upcasters: Upcasters = UPCASTERS) -> Body:
    """A body of `version`, as a program of version `upto` would have written it.

    Args:
        body: Decoded; it is not changed.
        version: What its row says.
        upto: The version to reach.
        upcasters: The table to use.
    """
    for step in range(version, upto):
        change = upcasters.get((body["kind"], step))
        if change is not None:
            body = change(dict(body))
    return body
