"""The page of the last request as it is drawn: hostile values, narrow terminals."""

from typing import Any

import pytest

from tests.widgets.transcript_app import run_transcript, visible_lines, wait_until_idle
from tui.claude.request import Request
from tui.reports.transcript_items import AnswerItem
from tui.reports.wire_page import wire_page

HOSTILE = "\x1b[31m| `x` | <b> [red]\n# head [link](http://evil.example) \u202e$(rm -rf)"
PLAIN: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 64_000,
    "tools": [{"name": "bash"}],
    "messages": [{"role": "user", "content": [{"type": "text", "text": "go"}]}],
}


@pytest.mark.parametrize("width", [24, 40, 80])
async def test_hostile_values_stay_values_in_the_narrowest_terminal(width: int):
    hostile = dict(PLAIN)
    hostile["model"] = HOSTILE
    hostile["tools"] = [{"name": HOSTILE}]
    hostile[HOSTILE] = {HOSTILE: HOSTILE}
    requests = [Request(PLAIN, ()), Request(hostile, (HOSTILE,))]
    page = wire_page(requests)
    assert page.count("\n# ") == 0
    async with run_transcript(AnswerItem("wire", page), size=(width, 60)) as (_, transcript, pilot):
        await wait_until_idle(pilot)
        lines = visible_lines(transcript)
        assert all(len(line) <= width for line in lines)
        text = "".join("".join(lines).split())
        assert "\x1b" not in text and "\u202e" not in text
        assert text.endswith("issent,too")
        assert ("breakpoints" in text) == (width > 24), "a table gives way in its first column"
