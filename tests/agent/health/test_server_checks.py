"""Checks of server, key and clock: from the answers of a server, and of none."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.claude.loopback_server import DROP, Answer, refusal, serve_answers
from tui.agent.health.server_checks import check_clock, check_key, check_server
from tui.claude.api_client import ClaudeClient
from tui.claude.server_probe import ServerProbe

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
OK = ServerProbe(200, 0.21, format_datetime(NOON, usegmt=True))


@pytest.mark.parametrize(
    ("source", "probe", "level", "words"),
    [
        ("", None, "bad", "none was found"),
        ("none: the simulator needs no key", OK, "ok", "none: the simulator needs no key"),
        ("ANTHROPIC_API_KEY", OK, "ok", "ANTHROPIC_API_KEY; the.host takes it"),
        ("ANTHROPIC_API_KEY", ServerProbe(401, 0.1), "bad", "does not take it (HTTP 401)"),
        ("ANTHROPIC_API_KEY", ServerProbe(403, 0.1), "bad", "does not take it (HTTP 403)"),
        ("ANTHROPIC_API_KEY", ServerProbe(404, 0.1), "ok", "has no list of models"),
        ("ANTHROPIC_API_KEY", ServerProbe(0, 9, problem="No."), "warn", "could not be tried"),
    ],
)
def test_a_key_is_judged_by_what_the_server_says(
    source: str, probe: ServerProbe | None, level: str, words: str
):
    found = check_key(source, probe, "the.host")
    assert found.level == level and words in found.sentence
    assert bool(found.advice) == (level == "bad")


@pytest.mark.parametrize(
    ("probe", "proxy", "level", "words"),
    [
        (OK, "", "ok", "the.host answers in 0.2 s"),
        (OK, "HTTPS_PROXY", "ok", "the.host answers through the proxy of HTTPS_PROXY in 0.2 s"),
        (ServerProbe(401, 1), "", "ok", "answers"),
        (ServerProbe(529, 1), "", "warn", "with an error (HTTP 529)"),
        (ServerProbe(0, 1, problem="No connection to the.host."), "", "bad", "No connection to"),
        (None, "", "warn", "was not asked"),
    ],
)
def test_a_server_is_there_or_not(probe: ServerProbe | None, proxy: str, level: str, words: str):
    found = check_server(probe, "the.host", proxy)
    assert found.level == level and words in found.sentence


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, "ok", "agrees"),
        (240, "ok", "agrees"),
        (1200, "warn", "20 minutes ahead of the server"),
        (-3600, "warn", "60 minutes behind the server"),
    ],
)
def test_a_clock_that_is_wrong_is_told_by_how_much(seconds: float, level: str, words: str):
    found = check_clock(OK, NOON.timestamp() + seconds)
    assert found is not None and found.level == level and words in found.sentence


def test_a_server_without_a_clock_says_nothing_about_ours():
    assert check_clock(None, 0) is None
    assert check_clock(ServerProbe(200, 1), 0) is None
    assert check_clock(ServerProbe(200, 1, "yesterday"), 0) is None


DATE = "Thu, 01 Oct 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("answer", "status", "date"),
    [
        (refusal(200, {"data": []}, date=DATE), 200, DATE),
        (refusal(401, {}, date=DATE), 401, DATE),
        (refusal(404, {}, date=DATE), 404, DATE),
        ([DROP], 0, ""),
    ],
)
async def test_the_question_costs_no_tokens_and_tells_status_and_time(
    answer: Answer, status: int, date: str
):
    async with serve_answers(answer) as server:
        async with ClaudeClient(base_url=server.url, api_key="sk-ant-of-a-test-0001") as client:
            probe = await client.probe()
        assert (probe.status, probe.date) == (status, date)
        assert bool(probe.problem) == (status == 0)
        assert "sk-ant" not in repr(probe)
        assert {each.path for each in server.received} == {"/v1/models?limit=1"}
