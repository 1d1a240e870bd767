"""What a session's log says of its agents: the sum always holds, and each has one end."""

from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.agent.team.agent_report import settled_event
from tui.session import events as ev
from tui.session.event_fold import apply_record, fold
from tui.session.fork import fork, full_log
from tui.session.session_index import SessionIndex
from tui.session.session_paths import agent_log_path, remove_session, session_path
from tui.session.session_summary import (
    InheritedUsage,
    inherited_usage,
    summarise_session,
)
from tui.session.state import SessionState
from tui.session.store import SessionStore

BEGUN = ev.SessionStarted(session="s", folder="/p", program="0", model="claude-opus-5-5")


def spawned(agent: str, reserved: int) -> ev.AgentSpawned:
    kind = agent.partition("-")[0]
    return ev.AgentSpawned(
        agent=agent, log=f"s.{agent}.db", agent_kind=kind, task="t", model="m", reserved=reserved
    )


def settled(agent: str, number: int, charged: int) -> ev.AgentSettled:
    return ev.AgentSettled(
        agent=agent, number=number, charged=charged, dollars=Decimal(1), requests=1
    )


def finished(agent: str, number: int, charged: int, end: ev.AgentEnd = "done") -> ev.AgentFinished:
    return ev.AgentFinished(
        agent=agent, number=number, end=end, charged=charged, partial=end != "done", requests=2
    )


def folded(*events: ev.Event) -> SessionState:
    return fold(ev.Record(seq, 10.0 * seq, event) for seq, event in enumerate(events, 1))


def test_the_list_of_sessions_knows_what_agents_used_of_what_is_charged():
    state = folded(BEGUN, ev.PoolSet(total=100_000), spawned("a-1", 20_000), settled("a-1", 5, 700))
    found = summarise_session(("k", "s"), state, 1.0, InheritedUsage())
    assert (found.charged, found.agents_charged) == (700, 700)
    parents = InheritedUsage(charged=700, agents=700)
    forked = summarise_session(("k", "s"), state, 1.0, parents)
    assert (forked.charged, forked.agents_charged) == (0, 0)


def test_the_rest_of_a_reservation_is_free_again_at_the_end_and_only_once():
    told = [BEGUN, ev.PoolSet(total=300_000), spawned("a-1", 100_000), finished("a-1", 40, 62_000)]
    team = folded(*told).team
    assert (team.pool.free, team.pool.held, team.pool.spent) == (238_000, 0, 62_000)
    again = folded(*told, finished("a-1", 50, 90_000, "crashed"), settled("a-1", 60, 99_000)).team
    assert again.pool.spent == 99_000, "what was used is booked, however late"
    assert again.agents["a-1"].state == "done", "an agent has one end"


def test_an_older_word_of_an_agent_changes_nothing():
    begun = [BEGUN, ev.PoolSet(total=300_000), spawned("a-1", 100_000), settled("a-1", 9, 50_000)]
    wanted = folded(*begun).team
    for number in (3, 9):
        team = folded(*begun, settled("a-1", number, 20_000)).team
        assert (team.charged, team.pool) == (wanted.charged, wanted.pool)


def test_the_states_of_an_agent_follow_its_events():
    begun = [BEGUN, ev.PoolSet(total=300_000), spawned("a-1", 100_000)]
    asked = ev.PermissionAsked(
        tool_use="a-1/t", name="bash", subject="make", reason="runs", agent="a-1"
    )
    answered = ev.PermissionAnswered(tool_use="a-1/t", answer="session", rules=("bash(make)",))
    working = [*begun, settled("a-1", 9, 5_000)]
    wish = [*working, ev.AgentAsked(agent="a-1", by=20_000)]
    given_more = [*wish, ev.AgentExtended(agent="a-1", by=20_000)]
    prompt = ev.PromptSubmitted(turn=1, text="go", content=())
    goes_on = ev.AgentSettled(agent="a-1", number=12, charged=6_000, requests=2, doing="read x")
    broke_off = [prompt, *wish, ev.TurnEnded(turn=1, reason="crashed")]
    states = [
        (begun, "waiting"),
        (working, "working"),
        ([*working, asked], "asking"),
        ([*working, asked, answered], "working"),
        (wish, "asking"),
        (given_more, "working"),
        ([*wish, ev.TurnEnded(turn=1, reason="crashed")], "working"),
        (broke_off, "held"),
        ([*broke_off, goes_on], "working"),
        ([*broke_off, ev.AgentPaused(agent="a-1", paused=False)], "working"),
        ([*given_more, finished("a-1", 20, 110_000, "landed")], "landed"),
    ]
    assert [folded(*events).team.agents["a-1"].state for events, _ in states] == [
        state for _, state in states
    ]
    assert folded(*given_more).team.reserved("a-1") == 120_000
    assert folded(*working, asked, answered).rules == [], "what it allows holds for that agent"


def test_agents_cost_the_lead_nothing_of_its_own_budget_or_wire_value():
    before = [BEGUN, ev.BudgetGranted(total=200_000), ev.PoolSet(total=300_000)]
    after = [*before, spawned("a-1", 100_000), settled("a-1", 9, 50_000)]
    ended = [*after, finished("a-1", 12, 70_000)]
    states = [folded(*each) for each in (before, after, ended)]
    assert {state.left for state in states} == {200_000}
    assert len({state.wire_budget() for state in states}) == 1


