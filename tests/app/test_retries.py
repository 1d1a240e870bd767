"""A request that is sent again is one line, however often; what ends the turn is that line too."""

OVERLOADED = {"kind": "status", "status": 529, "retry_after": 0}


def told(cockpit, words: str) -> list[str]:
    return [notice for notice in cockpit.notices() if words in notice]


async def test_retries_are_one_line_with_a_count_and_the_turn_goes_on(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.faults({**OVERLOADED, "request": [1, 2, 3]})
        await cockpit.turn("hello")
        (line,) = told(cockpit, "529")
        assert line.endswith("(529). The request was sent again 3 times.")
        assert cockpit.state.last_end.reason == "completed"
        await cockpit.faults({**OVERLOADED, "request": 1})
        await cockpit.turn("hello again")
        assert [line[-9:] for line in told(cockpit, "529")] == [" 3 times.", "nt again."]


async def test_each_kind_of_fault_is_a_line_of_its_own(fly):
    async with fly(mode="auto") as cockpit:
        limited = {"kind": "status", "status": 429, "retry_after": 0}
        await cockpit.faults({**OVERLOADED, "request": [1, 3]}, {**limited, "request": [2, 4]})
        await cockpit.turn("hello")
        assert [line[-9:] for line in told(cockpit, "529")] == [" 2 times."]
        assert [line[-9:] for line in told(cockpit, "429")] == [" 2 times."]


async def test_giving_up_colours_the_line_and_adds_none(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.faults({**OVERLOADED, "since": 1})
        await cockpit.turn("hello")
        assert cockpit.state.last_end.reason == "error"
        (line,) = told(cockpit, "529")
        assert line == f"{cockpit.state.last_end.sentence} Tried 6 times."
        session = cockpit.state.session
    async with fly(mode="auto", resume=session) as cockpit:
        assert told(cockpit, "529") == [cockpit.state.last_end.sentence]


async def test_an_answer_that_breaks_off_again_and_again_is_told_below_each_piece(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.faults({"kind": "drop", "request": [1, 2]})
        await cockpit.turn("hello")
        lines = told(cockpit, "broke off")
        assert [line[-27:] for line in lines] == ["The request was sent again."] * 2
        assert not [line for line in lines if "continue" in line]
        assert cockpit.state.last_end.reason == "completed"
