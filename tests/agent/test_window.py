"""A model that the catalogue does not know: its window is asked for once, and kept."""

from pathlib import Path

import pytest
from flight import flight

from tui.agent.window import learn_window, use_windows
from tui.claude.model_window import Window
from tui.session import events as ev
from tui.simulator.pilot.situation import Text


@pytest.mark.parametrize(
    ("said", "context", "words"),
    [
        (Window(32_768), 32_768, "a context window of 32,768 tokens"),
        (Window(), 200_000, "is not known: 200,000 tokens are assumed. Set [catalogue.models."),
    ],
)
async def test_the_answer_is_kept_in_the_session_and_asked_for_once(
    tmp_path: Path, said: Window, context: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def window(model: str) -> Window:
        asked.append(model)
        return said

    async with flight(tmp_path, (Text("a"),), model="local-model", budget=None) as f:
        monkeypatch.setattr(f.means.line, "window", window)
        f.means.catalogue.windows.clear()
        await f.driver.record(*await learn_window(f.state, f.means))
        (notice,) = f.events(ev.NoticeShown)
        assert words in notice.sentence
        assert await learn_window(f.state, f.means) == []
        assert asked == ["local-model"]
        f.means.catalogue.windows.clear()  # as when the program is started again
        assert f.means.catalogue.model("local-model").context == 200_000
        use_windows(list(f.refolded().windows.values()), f.means)
        assert f.means.catalogue.model("local-model").context == context
        f.means.catalogue.windows.clear()


async def test_a_known_model_is_not_asked_for(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), budget=None) as f:
        assert await learn_window(f.state, f.means) == []
