"""The context of a session in a test: made with few words, and changed by the names of fields."""

from dataclasses import fields, replace
from typing import Any

from tui.agent.turn_context import RunState, Services, TurnContext
from tui.agent.turn_settings import TurnSettings


def make_context(**values: Any) -> TurnContext:
    """A context out of fields of its three parts."""
    parts: list[Any] = [
        part(**{key: values[key] for key in names_of(part) if key in values})
        for part in (TurnSettings, Services, RunState)
    ]
    unknown = set(values) - {key for part in parts for key in names_of(part)}
    assert not unknown, f"no part has the fields {unknown}"
    return TurnContext(*parts)


def change_context(ctx: TurnContext, **changes: Any) -> None:
    """Change fields, each in the part that has it."""
    for name, value in changes.items():
        if name in names_of(TurnSettings):
            ctx.settings = replace(ctx.settings, **{name: value})
        elif name in names_of(Services):
            ctx.services = replace(ctx.services, **{name: value})
        else:
            assert name in names_of(RunState), name
            setattr(ctx.run, name, value)


def copy_of_context(ctx: TurnContext, **changes: Any) -> TurnContext:
    """Another context that begins like this one, as after a restart of the program."""
    fresh = TurnContext(ctx.settings, ctx.services, replace(ctx.run))
    change_context(fresh, **changes)
    return fresh


def names_of(part: Any) -> set[str]:
    return {each.name for each in fields(part)}
