"""Task budgets over real HTTP with the official SDK: what the model sees counting down."""

from typing import Any

import pytest

from tests.support.simulator import READ, budget, request_body, result, serve_simulator, user, words
from tui.simulator.budget_countdown import CountdownRules
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse
from tui.simulator.tokenizer import count

CALL = ScriptedToolUse("read", {"path": "a.py"})
CALL_TOKENS = 12 + count("read") + count('{"path":"a.py"}')
LOW: dict[str, Any] = {
    "effort": "low"
}  # At low effort the scripted model's thinking is all there is.


def thinking_for(tokens: int) -> ScriptedThinking:
    """Thinking that makes a message with one tool call exactly so long."""
    return ScriptedThinking(words(tokens - CALL_TOKENS - 3))


def results_of(message: Any, tokens: int) -> dict[str, Any]:
    """The user message that answers a call, exactly so many tokens long."""
    return user(result(message.content[-1].id, words(tokens - 8 - 3)))


async def test_the_worked_example_of_the_documentation_over_http():
    replies = [
        (thinking_for(5_000), CALL),
        (thinking_for(4_000), CALL),
        (ScriptedText(words(6_000 - 3)),),
    ]
    async with serve_simulator(*replies) as sim:
        create = sim.client.beta.messages.create
        fields = {"tools": [READ], **budget(100_000, **LOW)}
        history: list[Any] = ["Review all Python files."]
        first = await create(**request_body(*history, **fields))
        history += [first.to_param(), results_of(first, 2_800)]
        second = await create(**request_body(*history, **fields))
        history += [second.to_param(), results_of(second, 1_200)]
        third = await create(**request_body(*history, **fields))
        used = [message.usage.output_tokens for message in (first, second, third)]
        assert used == [5_000, 4_000, 6_000]
        notes = await sim.ledger()
        assert [note["after"] for note in notes] == [95_000, 88_200, 81_000]
        assert [told.left for told in sim.script.inputs] == [100_000, 92_200, 87_000]


async def test_the_growth_of_the_context_is_what_the_model_wrote_and_then_saw():
    async with serve_simulator((thinking_for(900), CALL), (ScriptedText("Done."),)) as sim:
        create = sim.client.beta.messages.create
        fields = {"tools": [READ], "cache_control": {"type": "ephemeral"}, **budget(50_000)}
        first = await create(**request_body("Read it.", **fields))
        second = await create(
            **request_body("Read it.", first.to_param(), results_of(first, 700), **fields)
        )

        def context(usage: Any) -> int:
            cached = usage.cache_creation_input_tokens + usage.cache_read_input_tokens
            return int(usage.input_tokens + cached)

        grown = context(second.usage) - context(first.usage)
        assert grown == first.usage.output_tokens + 700


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (CountdownRules("context"), 20_000 - 1_003),
        (CountdownRules("fresh"), 20_000),
        (CountdownRules("context", charge_prompts=True), 20_000 - 1_003 - 503 - 103),
        (CountdownRules("fresh", charge_prompts=True), 20_000 - 103),
    ],
)
async def test_what_a_second_prompt_starts_from(rules: CountdownRules, left: int):
    async with serve_simulator(
        (ScriptedText(words(1_000)),), (ScriptedText("Yes."),), rules=rules
    ) as sim:
        create = sim.client.beta.messages.create
        prompt = user(words(500))
        first = await create(**request_body(prompt, **budget(20_000)))
        await create(**request_body(prompt, first.to_param(), user(words(100)), **budget(20_000)))
        assert sim.script.inputs[-1].left == left


async def test_steering_beside_results_is_counted_and_keeps_the_turn():
    async with serve_simulator(
        (CALL,), (ScriptedText("Yes."),), rules=CountdownRules("fresh")
    ) as sim:
        create = sim.client.beta.messages.create
        fields = {"tools": [READ], **budget(20_000)}
        first = await create(**request_body("Go.", **fields))
        answer = user(result(first.content[-1].id, words(50)), words(40))
        await create(**request_body("Go.", first.to_param(), answer, **fields))
        counted = first.usage.output_tokens + (50 + 8) + 40 + 3
        assert sim.script.inputs[-1].left == 20_000 - counted