def test_a_fork_inherits_what_agents_used_and_leaves_those_at_work(tmp_path: Path):
    with SessionStore.create(tmp_path / "s.db") as parent:
        parent.append([BEGUN, ev.PoolSet(total=100_000), spawned("a-1", 50_000)])
        parent.append([settled("a-1", 9, 20_000)])
        before = inherited_usage(fold(parent.records()))
        with fork(parent, parent.last, "f", program="0") as child:
            state = fold(full_log(child))
    team = state.team
    assert (team.agents["a-1"].state, team.pool.free) == ("stopped", 80_000)
    own = summarise_session(("k", "f"), state, 0.0, before)
    assert (before.charged, before.dollars, own.charged) == (20_000, 1, 0), "counted once"


def test_no_rewriting_of_the_conversation_changes_what_agents_used():
    begun = [BEGUN, ev.BudgetGranted(total=200_000), ev.PoolSet(total=300_000)]
    told = [*begun, spawned("a-1", 100_000), settled("a-1", 9, 50_000), spawned("a-2", 60_000)]
    told += [finished("a-2", 12, 33_000), ev.PromptSubmitted(turn=1, text="go", content=())]
    wanted = folded(*told).team
    for reason in ("rewind", "compaction"):
        team = folded(*told, ev.Rewritten(reason=reason)).team
        assert (team.pool, team.charged, team.agents) == (wanted.pool, 83_000, wanted.agents)


@st.composite
def histories(draw: st.DrawFn) -> list[ev.Event]:
    events: list[ev.Event] = [BEGUN, ev.PoolSet(total=draw(st.integers(20_000, 400_000)))]
    state = folded(*events)
    for _ in range(draw(st.integers(1, 25))):
        living = [agent.name for agent in state.team.living]
        step = draw(st.sampled_from(["spawn", "settle", "finish", "extend", "pool"]))
        free = state.team.pool.free
        event: ev.Event | None = None
        if step == "spawn" and free >= 20_000:
            event = spawned(state.team.next_name("a"), draw(st.integers(20_000, free)))
        elif step == "pool":
            event = ev.PoolSet(total=state.team.pool.granted + draw(st.integers(0, 50_000)))
        elif living:
            name = draw(st.sampled_from(living))
            number, charged = draw(st.integers(0, 99)), draw(st.integers(0, 150_000))
            if step == "settle":
                event = settled(name, number, charged)
            elif step == "finish":
                event = finished(name, number, charged, draw(st.sampled_from(["done", "landed"])))
            elif step == "extend" and free > 0:
                event = ev.AgentExtended(agent=name, by=draw(st.integers(1, free)))
        if event is not None:
            events.append(event)
            apply_record(state, ev.Record(len(events), 0.0, event))
    return events


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_sum_always_holds(events: list[ev.Event]):
    """Living agents hold what is reserved or used, ended ones hold what they used."""
    team = folded(*events).team
    living = sum(max(team.reserved(each.name), each.charged) for each in team.living)
    ended = sum(each.charged for each in team.agents.values() if not each.is_living)
    assert living + ended + team.pool.free == team.pool.granted
    over = max(0, -team.pool.free)
    assert living + ended <= team.pool.granted + over
    for each in team.agents.values():
        if each.end is not None and each.charged <= team.reserved(each.name):
            refund = team.reserved(each.name) - each.charged
            assert refund + each.charged == team.reserved(each.name)


def test_the_list_of_sessions_hides_agents_counts_them_and_removes_them(tmp_path: Path):
    path = session_path(tmp_path, "/p", "20260101-000000-aaaaaa")
    with SessionStore.create(path) as store:
        prompt = ev.PromptSubmitted(turn=1, text="go", content=())
        told = [BEGUN, prompt, ev.PoolSet(total=100_000), spawned("a-1", 50_000)]
        store.append([*told, finished("a-1", 9, 30_000)])
    with SessionStore.create(agent_log_path(path, "a-1")) as store:
        store.append([BEGUN, ev.PromptSubmitted(turn=1, text="t", content=())])
    with SessionIndex(tmp_path) as index:
        index.refresh()
        (found,) = index.page()
        latest = index.latest("/p")
        assert latest is not None and latest.id == path.stem
    assert (found.id, found.charged) == (path.stem, 30_000)
    remove_session(path)
    assert not list(path.parent.glob("*.db"))


def test_the_counter_of_an_agent_has_its_own_agents_in_it():
    """An estimate below is an estimate above, and so are dollars and requests."""
    below = ev.AgentSettled(
        agent="b-1", number=4, charged=900, unsettled=900, dollars=Decimal("0.5"), requests=2
    )
    told = [BEGUN, ev.PoolSet(total=50_000), spawned("b-1", 20_000), below]
    said = settled_event("a-1", folded(*told))
    assert (said.charged, said.unsettled, said.dollars, said.requests) == (
        900,
        900,
        Decimal("0.5"),
        2,
    )
    assert settled_event("a-1", folded(BEGUN)).dollars is None
