"""The Models API, as the official SDK reads it."""

import anthropic
import pytest

from tests.support.simulator import TOKEN, request_body, serve_simulator
from tui.simulator.served_models import MODELS

BUDGETED = {
    "claude-fable-5-1",
    "claude-mythos-5-1",
    "claude-fable-5",
    "claude-mythos-5",
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
}
"""The models the documentation lists for task budgets."""


def test_the_models_that_take_a_task_budget_are_the_documented_ones():
    assert {id for id, model in MODELS.items() if model.task_budget} == BUDGETED


async def test_the_list_goes_on_page_after_page():
    async with serve_simulator() as sim:
        ids = [model.id async for model in sim.client.models.list(limit=4)]
        assert len(ids) == len(set(ids)) == 18
        assert ids[:2] == ["claude-fable-5-2", "claude-mythos-5-2"]


async def test_a_model_says_what_it_can_do():
    async with serve_simulator() as sim:
        opus = await sim.client.models.retrieve("claude-opus-4-6")
        assert (opus.max_input_tokens, opus.max_tokens) == (1_000_000, 128_000)
        assert opus.capabilities is not None
        assert opus.capabilities.effort.max.supported
        assert not opus.capabilities.effort.xhigh.supported
        assert opus.capabilities.thinking.types.enabled.supported
        old = await sim.client.models.retrieve("claude-sonnet-4-5")
        assert (old.lifecycle, old.max_tokens) == ("deprecated", 64_000)
        assert old.retires_at is not None


async def test_an_unknown_model_is_not_found():
    async with serve_simulator() as sim:
        with pytest.raises(anthropic.NotFoundError):
            await sim.client.models.retrieve("claude-1")


async def test_the_models_are_shown_to_those_with_the_key_only():
    async with serve_simulator() as sim:
        assert (await sim.http.get("/v1/models")).status_code == 401
        assert (await sim.http.get("/debug/ledger")).status_code == 401
        assert (await sim.http.post("/debug/faults", json=[])).status_code == 401


async def test_what_the_server_noted_is_shown_to_those_with_the_key():
    async with serve_simulator() as sim:
        await sim.client.messages.create(**request_body("hello"))
        shown = await sim.http.get("/debug/ledger", headers={"x-api-key": TOKEN})
        assert shown.json()["requests"] == await sim.ledger()
        assert [row["kind"] for row in await sim.ledger()] == ["message"]
