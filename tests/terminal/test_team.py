"""A team on the terminal: left by quitting, and killed; its sums stay right."""

import signal

from tests.terminal.steps import quit_program
from tests.terminal.terminal import Start, Terminal
from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.session_paths import is_agent_log
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.settings.user_folders import user_folders

OFFLINE = ("--simulate", "--pace", "150")
ASK = "use 3 agents with 20k each to explain this project"


def lead() -> SessionState:
    """The session's state, from its log as it is on disk."""
    (path,) = [path for path in user_folders().data.rglob("*-*.db") if not is_agent_log(path.name)]
    with SessionStore.open(path, read_only=True) as store:
        return fold(full_log(store))


def living() -> list[str]:
    return [agent.name for agent in lead().team.living]


def working() -> bool:
    """Whether an agent is at work and has used something."""
    return any(agent.charged for agent in lead().team.living)


def until_ended(terminal: Terminal) -> None:
    terminal.wait_for(lambda: not living())


def test_a_team_goes_on_after_quitting_and_after_a_kill(start: Start):
    terminal = start(*OFFLINE, "--budget", "200k", "--team", "300k").wait_for("LEFT of 200k")
    terminal.say(ASK).wait_for("explore-1 · ").press("ctrl+d").wait_for("at work: explore-1")
    quit_program(terminal, "ctrl+c")
    assert "explore-1" in living()
    again = start(*OFFLINE, "-c").wait_for("/agents go explore-1")
    assert "explore-1" in living(), "nothing starts by itself"
    again.say("/agents go explore-1").wait_for(lambda: "explore-1" not in living())
    for name in living():
        again.say(f"/agents go {name}")
    until_ended(again)
    before = len(lead().team.agents)
    again.say(ASK).wait_for(working)
    again.kill(signal.SIGKILL)
    again.wait_for_exit()
    third = start(*OFFLINE, "-c").wait_for("lets it go on")
    for name in living():
        third.say(f"/agents stop {name}")
    until_ended(third)
    quit_program(third)
    team = lead().team
    assert len(team.agents) > before
    assert team.pool.held == 0
    assert team.pool.spent == sum(agent.charged for agent in team.agents.values())
