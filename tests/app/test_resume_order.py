"""What comes first when a session is taken up again: what the user looks at."""

import tui.wiring
from tui.widgets.transcript.view import Transcript


async def test_the_sdk_is_loaded_once_the_history_is_shown(fly, monkeypatch):
    async with fly() as cockpit:
        await cockpit.turn("hello")
    order: list[str] = []
    load, preload = Transcript.load, tui.wiring.preload
    monkeypatch.setattr(Transcript, "load", lambda *given: order.append("history") or load(*given))
    monkeypatch.setattr(tui.wiring, "preload", lambda: order.append("sdk") or preload())
    async with fly(resume="latest") as cockpit:
        await cockpit.until(lambda: "sdk" in order)
    assert order == ["history", "sdk"]
