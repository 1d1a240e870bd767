"""`glideslope doctor` names the monthly budgets, and where each is set."""

import os
from pathlib import Path

from tests.session.log_events import ended, exchange, prompt, started
from tui.agent.health.budget_checks import check_monthly_budgets
from tui.session.session_paths import session_path
from tui.session.store import SessionStore
from tui.settings.settings_resolver import resolve_settings
from tui.settings.user_folders import user_folders

DECEMBER = 1_796_500_000.0


def test_each_budget_is_named_with_its_place_and_one_that_stops_with_what_to_do(tmp_path: Path):
    folders = user_folders({"GLIDESLOPE_HOME": str(tmp_path / "home")})
    folders.config.mkdir(parents=True)
    folders.settings.write_text(
        'time_zone = "UTC"\n[budgets.month]\ndollars = 9\n[budgets.project]\ntokens = 1_000\n'
    )
    managed = tmp_path / "managed.toml"
    managed.write_text('owner = "Ops"\n[cap]\nbudgets.month.tokens = 1_000\n')

    def check() -> list[tuple[str, str, str]]:
        resolved = resolve_settings(None, environ={}, home=folders, managed=managed)
        found = check_monthly_budgets(resolved, folders, tmp_path, DECEMBER)
        return [(each.level, each.sentence, each.advice) for each in found]

    assert [level for level, *_ in check()] == ["ok", "ok", "ok"]
    assert not folders.data.exists()  # looking makes nothing
    path = session_path(folders.data, tmp_path, "s1")
    with SessionStore.create(path, now=lambda: DECEMBER) as store:
        store.append([started("s1", str(tmp_path)), prompt(1, "hello")])
        store.append([*exchange(1, 1, 1_000, "0.10", "m"), ended(1)])
    os.utime(path, (DECEMBER, DECEMBER))
    again = "starts again on 1 January, in 27 days"
    own = folders.settings
    assert check() == [
        (
            "ok",
            f"monthly budget: $0.10 of $9.00 used, $8.90 left, {again}; it only warns; set by user,"
            f" {own}, line 3",
            "",
        ),
        (
            "warn",
            f"monthly cap of Ops: 1,000 of 1,000 tokens used, 0 tokens left, {again}; work stops at"
            f" it; set by managed, {managed}, line 3",
            "Ask Ops, or wait until it starts again.",
        ),
        (
            "ok",
            f"monthly budget for this project: 1,000 of 1,000 tokens used, 0 tokens left, {again};"
            f" it only warns; set by user, {own}, line 5",
            "",
        ),
    ]
