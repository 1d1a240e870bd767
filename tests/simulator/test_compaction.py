"""Compactions on the server: on demand, at a threshold, and what the countdown makes of them."""

from typing import Any

import anthropic
import pytest

from tests.support.simulator import (
    BUDGETS,
    READ,
    SUMMARY,
    error_of,
    request_body,
    result,
    serve_simulator,
    user,
    words,
)
from tui.simulator.budget_countdown import CountdownRules, TurnReset
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse
from tui.simulator.tokenizer import count

ON_DEMAND = "compact-2026-09-04"
THRESHOLD = "compact-2026-01-12"
DEMAND = {"compaction": {"type": "summarize"}}
STEP = (ScriptedThinking(words(100)), ScriptedToolUse("read", {"path": "a.py"}))
SUMMARY_TOKENS = count(SUMMARY)


def total(tokens: int, remaining: int | None = None) -> dict[str, Any]:
    wire = {"type": "tokens", "total": tokens}
    if remaining is not None:
        wire["remaining"] = remaining
    return {"output_config": {"task_budget": wire, "effort": "low"}}


def edit(trigger: int = 50_000, **more: Any) -> dict[str, Any]:
    trigger_ = {"type": "input_tokens", "value": trigger}
    return {
        "context_management": {"edits": [{"type": "compact_20260112", "trigger": trigger_, **more}]}
    }


async def send(sim: Any, *messages: Any, **fields: Any) -> Any:
    given = {"tools": [READ], "betas": [ON_DEMAND, BUDGETS], **fields}
    return await sim.client.beta.messages.create(**request_body(*messages, **given))


async def worked(sim: Any, steps: int = 2, **fields: Any) -> list[Any]:
    """A conversation in the middle of a turn, its last results not yet answered."""
    history: list[Any] = [user("Go.")]
    for _ in range(steps):
        message = await send(sim, *history, **fields)
        answer = user(result(message.content[-1].id, words(200)))
        history += [_plain(message), answer]
    return history


