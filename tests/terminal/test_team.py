"""A team on the terminal: held, asking, left by quitting, and killed; its sums stay right."""

import signal
from pathlib import Path

from tests.terminal.steps import GRACE_SECONDS, answer_question, quit_program
from tests.terminal.terminal import Start, Terminal
from tui.session import events as ev
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


def requests() -> int:
    """Requests that lead and agents have begun, from their logs."""
    found = 0
    for path in user_folders().data.rglob("*-*.db"):
        with SessionStore.open(path, read_only=True) as store:
            found += sum(isinstance(each.event, ev.RequestStarted) for each in store.records())
    return found


def test_escape_holds_a_team_and_stops_it_and_an_agents_question_is_answered_here(
    start: Start, project: Path
):
    """One program: escape and on, escape twice, and a question of an agent."""
    for name in ("docs", "tools"):
        (project / name).mkdir()
        (project / name / f"{name}.py").write_text(f"def {name}(text: str):\n    return text\n")
    terminal = start("--simulate", "--pace", "200", "--budget", "200k", "--team", "300k")
    terminal.wait_for("LEFT of 200k").say(ASK).wait_for("3 agents · ")
    terminal.press("escape").wait_for("Held: the lead and 3 agents stand still")
    begun = requests()
    terminal.listen(2 * GRACE_SECONDS)
    assert requests() == begun and len(living()) == 3
    terminal.press("enter").wait_until_gone("Held: ").wait_for(lambda: requests() > begun)
    terminal.press("escape").wait_for("Held: the lead and").press("escape")
    terminal.wait_until_gone("Held: ").wait_for(lambda: not living())
    team = lead().team
    assert {agent.state for agent in team.agents.values()} == {"stopped"}
    assert team.pool.held == 0
    terminal.wait_for("interrupted after")
    terminal.say("use 1 agent with 30k each to fix missing return annotations")
    # The next question of the agent may be there at once.
    answer_question(terminal, "write-1 · edit src/emit.py", "y")
    terminal.wait_for(lambda: "-> " in "".join(f.read_text() for f in project.rglob("*.py")))
