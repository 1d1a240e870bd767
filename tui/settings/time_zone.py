"""The user's time zone, by name: a named zone knows when the clock changes."""

import os
from collections.abc import Mapping
from datetime import datetime, tzinfo

from tui.named_zones import named_zone


def user_zone(environment: Mapping[str, str] = os.environ) -> tzinfo:
    """The zone of `TZ`, else the machine's; its offset of today where it has no name."""
    local = datetime.now().astimezone().tzinfo
    assert local is not None
    name = environment.get("TZ", "").removeprefix(":")
    return named_zone(name or _machine_zone_name()) or local


def chosen_zone(name: str | None) -> tzinfo:
    """The zone of that name; the user's where there is none, or where nobody chose one."""
    return (named_zone(name) if name else None) or user_zone()


def _machine_zone_name() -> str:
    """The name of the machine's zone, from where Linux and macOS keep it; empty if not there."""
    _, found, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    return name if found else ""