def _plain(message: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": [b.to_dict() for b in message.content]}


def code_of(error: anthropic.APIStatusError) -> str | None:
    return (error_of(error).get("details") or {}).get("error_code")


async def test_on_demand_only_a_signed_summary_comes_back():
    async with serve_simulator(STEP, STEP) as sim:
        message = await send(sim, *await worked(sim), **DEMAND)
        (block,) = message.content
        assert (block.type, block.content) == ("compaction", SUMMARY)
        assert block.signature
        assert message.stop_reason == "compaction"
        assert (message.usage.input_tokens, message.usage.output_tokens) == (0, 0)
        (iteration,) = message.usage.iterations
        assert iteration.type == "compaction"
        assert iteration.output_tokens == SUMMARY_TOKENS + 3
        assert iteration.input_tokens > 600


async def test_a_streamed_summary_on_demand_arrives_whole():
    async with serve_simulator(STEP, STEP) as sim:
        history = await worked(sim)
        request = request_body(*history, tools=[READ], betas=[ON_DEMAND], **DEMAND)
        raw = await sim.client.beta.messages.create(**request, stream=True)
        received = [event async for event in raw]
        starts = [event for event in received if event.type == "content_block_start"]
        assert [event.content_block.content for event in starts] == [SUMMARY]
        assert not [event for event in received if event.type == "content_block_delta"]
        async with sim.client.beta.messages.stream(**request) as stream:
            message = await stream.get_final_message()
        assert message.stop_reason == "compaction"
        assert message.usage.iterations[0].type == "compaction"


async def test_the_summary_stands_for_the_conversation_from_then_on():
    async with serve_simulator(STEP, STEP, (ScriptedText("Done."),)) as sim:
        history = await worked(sim)
        compacted = await send(sim, *history, **DEMAND)
        after = await send(sim, compacted.to_param())
        assert after.stop_reason == "end_turn"
        assert after.usage.input_tokens < 450
        (told,) = [t for t in sim.script.inputs if len(t.messages) == 1][-1:]
        assert told.messages[0]["content"][0]["content"] == SUMMARY


async def test_a_turn_goes_on_paying_for_what_it_spent_before_the_compaction():
    async with serve_simulator(STEP, STEP, STEP, (ScriptedText("Done."),)) as sim:
        history = await worked(sim, **total(50_000))
        compacted = await send(sim, *history, **DEMAND, **total(50_000))
        spent = sum(note["generated"] for note in await sim.ledger()) + 2 * (200 + 8 + 3)
        third = await send(sim, compacted.to_param(), **total(50_000))
        left = 50_000 - spent - (SUMMARY_TOKENS + 3)
        assert sim.script.inputs[-1].left == left
        answer = user(result(third.content[-1].id, words(200)))
        # The summary and the message behind it are one turn of the conversation now.
        await send(sim, compacted.to_param(), third.to_param(), answer, **total(50_000))
        assert sim.script.inputs[-1].left == left - third.usage.output_tokens + 3 - (200 + 8 + 3)


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
async def test_a_new_prompt_after_a_compaction_pays_for_the_summary_at_most(
    turn_reset: TurnReset,
):
    rules = CountdownRules(turn_reset)
    async with serve_simulator(STEP, STEP, (ScriptedText("Done."),), rules=rules) as sim:
        history = await worked(sim, **total(50_000))
        compacted = await send(sim, *history, **DEMAND, **total(50_000))
        await send(sim, compacted.to_param(), user("Now this."), **total(50_000))
        seen = SUMMARY_TOKENS + 3 if turn_reset == "context" else 0
        assert sim.script.inputs[-1].left == 50_000 - seen


async def test_a_second_compaction_carries_what_the_first_one_carried():
    async with serve_simulator(STEP, STEP, STEP, (ScriptedText("Done."),)) as sim:
        history = await worked(sim, **total(50_000))
        first = await send(sim, *history, **DEMAND, **total(50_000))
        third = await send(sim, first.to_param(), **total(50_000))
        before = sim.script.inputs[-1].left
        answer = user(result(third.content[-1].id, words(200)))
        second = await send(
            sim, first.to_param(), third.to_param(), answer, **DEMAND, **total(50_000)
        )
        await send(sim, second.to_param(), **total(50_000))
        spent = third.usage.output_tokens - 3 + (200 + 8 + 3)
        assert sim.script.inputs[-1].left == before - spent - (SUMMARY_TOKENS + 3)


async def test_recent_messages_may_be_kept_behind_the_summary_with_their_thinking():
    async with serve_simulator(STEP, STEP, STEP, (ScriptedText("Done."),)) as sim:
        history = await worked(sim, steps=3, **total(50_000))
        compacted = await send(sim, *history, **DEMAND, **total(50_000))
        notes = await sim.ledger()
        # The last assistant message and its results stay; the summary is put before them.
        await send(sim, compacted.to_param(), *history[-2:], **total(50_000))
        spent = sum(note["generated"] for note in notes) + 3 * (200 + 8 + 3)
        # The summary joins the message behind it, whose overhead is there already.
        assert sim.script.inputs[-1].left == 50_000 - spent - SUMMARY_TOKENS


async def test_thinking_that_was_kept_still_has_to_follow_its_own_conversation():
    async with serve_simulator(STEP, STEP, STEP, (ScriptedText("Done."),)) as sim:
        history = await worked(sim, steps=3)
        compacted = await send(sim, *history, **DEMAND)
        with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking`"):
            await send(sim, compacted.to_param(), user("Else."), *history[-2:])


async def test_thinking_goes_on_after_a_compaction():
    async with serve_simulator(STEP, STEP, STEP, STEP, (ScriptedText("Done."),)) as sim:
        history = [_plain(await send(sim, *await worked(sim), **DEMAND))]
        for _ in range(2):
            message = await send(sim, *history)
            history += [_plain(message), user(result(message.content[-1].id, "x"))]
        assert (await send(sim, *history)).stop_reason == "end_turn"


REFUSED = [
    (total(50_000, 40_000), "`read_task_budget.remaining` cannot be combined with compaction"),
    ({"stop_sequences": ["END"]}, "compaction: cannot be combined with `stop_sequences`."),
    ({"compaction": {"type": "forget"}}, "compaction.type: Input should be 'summarize'"),
    ({"compaction": {"type": "summarize", "instructions": "x" * 16_385}}, "at most 16384"),
    ({"betas": [BUDGETS]}, "compaction: Extra inputs are not permitted"),
    ({"model": "claude-haiku-4-5"}, "compaction is not supported on claude-haiku-4-5."),
    (
        {**edit(), "betas": [ON_DEMAND, THRESHOLD]},
        "compaction: cannot be combined with `context_management`.",
    ),
]


@pytest.mark.parametrize(("fields", "text"), REFUSED)
async def test_what_cannot_be_combined_with_a_compaction_on_demand(
    fields: dict[str, Any], text: str
):
    async with serve_simulator() as sim:
        with pytest.raises(anthropic.BadRequestError) as refused:
            await send(sim, "Go.", **{**DEMAND, **fields})
        assert text in error_of(refused.value)["message"]


async def test_remaining_is_refused_on_every_later_request_with_the_block():
    async with serve_simulator() as sim:
        compacted = await send(sim, "Go.", **DEMAND)
        with pytest.raises(anthropic.BadRequestError, match=r"task_budget\.remaining"):
            await send(sim, compacted.to_param(), "On.", **total(50_000, 40_000))
        await send(sim, compacted.to_param(), "On.", **total(50_000))


async def test_the_beta_stays_on_every_later_request_with_the_block():
    async with serve_simulator() as sim:
        compacted = await send(sim, "Go.", **DEMAND)
        with pytest.raises(anthropic.BadRequestError, match="'compaction' found using 'type'"):
            await send(sim, compacted.to_param(), "On.", betas=[BUDGETS])


async def test_a_conversation_must_be_complete_and_have_something_to_summarize():
    async with serve_simulator(STEP) as sim:
        first = await send(sim, "Go.")
        with pytest.raises(anthropic.BadRequestError) as refused:
            await send(sim, "Go.", first.to_param(), **DEMAND)
        assert code_of(refused.value) == "compaction_incomplete_turn"
        compacted = await send(sim, "Go.", **DEMAND)
        with pytest.raises(anthropic.BadRequestError) as refused:
            await send(sim, compacted.to_param(), **DEMAND)
        assert code_of(refused.value) == "compaction_nothing_to_summarize"


async def test_a_block_must_be_genuine_unchanged_alone_and_first():
    async with serve_simulator(*[(ScriptedText("Yes."),)] * 2) as sim:
        message = await send(sim, "Go.", **DEMAND)
        block = message.content[0].to_dict()

        def said(*blocks: Any) -> dict[str, Any]:
            return {"role": "assistant", "content": list(blocks)}

        wrong = {
            "compaction_signature_invalid": [said({**block, "signature": "AAAA"}), user("On.")],
            "compaction_content_mismatch": [said({**block, "content": "All done."}), user("On.")],
            "compaction_block_misplaced": [user("Hi."), said(block), user("On.")],
            "compaction_block_ambiguous": [said(block, block), user("On.")],
        }
        for code, messages in wrong.items():
            with pytest.raises(anthropic.BadRequestError) as refused:
                await send(sim, *messages)
            assert code_of(refused.value) == code


async def test_a_summary_with_no_room_is_no_error_but_empty():
    async with serve_simulator() as sim:
        message = await send(sim, "Go.", max_tokens=3, **DEMAND)
        assert (message.content, message.stop_reason) == ([], "max_tokens")


async def test_at_the_threshold_the_model_goes_on_behind_a_summary():
    async with serve_simulator((ScriptedText("Done."),)) as sim:
        prompt = user(words(50_000))
        fields = {**edit(), "betas": [THRESHOLD, BUDGETS], **total(100_000)}
        message = await send(sim, prompt, **fields)
        assert [block.type for block in message.content] == ["compaction", "text"]
        assert [entry.type for entry in message.usage.iterations] == ["compaction", "message"]
        assert message.usage.input_tokens < 500 < message.usage.iterations[0].input_tokens
        await send(sim, prompt, message.to_param(), "On.", **fields)
        assert len(sim.script.inputs[-1].messages) == 2
        assert sim.script.inputs[-1].left == 100_000 - (SUMMARY_TOKENS + 3) - 2


async def test_below_the_threshold_nothing_happens():
    async with serve_simulator((ScriptedText("Done."),)) as sim:
        fields = {**edit(), "betas": [THRESHOLD]}
        message = await send(sim, user(words(49_000)), **fields)
        assert [block.type for block in message.content] == ["text"]


async def test_within_a_turn_the_threshold_does_not_reset_the_countdown():
    async with serve_simulator(STEP, (ScriptedText("Done."),)) as sim:
        fields = {**edit(), "betas": [THRESHOLD, BUDGETS], **total(100_000)}
        first = await send(sim, "Go.", **fields)
        big = user(result(first.content[-1].id, words(50_000)))
        await send(sim, "Go.", first.to_param(), big, **fields)
        spent = first.usage.output_tokens + 50_000 + 8 + 3
        assert sim.script.inputs[-1].left == 100_000 - spent - (SUMMARY_TOKENS + 3)


async def test_a_pause_ends_the_response_behind_the_summary():
    async with serve_simulator((ScriptedText("Done."),)) as sim:
        fields = {**edit(pause_after_compaction=True), "betas": [THRESHOLD]}
        prompt = user(words(50_000))
        message = await send(sim, prompt, **fields)
        assert [block.type for block in message.content] == ["compaction"]
        assert message.stop_reason == "compaction"
        resumed = await send(sim, prompt, message.to_param(), **fields)
        assert resumed.content[0].text == "Done."


async def test_a_streamed_summary_at_the_threshold_is_one_delta():
    async with serve_simulator((ScriptedText("Done."),)) as sim:
        request = request_body(user(words(50_000)), **edit(), betas=[THRESHOLD])
        async with sim.client.beta.messages.stream(**request) as stream:
            deltas = [
                event.delta.type async for event in stream if event.type == "content_block_delta"
            ]
            message = await stream.get_final_message()
        assert deltas[0] == "compaction_delta"
        assert deltas.count("compaction_delta") == 1
        assert message.content[0].content == SUMMARY
        assert message.content[0].encrypted_content


async def test_remaining_and_small_triggers_are_refused_with_the_threshold():
    async with serve_simulator() as sim:
        for fields, text in [
            ({**edit(), **total(50_000, 40_000)}, "task_budget.remaining"),
            (edit(49_999), "greater than or equal to 50000"),
        ]:
            with pytest.raises(anthropic.BadRequestError, match=text):
                await send(sim, "Go.", betas=[THRESHOLD, BUDGETS], **fields)


async def test_the_tool_runner_compacts_before_its_next_turn():
    @anthropic.beta_async_tool
    async def read(path: str) -> str:
        """Read a file."""
        return "x = 1"

    async with serve_simulator(STEP, STEP, (ScriptedText("Done."),)) as sim:
        runner = sim.client.beta.messages.tool_runner(
            model="claude-opus-5-5",
            max_tokens=10_000,
            messages=[{"role": "user", "content": "Go."}],
            tools=[read],
            betas=[ON_DEMAND, BUDGETS],
            output_config={"task_budget": {"type": "tokens", "total": 50_000}},
        )
        reasons = []
        async for message in runner:
            reasons.append(message.stop_reason)
            if len(reasons) == 1:
                runner.compact_before_next_turn()
        assert reasons == ["tool_use", "compaction", "tool_use", "end_turn"]
