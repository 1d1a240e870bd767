"""What the checks found, in the three ways in which it is read."""

from typing import Any

from tui.agent.health.health_finding import HealthFinding, is_healthy
from tui.reports.health_page import health_json, health_lines, health_page, verdict

WELL = HealthFinding("disk", "ok", "60 GB free")
REMARK = HealthFinding("keyboard", "warn", "keys look | alike", "Use ctrl+j.")
BROKEN = HealthFinding("key", "bad", "none was found", "Set one.")


def test_lines_stand_in_columns_and_advice_stands_below():
    assert list(health_lines([WELL, REMARK])) == [
        "ok    disk      60 GB free",
        "warn  keyboard  keys look | alike",
        "                → Use ctrl+j.",
        "",
        "The program works; 1 of 2 checks have a remark.",
    ]


def test_only_what_is_broken_is_unhealthy():
    assert is_healthy([WELL, REMARK]) and not is_healthy([WELL, BROKEN])
    assert verdict([WELL]) == "All is well."
    assert verdict([WELL, REMARK, BROKEN]) == "1 of 3 checks failed."


def test_the_page_escapes_what_files_and_servers_say():
    page = health_page([REMARK, BROKEN])
    assert "| **warn** | keyboard | keys look \\| alike\\. Use ctrl\\+j\\. |" in page
    assert "| **bad** | key | none was found\\. Set one\\. |" in page


def test_the_json_has_a_version_and_every_finding():
    body: Any = health_json([WELL, BROKEN])
    assert (body["version"], body["healthy"]) == (1, False)
    assert body["checks"][1] == {
        "subject": "key",
        "level": "bad",
        "sentence": "none was found",
        "advice": "Set one.",
    }
