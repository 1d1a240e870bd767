"""Replies that a request constrains: `tool_choice` that forces a tool, and a JSON format.

The scripted model answers as it sees fit. Where the request leaves it no choice, its reply is
made to fit: a call of the tool that is asked for, or a text that is JSON of the schema.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from tui.simulator.block_content import JSON
from tui.simulator.json_schema import ValueGenerator, ValueSources, conforms
from tui.simulator.scripted_model.intent import parse_intent
from tui.simulator.scripted_model.message_history import CallEntry, PromptEntry, history_entries
from tui.simulator.scripted_model.model_input import (
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

_BUILT_IN = {
    "bash": {"command": {"const": "ls"}},
    "text_editor": {"command": {"const": "view"}, "path": {"type": "string"}},
    "memory": {"command": {"const": "view"}, "path": {"const": "/memories"}},
}
"""Input of the tools whose schema is built into the model, as far as it is used here."""
_RESULT = re.compile(r"final|result|output|answer|respon|submit|structured|extract", re.IGNORECASE)
"""Names of tools that take the outcome of the work."""
_ABSOLUTE = re.compile(r"(?<![\w/])/(?:[\w.\-]+/)*[\w.\-]+")


def output_format(body: JSON) -> JSON | None:
    """The JSON format that a request asks for, where older clients put it too."""
    config = body.get("output_config")
    given = (config.get("format") if isinstance(config, dict) else None) or body.get(
        "output_format"
    )
    return given if isinstance(given, dict) and given.get("type") == "json_schema" else None


def constrain_reply(body: JSON, messages: Sequence[JSON], reply: ScriptedReply) -> ScriptedReply:
    """The reply as the request's options let it be.

    Args:
        body: The request.
        messages: The messages of the conversation, as the model sees them.
        reply: What the scripted model says.
    """
    choice = body.get("tool_choice") or {}
    thoughts = [block for block in reply.blocks if isinstance(block, ScriptedThinking)]
    if choice.get("type") in ("any", "tool"):
        return ScriptedReply((*thoughts, *_forced(choice, body["tools"], messages, reply)))
    wanted = output_format(body)
    if wanted is None:
        return reply
    if reply.calls:
        return ScriptedReply((*thoughts, *reply.calls))
    schema = wanted.get("schema", {})
    value = ValueGenerator(schema, _facts(messages, reply)).value()
    return ScriptedReply((*thoughts, ScriptedText(json.dumps(value, ensure_ascii=False))))


def _forced(
    choice: JSON, tools: Sequence[JSON], messages: Sequence[JSON], reply: ScriptedReply
) -> list[ScriptedBlock]:
    """The calls of a reply that has to call a tool."""
    allowed = [t for t in tools if choice["type"] == "any" or t["name"] == choice["name"]]
    schemas = {tool["name"]: _schema(tool) for tool in allowed}
    mine = [
        call
        for call in reply.calls
        if call.name in schemas and conforms(call.input, schemas[call.name])
    ]
    if mine:
        return list(mine)
    facts = _facts(messages, reply)
    tool = _most_fitting(allowed, messages, facts)
    made = ValueGenerator(schemas[tool["name"]], facts).value()
    return [ScriptedToolUse(tool["name"], made if isinstance(made, dict) else {})]


def _most_fitting(tools: Sequence[JSON], messages: Sequence[JSON], facts: ValueSources) -> JSON:
    """The tool the prompt speaks of; one that was not called yet, and in doubt the outcome's."""
    row = history_entries(messages)
    since = max((at for at, entry in enumerate(row) if isinstance(entry, PromptEntry)), default=0)
    called = {entry.name for entry in row[since:] if isinstance(entry, CallEntry)}
    wanted = set(re.findall(r"[a-z]{3,}", facts.prompt.lower()))

    def rank(tool: JSON) -> tuple[bool, int, bool]:
        told = f"{re.sub(r'[_-]', ' ', tool['name'])} {tool.get('description') or ''}"
        names = set(re.findall(r"[a-z]{3,}", told.lower()))
        result = bool(_RESULT.search(tool["name"]))
        takes_path = bool(facts.paths) and "path" in json.dumps(_schema(tool))
        fits = len(names & wanted) + 2 * takes_path
        return (tool["name"] not in called or result, fits, result)

    return max(tools, key=rank)


def _facts(messages: Sequence[JSON], reply: ScriptedReply) -> ValueSources:
    prompt = _prompt(messages)
    words = "\n\n".join(block.text for block in reply.blocks if isinstance(block, ScriptedText))
    given = {name: item for call in reply.calls for name, item in call.input.items()}
    paths = (*_ABSOLUTE.findall(prompt), *parse_intent(prompt).files)
    outer = tuple(p for p in paths if not any(p != q and q.endswith("/" + p) for q in paths))
    return ValueSources(prompt, tuple(dict.fromkeys(outer)), words, given)


def _prompt(messages: Sequence[JSON]) -> str:
    prompts = [entry.text for entry in history_entries(messages) if isinstance(entry, PromptEntry)]
    return prompts[-1] if prompts else ""


def _schema(tool: JSON) -> Any:
    if "input_schema" in tool:
        return tool["input_schema"]
    kind = re.sub(r"_\d{8}$", "", str(tool.get("type", "")))
    properties = _BUILT_IN.get(kind, {})
    return {"type": "object", "properties": properties, "required": list(properties)}
