"""Forced tools and structured outputs: the reply always is what was asked for."""

import datetime
import json
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Len
from pydantic import BaseModel, Field

from tests.support.simulator import READ, request_body, result, serve_simulator, user
from tui.simulator.json_schema import ValueGenerator, ValueSources, conforms
from tui.simulator.scripted_model import respond
from tui.simulator.scripted_model.model_input import ScriptedText

MODEL = "claude-sonnet-4-6"


class Colour(Enum):
    red = "red"
    green = "green"


class Point(BaseModel):
    x: Annotated[int, Field(ge=3, lt=10, multiple_of=2)]
    y: Annotated[float, Field(gt=0.5)]
    note: str | None


class Node(BaseModel):
    name: Annotated[str, Len(2, 5)]
    children: list["Node"]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool


class Everything(BaseModel):
    colour: Colour
    points: Annotated[list[Point], Len(2, 3)]
    tree: Node
    pet: Cat | Dog
    pair: tuple[int, str]
    day: datetime.date
    at: datetime.datetime
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    tags: set[str]
    levels: Annotated[set[Literal["a", "b", "c"]], Len(3, 3)]
    by_name: dict[str, int]
    some: Annotated[dict[str, Point], Field(min_length=2)]
    maybe: int | None = None


@pytest.mark.parametrize("model", [Everything, Node, Point, Cat])
@pytest.mark.parametrize(
    "facts",
    [
        ValueSources(),
        ValueSources("Colour src/a.py green in 7 steps, by 2026-03-04.", ("src/a.py",)),
    ],
)
def test_a_value_made_from_a_schema_is_one_that_another_validator_takes(
    model: type[BaseModel], facts: ValueSources
):
    schema = model.model_json_schema()
    value = ValueGenerator(schema, facts).value()
    assert model.model_validate_json(json.dumps(value))
    assert conforms(value, schema)


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": ["string", "null"]}, [None, "a"], [1, True]),
        ({"type": "integer"}, [1, 2.0], [True, 1.5, "1"]),
        ({"enum": [1, "a"]}, [1, "a"], [True, "b"]),
        ({"oneOf": [{"minimum": 2}, {"maximum": 4}], "type": "number"}, [1, 5], [3]),
        ({"allOf": [{"minLength": 2}, {"maxLength": 3}], "type": "string"}, ["abc"], ["a", "abcd"]),
        (
            {"type": "object", "required": ["a"], "additionalProperties": False,
             "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"const": 1}}},
            [{"a": 1}],
            [{}, {"a": 2}, {"a": 1, "b": 1}],
        ),
        (
            {"type": "array", "items": {"type": "null"}, "uniqueItems": True},
            [[None]],
            [[1], [None] * 2],
        ),
    ],
)  # fmt: skip
def test_what_conforms(schema: dict[str, Any], right: list[Any], wrong: list[Any]):
    assert all(conforms(value, schema) for value in right)
    assert not any(conforms(value, schema) for value in wrong)
    assert conforms(ValueGenerator(schema).value(), schema)


def test_facts_of_the_prompt_go_where_they_fit():
    schema = {
        "type": "object",
        "properties": {
            "file_path": {"type": "string", "default": "x"},
            "paths": {"type": "array", "items": {"type": "string"}},
            "mode": {"enum": ["fast", "slow"]}, "count": {"type": "integer"},
            "mail": {"type": "string", "format": "email"},
        },
        "required": ["file_path", "paths", "mode", "count", "mail"],
    }  # fmt: skip
    prompt = "Read src/a.py and b.md slow, 12 times, and tell me@home.org"
    value = ValueGenerator(schema, ValueSources(prompt, ("src/a.py", "b.md"))).value()
    assert value == {
        "file_path": "src/a.py", "paths": ["src/a.py", "b.md"], "mode": "slow", "count": 12,
        "mail": "me@home.org",
    }  # fmt: skip


def tool(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "input_schema": schema}


WEATHER = tool("get_weather", "The weather of a city.", city={"type": "string"},
               unit={"enum": ["celsius", "fahrenheit"]})  # fmt: skip
FINAL = tool("final_result", "The final answer.", count={"type": "integer", "minimum": 1})


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_forced_tool_is_called(lenient: bool, stream: bool):
    cases = [
        ({"type": "tool", "name": "read"}, "Read README.md", "read", {"path": "README.md"}),
        ({"type": "any"}, "Open src/deep/a.py please", "read", {"path": "src/deep/a.py"}),
        (
            {"type": "any"},
            "What's the weather in Paris in fahrenheit?",
            "get_weather",
            {"city": "Paris", "unit": "fahrenheit"},
        ),
        ({"type": "tool", "name": "final_result"}, "Hello, 4 times", "final_result", {"count": 4}),
    ]
    async with serve_simulator(lenient=lenient, respond=respond) as sim:
        for choice, prompt, name, given in cases:
            fields = {"model": MODEL, "tools": [READ, WEATHER, FINAL], "tool_choice": choice}
            if stream:
                async with sim.client.messages.stream(**request_body(prompt, **fields)) as events:
                    message = await events.get_final_message()
            else:
                message = await sim.client.messages.create(**request_body(prompt, **fields))
            assert message.stop_reason == "tool_use"
            calls = [block for block in message.content if block.type == "tool_use"]
            assert [(call.name, call.input) for call in calls] == [(name, given)]