async def test_text_in_a_message_of_its_own_behind_results_is_still_beside_them():
    async with serve_simulator(
        (CALL,), (ScriptedText("Yes."),), rules=CountdownRules("fresh")
    ) as sim:
        create = sim.client.beta.messages.create
        fields = {"tools": [READ], **budget(20_000)}
        first = await create(**request_body("Go.", **fields))
        answer = user(result(first.content[-1].id, words(50)))
        await create(**request_body("Go.", first.to_param(), answer, user(words(40)), **fields))
        counted = first.usage.output_tokens + (50 + 8) + 40 + 3
        assert sim.script.inputs[-1].left == 20_000 - counted


async def test_notes_in_system_messages_count_beside_results_and_not_beside_prompts():
    async with serve_simulator((CALL,), (ScriptedText("Yes."),)) as sim:
        create = sim.client.beta.messages.create
        fields = {"tools": [READ], **budget(20_000)}
        note = {"role": "system", "content": words(30)}
        first = await create(**request_body("Go.", note, **fields))
        answer = user(result(first.content[-1].id, words(50)))
        await create(**request_body("Go.", note, first.to_param(), answer, note, **fields))
        assert sim.script.inputs[0].left == 20_000
        counted = first.usage.output_tokens + (50 + 8 + 3) + (30 + 3)
        assert sim.script.inputs[1].left == 20_000 - counted


async def test_a_summary_in_the_place_of_history_counts_and_the_prompt_beside_it_does_not():
    summary = "<summary>" + words(400) + "</summary>"
    async with serve_simulator((ScriptedText("Yes."),)) as sim:
        fields = budget(100_000, remaining=60_000)
        message = user(summary, "Go on." + words(300))
        await sim.client.beta.messages.create(**request_body(message, **fields))
        assert sim.script.inputs[0].left == 60_000 - count(summary)


async def test_the_same_remaining_on_every_request_is_charged_once():
    async with serve_simulator((ScriptedText(words(500)),), (ScriptedText(words(500)),)) as sim:
        create = sim.client.beta.messages.create
        fields = budget(100_000, remaining=30_000)
        first = await create(**request_body("Go.", **fields))
        await create(**request_body("Go.", first.to_param(), "And?", **fields))
        notes = await sim.ledger()
        assert [note["after"] for note in notes] == [30_000 - 503, 30_000 - 1_006]


async def test_hidden_thinking_is_charged_in_full_when_it_comes_back():
    async with serve_simulator((thinking_for(2_000), CALL), (ScriptedText("Yes."),)) as sim:
        create = sim.client.beta.messages.create
        fields = {"tools": [READ], **budget(50_000, effort="max")}
        first = await create(**request_body("Go.", **fields))
        assert first.content[0].thinking == ""
        assert first.usage.output_tokens_details.thinking_tokens > 4_000
        await create(**request_body("Go.", first.to_param(), results_of(first, 100), **fields))
        assert sim.script.inputs[1].left == 50_000 - first.usage.output_tokens - 100


async def test_the_countdown_may_fall_below_zero():
    async with serve_simulator((ScriptedText(words(3_000)),)) as sim:
        await sim.client.beta.messages.create(
            **request_body("Go.", **budget(20_000, remaining=1_000))
        )
        (note,) = await sim.ledger()
        assert note["after"] == 1_000 - 3_003


async def test_without_a_budget_the_model_sees_no_countdown():
    async with serve_simulator((ScriptedText("Yes."),)) as sim:
        await sim.client.beta.messages.create(**request_body("Go."))
        assert (sim.script.inputs[0].left, sim.script.inputs[0].total) == (None, None)
        (note,) = await sim.ledger()
        assert (note["before"], note["after"]) == (None, None)


async def test_a_model_that_cannot_see_a_budget_refuses_one():
    async with serve_simulator() as sim:
        response = await sim.post(
            request_body(
                "Go.",
                model="claude-sonnet-5",
                output_config={"task_budget": {"type": "tokens", "total": 20_000}},
            ),
            **{"anthropic-beta": "task-budgets-2026-03-13"},
        )
        assert response.status_code == 400
        assert "task_budget" in response.json()["error"]["message"]
