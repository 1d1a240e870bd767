"""Going back to before a prompt: which prompts there are, and what it does to the conversation."""

from pathlib import Path

import pytest
from cached import begun, talks
from flight import Flight, flight

from tui.agent.means import Strategy
from tui.session import events as ev


def sent_texts(flown: Flight) -> dict[int, str]:
    """What the user messages of the last request say, by their place in it."""
    messages = flown.means.sent[-1].params["messages"]
    return {
        at: " ".join(str(block.get("text")) for block in message["content"])
        for at, message in enumerate(messages)
        if message["role"] == "user"
    }


async def test_every_prompt_is_offered_at_its_own_message(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.turn("second")
        await flown.driver.turn("third")
        offered, sent = flown.state.prompts_sent(), sent_texts(flown)
        assert [text for _, text in offered] == ["first", "second", "third"]
        assert all(text in sent[at] for at, text in offered)


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_after_a_compaction_only_the_prompts_since_are_offered(
    tmp_path: Path, strategy: Strategy
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.strategy = strategy
        await begun(flown)
        await flown.driver.turn("second")
        await flown.driver.compact()
        assert flown.events(ev.Rewritten)
        assert flown.state.prompts_sent() == []
        await flown.driver.turn("third")
        await flown.driver.turn("fourth")
        offered, sent = flown.state.prompts_sent(), sent_texts(flown)
        assert [text for _, text in offered] == ["third", "fourth"]
        assert all(text in sent[at] for at, text in offered)
        assert flown.refolded().prompts_sent() == offered
        await flown.driver.record(ev.Rewritten(reason="rewind", keep=offered[0][0]))
        await flown.driver.turn("another")
        first = flown.means.sent[-1].params["messages"][0]["content"][0]
        assert "summar" in str(first) or first["type"] == "compaction"


async def test_a_prompt_that_was_rewound_is_not_offered_again(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.turn("second")
        _, (at, _) = flown.state.prompts_sent()
        await flown.driver.record(ev.Rewritten(reason="rewind", keep=at))
        await flown.driver.turn("third")
        assert [text for _, text in flown.state.prompts_sent()] == ["first", "third"]


async def test_a_prompt_beside_results_is_not_offered_nor_does_it_shift_the_others(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            flown.driver.interrupt,
        )
        await begun(flown)
        await flown.driver.turn("second")
        await flown.driver.turn("third")
        assert [text for _, text in flown.state.prompts_sent()] == ["first", "third"]