async def test_a_loop_with_forced_tools_comes_to_the_tool_for_the_result():
    messages: list[Any] = ["What's the weather in Paris?"]
    fields = {"model": MODEL, "tools": [WEATHER, FINAL], "tool_choice": {"type": "any"}}
    called = []
    async with serve_simulator([ScriptedText("a")], [ScriptedText("b")]) as sim:
        for _ in range(2):
            said = (await sim.post(request_body(*messages, **fields))).json()
            (call,) = said["content"]
            called.append(call["name"])
            answer = user(result(call["id"], "sunny"))
            messages += [{"role": "assistant", "content": said["content"]}, answer]
    assert called == ["get_weather", "final_result"]


async def test_a_reply_that_calls_the_tool_itself_is_kept_and_one_call_is_one():
    fields = {"model": MODEL, "tools": [READ]}
    choice = {"type": "any", "disable_parallel_tool_use": True}
    async with serve_simulator(respond=respond) as sim:
        said = (
            await sim.post(request_body("Read a.py and b.py", **fields, tool_choice=choice))
        ).json()
    assert [block["type"] for block in said["content"]] == ["tool_use"]


@pytest.mark.parametrize("name", ["claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-2"])
async def test_models_that_take_no_forced_tools_refuse_them(name: str):
    async with serve_simulator() as sim:
        body = request_body("Hi", model=name, tools=[READ], tool_choice={"type": "any"})
        assert (await sim.post(body)).status_code == 400


async def test_manual_thinking_goes_with_no_forced_tool():
    thinking = {"type": "enabled", "budget_tokens": 2_000}
    async with serve_simulator() as sim:
        body = request_body(
            "Hi", model=MODEL, tools=[READ], tool_choice={"type": "any"}, thinking=thinking
        )
        said = await sim.post(body)
        assert "Thinking may not be enabled" in said.json()["error"]["message"]


CLOSED = {"type": "object", "additionalProperties": False}
ANSWER = {
    **CLOSED,
    "properties": {
        "answer": {"type": "string"},
        "files": {"type": "array", "items": {"$ref": "#/$defs/file"}},
    },
    "required": ["answer", "files"],
    "$defs": {"file": {**CLOSED, "properties": {"path": {"type": "string"}}, "required": ["path"]}},
}


@pytest.mark.parametrize("lenient", [False, True])
async def test_a_json_format_gets_json_of_its_schema(lenient: bool):
    wanted = {"format": {"type": "json_schema", "schema": ANSWER}}
    async with serve_simulator([ScriptedText("It is *fine*.")], lenient=lenient) as sim:
        body = request_body("Is src/a.py fine?", output_config=wanted)
        message = await sim.client.messages.create(**body)
    assert message.stop_reason == "end_turn"
    (text,) = [block.text for block in message.content if block.type == "text"]
    assert json.loads(text) == {"answer": "It is *fine*.", "files": [{"path": "src/a.py"}]}


async def test_the_sdk_parses_a_structured_output():
    async with serve_simulator(respond=respond) as sim:
        message = await sim.client.messages.parse(
            model=MODEL, max_tokens=1000, messages=[{"role": "user", "content": "Hello"}],
            output_format=Cat,
        )  # fmt: skip
    assert message.parsed_output is not None
    assert message.parsed_output.kind == "cat"


async def test_tools_come_before_the_json():
    wanted = {"format": {"type": "json_schema", "schema": ANSWER}}
    async with serve_simulator(respond=respond) as sim:
        body = request_body("Read src/a.py", model=MODEL, tools=[READ], output_config=wanted)
        first = (await sim.post(body)).json()
        assert [block["type"] for block in first["content"]] == ["tool_use"]
        assert first["content"][0]["input"] == {"path": "src/a.py"}
        said = {"role": "assistant", "content": first["content"]}
        answer = user(result(first["content"][0]["id"], "     1\tprint()"))
        last = (await sim.post({**body, "messages": [*body["messages"], said, answer]})).json()
    assert last["stop_reason"] == "end_turn"
    assert conforms(json.loads(last["content"][-1]["text"]), ANSWER)


async def test_an_open_schema_is_refused_as_by_the_api():
    wanted = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    async with serve_simulator() as sim:
        said = await sim.post(request_body("Hi", output_config=wanted))
        assert "'additionalProperties' must be explicitly set to false" in said.text
        said = await sim.post(request_body("Hi", output_config={"format": {"type": "xml"}}))
        assert said.status_code == 400
    async with serve_simulator(lenient=True) as sim:
        said = await sim.post(request_body("Hi", output_config=wanted))
        assert json.loads(said.json()["content"][-1]["text"]) == {}


async def test_interleaved_thinking_may_have_a_budget_above_max_tokens():
    thinking = {"type": "enabled", "budget_tokens": 32_000}
    body = request_body("Hi", model=MODEL, max_tokens=8_000, thinking=thinking)
    beta = {"anthropic-beta": "interleaved-thinking-2025-05-14"}
    for lenient in (False, True):
        async with serve_simulator(lenient=lenient) as sim:
            assert (await sim.post(body, **beta)).status_code == 200
            said = await sim.post(body)
            assert "must be greater than `thinking.budget_tokens`" in said.text
