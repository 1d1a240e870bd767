"""A request that is sent again is one line, however often; what ends the turn is that line too."""

from tests.support.app_driver import AppDriver, StartApp

OVERLOADED = {"kind": "status", "status": 529, "retry_after": 0}


def told(driver: AppDriver, words: str) -> list[str]:
    return [notice for notice in driver.notices() if words in notice]


async def test_retries_are_one_line_with_a_count_and_the_turn_goes_on(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.faults({**OVERLOADED, "request": [1, 2, 3]})
        await driver.run_turn("hello")
        (line,) = told(driver, "529")
        assert line.endswith("(529). The request was sent again 3 times.")
        assert driver.state.last_end.reason == "completed"
        await driver.faults({**OVERLOADED, "request": 1})
        await driver.run_turn("hello again")
        assert [line[-9:] for line in told(driver, "529")] == [" 3 times.", "nt again."]


async def test_each_kind_of_fault_is_a_line_of_its_own(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        limited = {"kind": "status", "status": 429, "retry_after": 0}
        await driver.faults({**OVERLOADED, "request": [1, 3]}, {**limited, "request": [2, 4]})
        await driver.run_turn("hello")
        assert [line[-9:] for line in told(driver, "529")] == [" 2 times."]
        assert [line[-9:] for line in told(driver, "429")] == [" 2 times."]


async def test_giving_up_colours_the_line_and_adds_none(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.faults({**OVERLOADED, "since": 1})
        await driver.run_turn("hello")
        assert driver.state.last_end.reason == "error"
        (line,) = told(driver, "529")
        assert line == f"{driver.state.last_end.sentence} Tried 6 times."
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        assert told(driver, "529") == [driver.state.last_end.sentence]


async def test_an_answer_that_breaks_off_again_and_again_is_told_below_each_piece(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.faults({"kind": "drop", "request": [1, 2]})
        await driver.run_turn("hello")
        lines = told(driver, "broke off")
        assert [line[-27:] for line in lines] == ["The request was sent again."] * 2
        assert not [line for line in lines if "continue" in line]
        assert driver.state.last_end.reason == "completed"
