"""Reports of agents for which no call of the lead waits: it reads them as notes."""

from tui.agent import model_notes
from tui.agent.session_runner import SessionRunner
from tui.session import events as ev


class LateReports:
    """The reports that one lead still has to read."""

    def __init__(self, runner: SessionRunner) -> None:
        """Args: runner: Runs the lead."""
        self._runner = runner
        self._notes: list[ev.NoteSent] = []
        """Those that came in the middle of a turn."""

    async def give(self, text: str) -> None:
        """Give the lead a report: between its turns at once, else at the end of its turn."""
        note = model_notes.note(text, "reminder")
        if self._runner.state.turn_open:
            self._notes.append(note)
        else:
            await self._runner.commit(note)

    async def on_turn_ended(self) -> None:
        """A turn of the lead is over: what came in it goes to the next one."""
        notes, self._notes = self._notes, []
        if not notes:
            return
        await self._runner.commit(*notes)
