"""The disk fills up in mid-turn: that is said, and once there is room the session goes on."""

from tui.session import events as ev
from tui.session.faults import StoreFull


async def test_a_turn_that_cannot_be_recorded_ends_and_the_next_prompt_works(fly, monkeypatch):
    async with fly() as cockpit:
        log = cockpit.chat.opened.driver._log
        append = log.append

        def full(events, **given):
            if any(isinstance(event, ev.RequestFinished) for event in events):
                raise StoreFull(log.path)
            return append(events, **given)

        monkeypatch.setattr(log, "append", full)
        await cockpit.say("hello")
        await cockpit.until(lambda: any("disk is full" in each for each in cockpit.notices()))
        await cockpit.until(lambda: not cockpit.chat.running)
        monkeypatch.setattr(log, "append", append)
        await cockpit.turn("hello again")
        assert cockpit.state.last_end.reason == "completed"
        assert cockpit.state.prompts == ["hello", "hello again"]
