"""A model that the catalogue does not know: its window is asked for once, and kept."""

from pathlib import Path

import pytest

from tests.support.run_session import run_session
from tui.agent.window_discovery import apply_learned_windows, learn_window
from tui.claude.model_window import ModelWindow
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText


@pytest.mark.parametrize(
    ("said", "context", "words"),
    [
        (ModelWindow(32_768), 32_768, "a context window of 32,768 tokens"),
        (
            ModelWindow(),
            200_000,
            "is not known: 200,000 tokens are assumed. Set [catalogue.models.",
        ),
    ],
)
async def test_the_answer_is_kept_in_the_session_and_asked_for_once(
    tmp_path: Path, said: ModelWindow, context: int, words: str, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    async def window(model: str) -> ModelWindow:
        asked.append(model)
        return said

    async with run_session(tmp_path, (ScriptedText("a"),), model="local-model", budget=None) as run:
        monkeypatch.setattr(run.ctx.services.client, "window", window)
        run.ctx.services.catalogue.reported_windows.clear()
        await run.driver.commit(
            *await learn_window(run.state, run.ctx.services, run.ctx.settings.host)
        )
        (notice,) = run.events(ev.NoticeShown)
        assert words in notice.sentence
        assert await learn_window(run.state, run.ctx.services, run.ctx.settings.host) == []
        assert asked == ["local-model"]
        run.ctx.services.catalogue.reported_windows.clear()  # as when the program is started again
        assert run.ctx.services.catalogue.model("local-model").context == 200_000
        apply_learned_windows(
            list(run.folded_from_disk().windows.values()), run.ctx.services.catalogue
        )
        assert run.ctx.services.catalogue.model("local-model").context == context
        run.ctx.services.catalogue.reported_windows.clear()


async def test_a_known_model_is_not_asked_for(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), budget=None) as run:
        assert await learn_window(run.state, run.ctx.services, run.ctx.settings.host) == []
