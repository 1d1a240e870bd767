"""What several tests of this folder share."""

from tests.app.budget_steps import spend
from tests.support.app_driver import AppDriver
from tui.budget.wire_budget import Scope
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.wrapup import WrapUp


async def landed(
    driver: AppDriver, *, grant: int | None, spent: int, scope: Scope = "session"
) -> None:
    """A turn that landed with three of five subtasks done; the first took all."""
    record = driver.chat.record_events
    await record(ev.BudgetGranted(total=grant, scope=scope))
    names = ("a", "b", "c", "d", "e")
    first = [SubtaskUpdate(id=name, title=f"Do {name}", estimate=4_000) for name in names]
    first.append(SubtaskUpdate(id="a", estimate=12_000))
    await record(ev.ChecklistChanged(updates=tuple(first)))
    await record(ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", state="in_progress"),)))
    await spend(driver, spent, subtask="a")
    done = [SubtaskUpdate(id=name, state="done") for name in names[:3]]
    await record(ev.ChecklistChanged(updates=tuple(done)))
    report = WrapUp(done=("a", "b", "c"), not_started=("d", "e"), estimate_to_finish=8_000)
    await record(ev.WrappedUp(turn=1, report=report))
    await record(ev.TurnEnded(turn=1, reason="landed"))
    await driver.until(lambda: driver.chat.live_pane.landing_actions)
