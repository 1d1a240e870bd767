"""Defaults of a turn: those of the settings, and no others."""

from dataclasses import astuple, fields, replace
from pathlib import Path

import pytest

from tests.support.context import make_context
from tui.agent.tools.base import ToolLimits
from tui.agent.turn_settings import TurnSettings
from tui.budget.hard_limits import HardLimits
from tui.budget.team_limits import TeamLimits
from tui.settings.settings_resolver import resolve_settings
from tui.settings.settings_schema import BUILT_IN


def test_a_turn_without_settings_works_with_the_defaults_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    resolved = resolve_settings(tmp_path)
    with_settings = replace(TurnSettings().with_resolved(resolved), hard_limits=HardLimits())
    assert with_settings == replace(TurnSettings(), team=BUILT_IN.team)
    assert astuple(BUILT_IN.team)[: len(fields(TeamLimits))] == astuple(TeamLimits())
    limits = ToolLimits()
    assert limits.output_characters == BUILT_IN.tools.output_limit
    assert limits.command_seconds == BUILT_IN.tools.bash_timeout


def test_a_changed_setting_replaces_the_whole_value_so_that_nobody_holds_half_of_it(
    tmp_path: Path,
):
    ctx = make_context(
        client=None, catalogue=None, tools={}, environment=None, inbox=None, now=None, rules=None
    )
    before = ctx.settings
    resolved = resolve_settings(tmp_path, command_line={"compaction.at": "0.5"})
    ctx.settings = ctx.settings.with_resolved(resolved)
    assert (before.compact_at, ctx.settings.compact_at) == (0.8, 0.5)
