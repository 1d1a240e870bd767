"""Answers that another process leaves: taken for the question they name, and for no other."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.outside_answers import OutsideAnswers, may_answer, may_go_on
from tui.session import events as ev
from tui.session.answer_file import (
    AskedQuestion,
    OutsideAnswer,
    answer_path,
    leave_answer,
    take_answer,
)
from tui.session.log_tail import read_question, read_tail
from tui.session.session_paths import remove_session
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

SOURCE = "process 7 on /dev/pts/1"
CALL = ScriptedToolUse("bash", {"command": "touch made"})
DONE = (ScriptedText("ok"),)
ASKED = ev.PermissionAsked(tool_use="t1", name="bash", subject="ls", reason="runs")
QUESTION = AskedQuestion(9, ASKED, {"command": "ls"})
ANSWER = OutsideAnswer(
    session="s", event=9, tool_use="t1", digest=QUESTION.digest, source=SOURCE, permission="once"
)


@asynccontextmanager
async def asking(tmp_path: Path, *replies: Any, **options: Any) -> AsyncIterator[SessionRun]:
    """A session whose turn waits at its first question, and looks for answers all the time."""
    async with run_session(tmp_path, *replies, **options) as run:
        change_context(run.ctx, limit_policy="ask")
        watch = OutsideAnswers(run.driver, run.store.path, seconds=0.01)
        run.driver.listeners.append(watch.follow)
        turn = asyncio.create_task(run.driver.run_turn("go"))
        await committed(run, (ev.PermissionAsked, ev.LimitReached))
        yield run
        await asyncio.wait_for(turn, 20)
        assert not list(tmp_path.glob("*.answer-*")), "nothing is left behind"


async def committed(run: SessionRun, kinds: Any, count: int = 1) -> None:
    """Wait until events of a kind are in the log."""
    news = asyncio.Event()
    run.driver.listeners.append(lambda _: news.set())
    async with asyncio.timeout(20):
        while sum(isinstance(each, kinds) for each in run.events()) < count:
            news.clear()
            await news.wait()


def answer_to(run: SessionRun, **said: Any) -> OutsideAnswer:
    """An answer made from the log alone, as another process makes it."""
    (open_question,) = read_tail(run.store.path).questions
    question = read_question(run.store.path, open_question)
    named: dict[str, Any] = {
        "session": run.state.session,
        "event": question.seq,
        "tool_use": question.tool_use,
        "digest": question.digest,
        "source": SOURCE,
    }
    return OutsideAnswer(**(named | said))


@pytest.mark.parametrize("scope", ["once", "session", "project"])
async def test_a_yes_from_outside_lets_the_call_run_and_the_log_says_who_gave_it(
    scope: ev.PermissionScope, tmp_path: Path
):
    async with asking(tmp_path, (CALL,), DONE, mode="ask") as run:
        leave_answer(run.store.path, answer_to(run, permission=scope))
    (answered,) = run.events(ev.PermissionAnswered)
    assert (answered.answer, answered.source) == (scope, SOURCE)
    assert bool(answered.rules) == (scope != "once")
    assert (run.folder / "made").exists()


async def test_a_no_from_outside_gives_the_model_the_reason(tmp_path: Path):
    async with asking(tmp_path, (CALL,), DONE, mode="ask") as run:
        leave_answer(run.store.path, answer_to(run, permission="no", reason="not here"))
    (finished,) = run.events(ev.ToolFinished)
    assert finished.outcome == "denied" and "not here" in finished.content
    assert not (run.folder / "made").exists()


MISFITS: dict[str, dict[str, Any]] = {
    "another session": {"session": "s2"},
    "another call": {"tool_use": "toolu_other"},
    "another input": {"digest": QUESTION.digest},
    "no answer": {"permission": None},
    "an answer at a limit": {"permission": None, "limit": "finish"},
}


@pytest.mark.parametrize("misfit", MISFITS)
async def test_an_answer_to_anything_else_is_dropped_and_said(misfit: str, tmp_path: Path):
    async with asking(tmp_path, (CALL,), DONE, mode="ask") as run:
        leave_answer(run.store.path, answer_to(run, **({"permission": "once"} | MISFITS[misfit])))
        await committed(run, ev.NoticeShown)
        assert run.state.awaits_user
        assert not (run.folder / "made").exists()
        leave_answer(run.store.path, answer_to(run, permission="no"))
    (notice,) = run.events(ev.NoticeShown)
    assert SOURCE in notice.sentence and "dropped" in notice.sentence


async def test_an_answer_for_an_earlier_question_never_answers_the_next(tmp_path: Path):
    async with asking(tmp_path, (CALL,), (CALL,), DONE, mode="ask") as run:
        first = answer_to(run, permission="once")
        leave_answer(run.store.path, first)
        await committed(run, ev.PermissionAsked, 2)
        second = answer_to(run, permission="no")
        assert second.event > first.event
        leave_answer(run.store.path, msgspec.structs.replace(first, event=second.event))
        await committed(run, ev.NoticeShown)
        leave_answer(run.store.path, second)
    assert [each.answer for each in run.events(ev.PermissionAnswered)] == ["once", "no"]


async def test_a_reached_limit_is_answered_from_outside(tmp_path: Path):
    big = ScriptedText("word " * 18_500)
    replies = ((big, ScriptedToolUse("read", {"path": "a"})), DONE)
    async with asking(tmp_path, *replies, budget=20_000) as run:
        leave_answer(run.store.path, answer_to(run, permission="once"))
        await committed(run, ev.NoticeShown)
        leave_answer(run.store.path, answer_to(run, limit="extend", by=30_000))
    (answered,) = run.events(ev.LimitAnswered)
    assert (answered.answer, answered.by, answered.source) == ("extend", 30_000, SOURCE)
    assert run.state.grant == 50_000


async def test_the_question_of_an_agent_is_answered_from_outside_after_the_turn(tmp_path: Path):
    async with asking(tmp_path, (CALL,), DONE, mode="ask") as run:
        leave_answer(run.store.path, answer_to(run, permission="once"))
        await committed(run, ev.TurnEnded)
        inbox = run.ctx.services.inbox
        inbox.open_question("a/t1")
        of_agent = msgspec.structs.replace(ASKED, tool_use="a/t1", agent="a")
        await run.driver.commit(of_agent)
        await run.driver.run_turn("on")
        leave_answer(run.store.path, answer_to(run, permission="no"))
        answer = await asyncio.wait_for(inbox.wait_for_answer("a/t1"), 20)
        assert (answer.answer, answer.source) == ("no", SOURCE)
        await run.driver.commit(ev.PermissionAnswered(tool_use="a/t1", answer="no"))


BUDGET = ev.LimitReached(limit="budget", sentence="", extend_by=50_000, extend_most=80_000)
DOLLARS = ev.LimitReached(limit="dollars", sentence="", raise_to=Decimal(10))
CAPPED = ev.LimitReached(limit="budget", sentence="", cap="The organisation caps it.")
STANDSTILL = ev.LimitReached(limit="progress", sentence="")


@pytest.mark.parametrize(
    ("reached", "said", "by", "fits"),
    [
        (BUDGET, "finish", 0, True),
        (BUDGET, "pause", 0, True),
        (BUDGET, "stop", 0, True),
        (BUDGET, "extend", 80_000, True),
        (BUDGET, "extend", 80_001, False),
        (BUDGET, "extend", 0, False),
        (BUDGET, "extend", -1, False),
        (BUDGET, "finish", 1, False),
        (BUDGET, None, 0, False),
        (DOLLARS, "extend", 0, True),
        (DOLLARS, "extend", 5, False),
        (CAPPED, "extend", 5, False),
        (CAPPED, "pause", 0, True),
        (STANDSTILL, "extend", 0, True),
        (STANDSTILL, "stop", 0, True),
        (STANDSTILL, "finish", 0, False),
    ],
)
def test_a_limit_takes_only_what_its_question_offers(
    reached: ev.LimitReached, said: ev.LimitAnswer | None, by: int, fits: bool
):
    answer = msgspec.structs.replace(ANSWER, permission=None, limit=said, by=by)
    assert may_go_on(reached, answer) is fits


@pytest.mark.parametrize("rule", ["", "bash(ls)"])
def test_nothing_is_allowed_for_longer_where_no_rule_is_offered(rule: str):
    asked = msgspec.structs.replace(ASKED, rule=rule)
    answers = [msgspec.structs.replace(ANSWER, permission=each) for each in ("once", "no")]
    assert all(may_answer(asked, each) for each in answers)
    lasting = [msgspec.structs.replace(ANSWER, permission=e) for e in ("session", "project")]
    assert [may_answer(asked, each) for each in lasting] == [bool(rule)] * 2


def test_agents_are_allowed_for_a_turn_where_their_question_offers_it():
    asked = msgspec.structs.replace(ASKED, name="delegate", allows="up to 6 agents, this turn")
    assert may_answer(asked, msgspec.structs.replace(ANSWER, permission="session"))
    assert not may_answer(asked, msgspec.structs.replace(ANSWER, permission="project"))


# The file ------------------------------------------------------------------------------


def test_an_answer_comes_back_as_it_was_left_and_once(tmp_path: Path):
    session = tmp_path / "s.db"
    leave_answer(session, ANSWER)
    assert answer_path(session, 9).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["s.db.answer-9"]
    assert take_answer(session, 9) == ANSWER
    assert take_answer(session, 9) is None and not list(tmp_path.iterdir())


def _open_to_others(path: Path) -> None:
    path.write_bytes(msgspec.json.encode(ANSWER))
    path.chmod(0o644)


def _link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_bytes(msgspec.json.encode(ANSWER))
    elsewhere.chmod(0o600)
    path.symlink_to(elsewhere)


def _with(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)
        path.chmod(0o600)

    return write


ODD_FILES: dict[str, Callable[[Path], None]] = {
    "others may write it": _open_to_others,
    "a link": _link,
    "a pipe": lambda path: os.mkfifo(path, 0o600),
    "no JSON": _with(b"yes"),
    "no answer": _with(b'{"session":"s"}'),
    "another field": _with(
        json.dumps({**msgspec.to_builtins(ANSWER), "rule": "bash(**)"}).encode()
    ),
    "far too long": _with(msgspec.json.encode(ANSWER) + b" " * 20_000),
}


@pytest.mark.parametrize("what", ODD_FILES)
def test_a_file_that_is_no_answer_of_this_user_is_taken_away_unread(what: str, tmp_path: Path):
    session = tmp_path / "s.db"
    ODD_FILES[what](answer_path(session, 9))
    assert take_answer(session, 9) is None
    assert not answer_path(session, 9).is_symlink() and not answer_path(session, 9).exists()


def test_the_digest_tells_questions_apart():
    asked = msgspec.structs.replace(QUESTION.asked, subject="ls -l")
    others = (
        AskedQuestion(10, QUESTION.asked, QUESTION.call_input),
        AskedQuestion(9, asked, QUESTION.call_input),
        AskedQuestion(9, QUESTION.asked, {"command": "ls; rm x"}),
        AskedQuestion(9, QUESTION.asked),
    )
    assert QUESTION.digest not in {other.digest for other in others}


def test_a_session_that_is_removed_takes_its_answers_along(tmp_path: Path):
    session = tmp_path / "s.db"
    session.touch()
    leave_answer(session, ANSWER)
    remove_session(session)
    assert not list(tmp_path.iterdir())
