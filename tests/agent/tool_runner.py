"""A project folder with the tools in it, for the tests of the tools."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.agent.tools.base import PreparedCall, ToolEnvironment, ToolError, ToolLimits, ToolOutcome
from tui.agent.tools.input_repair import prepare_call
from tui.agent.tools.registry import TOOLS


class ToolRunner:
    """Uses tools as the loop does: prepare, then run."""

    def __init__(self, folder: Path, **limits: Any) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.scratch = folder / "scratch"
        self.world = ToolEnvironment(
            folder=self.folder,
            variables={**os.environ, "ANTHROPIC_API_KEY": "sk-secret"},
            scratch_folder=self.scratch,
            limits=ToolLimits(**limits),
        )
        self.progress: list[str] = []

    def write_file(self, path: str, content: str | bytes = "") -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def prepare(self, name: str, /, **input: object) -> PreparedCall:
        return prepare_call(TOOLS[name], dict(input), self.world)

    async def run(self, call: PreparedCall) -> ToolOutcome:
        outcome = await TOOLS[call.name].run(call, self.world, self.progress.append)
        return replace(outcome, content=f"{outcome.content}\n{call.note}") if call.note else outcome

    async def use(self, name: str, /, **input: object) -> ToolOutcome:
        return await self.run(self.prepare(name, **input))

    async def refusal_of(self, name: str, /, **input: object) -> str:
        """The sentence with which a call is refused."""
        try:
            outcome = await self.use(name, **input)
        except ToolError as error:
            return error.sentence
        raise AssertionError(f"{name} was not refused: {outcome.content}")
