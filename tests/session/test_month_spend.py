"""What all sessions spent in a month: by the index, however it came to know it."""

import os
from datetime import UTC
from decimal import Decimal
from pathlib import Path

from tests.session.log_events import TickingClock, ended, exchange, prompt, started
from tui.budget.monthly_budget import QUARTER, CalendarMonth, Spend, month_at
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.fork import fork, full_log
from tui.session.session_index import SessionIndex
from tui.session.session_paths import remove_session, session_path
from tui.session.store import SessionStore

DECEMBER = month_at(1_796_100_000, UTC)
NOVEMBER = month_at(DECEMBER.begins - 1, UTC)


SUMMARY = {"role": "user", "content": [{"type": "text", "text": "so far"}]}


def turn(number: int, dollars: str | None = "0.10") -> list[ev.Event]:
    """A prompt and its answer of 100 tokens."""
    return [
        prompt(number, "on"),
        *exchange(number, number, 100, dollars, f"msg_{number}"),
        ended(number),
    ]


def work(data: Path, session: str, at: float, *events: ev.Event, folder: str = "/p") -> Path:
    path = session_path(data, folder, session)
    with SessionStore.create(path, now=TickingClock(at)) as store:
        store.append([started(session, folder)])
        store.append(events or turn(1))
    return path


def spent(
    data: Path, month: CalendarMonth = DECEMBER, folder: str = "/p", since: float = 0.0
) -> dict[object, Spend]:
    """What was spent, by tag where it was in the project, else by `elsewhere`."""
    with SessionIndex(data) as index:
        index.refresh(since=since)
        slices = index.spend(month, folder)
    found: dict[object, Spend] = {}
    for each in slices:
        key = each.tag if each.in_project else "elsewhere"
        found[key] = found.get(key, Spend()) + each.spend
    return found


ONE = Spend(100, Decimal("0.10"))


def test_sessions_of_the_month_add_up_by_project_and_tag(tmp_path: Path):
    work(tmp_path, "s1", DECEMBER.begins)
    work(tmp_path, "s2", DECEMBER.ends - 900, *turn(1), ev.SessionTagged(name="a"), *turn(2))
    work(tmp_path, "s3", DECEMBER.begins + 1, folder="/other")
    work(tmp_path, "old", DECEMBER.begins - 900)
    assert spent(tmp_path) == {"": ONE + ONE, "a": ONE, "elsewhere": ONE}
    assert spent(tmp_path, NOVEMBER)[""] == ONE


def test_requests_without_a_price_are_counted_beside(tmp_path: Path):
    work(tmp_path, "s1", DECEMBER.begins, *turn(1, None), *turn(2))
    assert spent(tmp_path) == {"": Spend(200, Decimal("0.10"), 1)}


def test_what_leaves_the_conversation_was_spent_all_the_same(tmp_path: Path):
    gone = (
        ev.Rewritten(reason="rewind", messages=(), keep=0),
        ev.Rewritten(reason="compaction", messages=(SUMMARY,)),
    )
    work(tmp_path, "s1", DECEMBER.begins, *turn(1), *gone, *turn(2))
    assert spent(tmp_path) == {"": ONE + ONE}


def test_what_agents_spend_counts_for_their_session(tmp_path: Path):
    spawned = ev.AgentSpawned(
        agent="explore-1",
        log="s1.explore-1.db",
        agent_kind="explore",
        task="look",
        model="m",
        effort=None,
        reserved=1_000,
        tool_use="t",
    )
    settled = ev.AgentSettled(
        agent="explore-1", number=3, charged=70, dollars=Decimal("0.05"), requests=2
    )
    work(tmp_path, "s1", DECEMBER.begins, *turn(1), spawned, settled)
    assert spent(tmp_path) == {"": Spend(170, Decimal("0.15"))}


def test_a_fork_spends_only_what_is_its_own_and_keeps_the_tag(tmp_path: Path):
    path = work(tmp_path, "s1", DECEMBER.begins, ev.SessionTagged(name="a"), *turn(1))
    with SessionStore.open(path) as parent:
        clock = TickingClock(DECEMBER.begins + 50)
        child = fork(parent, parent.last, "s2", program="1", now=clock)
        child.append(turn(2))
        assert fold(full_log(child)).spend_history.rows == [
            (int(DECEMBER.begins // QUARTER), "a", ONE)
        ]
        child.close()
    assert spent(tmp_path) == {"a": ONE + ONE}


def test_the_index_may_be_deleted_and_a_crash_may_come_at_any_time(tmp_path: Path):
    path = work(tmp_path, "s1", DECEMBER.begins)
    with SessionStore.open(path) as store:  # dies in the middle of a turn, before it is noted
        state = fold(store.append(turn(2)[:3]) and full_log(store))
        before = spent(tmp_path)
        assert state.turn_open and before == {"": ONE + ONE}
    (tmp_path / "index.db").unlink()
    assert spent(tmp_path) == before


def test_money_of_a_session_that_is_removed_stays_spent(tmp_path: Path):
    path = work(tmp_path, "s1", DECEMBER.begins)
    before = spent(tmp_path)
    remove_session(path)
    assert spent(tmp_path) == before == {"": ONE}


def test_running_sessions_see_each_other(tmp_path: Path):
    paths = [work(tmp_path, f"s{number}", DECEMBER.begins) for number in range(2)]
    stores = [SessionStore.open(path) for path in paths]
    states = [fold(full_log(store)) for store in stores]
    with SessionIndex(tmp_path) as one, SessionIndex(tmp_path) as other:
        for index, state in zip((one, other), states, strict=True):
            index.record_spend(paths[0].parent.name, state.session, state.spend_history.rows)
        assert [each.spend for each in one.spend(DECEMBER, "/p")] == [ONE + ONE]
        later = fold(stores[1].append(turn(2)) and full_log(stores[1]))
        other.record_spend(paths[0].parent.name, "s1", later.spend_history.rows)
        assert [each.spend for each in one.spend(DECEMBER, "/p")] == [ONE + ONE + ONE]
    for store in stores:
        store.close()


def test_a_warning_is_given_once_for_each_amount_and_month_also_after_a_restart(tmp_path: Path):
    def claim(budget: str, month: CalendarMonth, percent: int) -> bool:
        with SessionIndex(tmp_path) as index:
            return index.claim_warning(budget, month, percent)

    assert claim("month dollars 10", DECEMBER, 75)
    assert not claim("month dollars 10", DECEMBER, 75)
    assert claim("month dollars 10", DECEMBER, 95)
    assert claim("month dollars 20", DECEMBER, 75)
    assert claim("month dollars 10", month_at(DECEMBER.ends, UTC), 75)


def test_files_from_before_the_month_are_not_read(tmp_path: Path):
    path = work(tmp_path, "old", NOVEMBER.begins)
    os.utime(path, (NOVEMBER.begins, NOVEMBER.begins))
    assert spent(tmp_path, NOVEMBER, since=DECEMBER.begins) == {}
    assert spent(tmp_path, NOVEMBER, since=NOVEMBER.begins) == {"": ONE}
