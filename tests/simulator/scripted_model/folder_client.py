"""A small client for driving the scripted model over a real folder: tools, loop, countdown."""

import copy
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.simulator.scripted_model import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedToolUse,
    respond,
)


def tool(name: str, *required: str, **properties: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {n: {"type": "string"} for n in required} | properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return {"name": name, "description": name, "input_schema": schema}


NUMBER = {"type": "integer"}
OUR_TOOLS = (
    tool("bash", "command", timeout=NUMBER, description={"type": "string"}),
    tool("checklist", subtasks={"type": "array"}),
    tool("edit", "path", "old_string", "new_string", replace_all={"type": "boolean"}),
    tool("glob", "pattern", path={"type": "string"}),
    tool(
        "grep",
        "pattern",
        glob={"type": "string"},
        output={"type": "string", "enum": ["content", "files", "count"]},
        limit=NUMBER,
    ),
    tool("read", "path", offset=NUMBER, limit=NUMBER),
    tool("wrap_up", "next_step"),
    tool("write", "path", "content"),
)


def count(text: str) -> int:
    return max(1, len(text) // 4)


def tokens_of(value: object) -> int:
    return count(str(value))


class Refused(Exception):
    pass


@dataclass
class FolderClient:
    """Runs turns; every call is logged, every limit is the test's to set."""

    folder: Path
    tools: tuple[dict[str, Any], ...] = OUR_TOOLS
    effort: str = "medium"
    total: int | None = None
    refuse: Callable[[str, dict[str, Any]], str | None] = lambda name, given: None
    beside: Callable[[int], str | None] = lambda number: None
    keeps_line_ends: bool = False
    page: int = 2000
    filed: str = "Filed."
    """What the tool for the report answers."""
    paths: int = 1000
    messages: list[dict[str, Any]] = field(default_factory=list)
    charged: int = 0
    calls: list[ScriptedToolUse] = field(default_factory=list)
    replies: list[ScriptedReply] = field(default_factory=list)
    results: list[tuple[ScriptedToolUse, str, bool]] = field(default_factory=list)

    @property
    def left(self) -> int | None:
        return None if self.total is None else self.total - self.charged

    def model_input(self) -> ModelInput:
        return ModelInput(
            messages=tuple(json.loads(json.dumps(self.messages))),
            tools=self.tools,
            system="",
            effort=self.effort,
            left=self.left,
            total=self.total,
            max_tokens=32_000,
            model="claude-opus-5-5",
            count=count,
        )

    def say(self, prompt: str, most: int = 150) -> str:
        """One turn; the text of the last reply."""
        self.messages.append({"role": "user", "content": [{"type": "text", "text": prompt}]})
        return self.go_on(most)

    def go_on(self, most: int = 150) -> str:
        """The rest of a turn; the text of the last reply."""
        for _ in range(most):
            reply = respond(self.model_input())
            assert respond(self.model_input()) == reply, "the scripted model is not deterministic"
            self.replies.append(reply)
            self._append(reply)
            if not reply.calls:
                return "\n\n".join(b.text for b in reply.blocks if isinstance(b, ScriptedText))
            self._answer(reply)
        raise AssertionError(f"no end after {most} requests")

    def _append(self, reply: ScriptedReply) -> None:
        blocks: list[dict[str, Any]] = []
        for block in reply.blocks:
            if isinstance(block, ScriptedToolUse):
                self.calls.append(block)
                blocks.append(
                    {
                        "type": "tool_use",
                        "id": f"t{len(self.calls)}",
                        "name": block.name,
                        "input": copy.deepcopy(block.input),
                    }
                )
            elif isinstance(block, ScriptedText):
                blocks.append({"type": "text", "text": block.text})
            else:
                blocks.append({"type": "thinking", "thinking": block.text, "signature": "s"})
        self.charged += sum(tokens_of(list(block.values())) for block in blocks)
        self.messages.append({"role": "assistant", "content": blocks})

    def _answer(self, reply: ScriptedReply) -> None:
        content: list[dict[str, Any]] = []
        first = len(self.calls) - len(reply.calls) + 1
        for number, call in enumerate(reply.calls, first):
            text, failed = self._run(call)
            self.results.append((call, text, failed))
            self.charged += count(text)
            content.append(
                {
                    "type": "tool_result",
                    "tool_use_id": f"t{number}",
                    "content": text,
                    "is_error": failed,
                }
            )
        note = self.beside(len(self.replies))
        if note:
            content.append({"type": "text", "text": note})
            self.charged += count(note)
        self.messages.append({"role": "user", "content": content})

    def _run(self, call: ScriptedToolUse) -> tuple[str, bool]:
        reason = self.refuse(call.name, call.input)
        if reason is not None:
            return reason, True
        try:
            return getattr(self, f"_{call.name}")(**call.input), False
        except (OSError, UnicodeDecodeError, ValueError) as error:
            return f"{type(error).__name__}: {error}", True

    # Tools -----------------------------------------------------------------------

    def _files(self, pattern: str) -> list[str]:
        skipped = (".git", "__pycache__", "venv")
        paths = (
            p.relative_to(self.folder).as_posix()
            for p in self.folder.rglob("*")
            if p.is_file() and not any(part in skipped for part in p.parts)
        )
        rule = re.compile(_as_regex(pattern))
        return sorted(path for path in paths if rule.fullmatch(path))

    def _glob(self, pattern: str, path: str = ".") -> str:
        found = self._files(pattern)
        more = (
            f"\n[more than {self.paths} files: narrow the pattern]"
            if len(found) > self.paths
            else ""
        )
        return "\n".join(found[: self.paths]) + more or "No files match."

    def _grep(
        self, pattern: str, glob: str = "*", output: str = "content", limit: int = 200
    ) -> str:
        rows = []
        for path in self._files(glob):
            try:
                lines = (self.folder / path).read_bytes().decode().splitlines()
            except UnicodeDecodeError:
                continue
            hits = [(n, line) for n, line in enumerate(lines, 1) if re.search(pattern, line)]
            if "\\n" in pattern:
                # As ripgrep does where it is told to search over several lines.
                text = "\n".join(lines)
                hits = [(0, "") for _ in re.finditer(pattern, text, re.MULTILINE)]
            if hits and output == "content":
                rows += [f"{path}:{n}:{line}" for n, line in hits]
            elif hits:
                rows.append(f"{path}:{len(hits)}" if output == "count" else path)
            if len(rows) > limit:
                break
        more = f"\n[more than {limit} lines: narrow the search]" if len(rows) > limit else ""
        return "\n".join(rows[:limit]) + more or "No matches."

    def _read(self, path: str, offset: int = 1, limit: int | None = None) -> str:
        raw = (self.folder / path).read_bytes()
        if b"\0" in raw:
            raise ValueError(f"{path} is a binary file; read shows text only.")
        lines = raw.decode().removesuffix("\n").split("\n") if raw else []
        if not lines:
            return "(The file is empty.)"
        if not self.keeps_line_ends:
            lines = [line.removesuffix("\r") for line in lines]
        last = min(len(lines), offset - 1 + (limit or self.page))
        rows = [f"{n:>6}\t{lines[n - 1]}" for n in range(offset, last + 1)]
        if last < len(lines):
            rows.append(
                f"[lines {offset}–{last} of {len(lines)}; for the rest read with offset={last + 1}]"
            )
        return "\n".join(rows)

    def _edit(self, path: str, old_string: str, new_string: str, replace_all: bool = False) -> str:
        file = self.folder / path
        body = file.read_bytes().decode()
        times = body.count(old_string)
        if times != 1:
            raise ValueError(f"old_string occurs {times} times.")
        file.write_bytes(body.replace(old_string, new_string).encode())
        return f"{path}: replaced 1 place."

    def _write(self, path: str, content: str) -> str:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(content)
        return f"{path}: written."

    def _bash(self, command: str, timeout: int = 120, description: str = "") -> str:
        # Else `tests` would be our own package, which an editable install has on its path.
        marker = self.folder / "tests" / "__init__.py"
        marked = marker.parent.is_dir() and not marker.exists()
        if marked:
            marker.touch()
        done = subprocess.run(
            command, shell=True, cwd=self.folder, capture_output=True, text=True, timeout=60
        )
        if marked:
            marker.unlink(missing_ok=True)
        if done.returncode:
            raise ValueError(f"{done.stdout}{done.stderr}\n[exit code {done.returncode}]")
        return done.stdout + done.stderr or "(no output)"

    def _checklist(self, subtasks: list[dict[str, Any]]) -> str:
        return "Noted."

    def _wrap_up(self, **report: Any) -> str:
        return self.filed

    # Looking back ----------------------------------------------------------------

    def of(self, name: str) -> list[dict[str, Any]]:
        return [call.input for call in self.calls if call.name == name]

    @property
    def checklist(self) -> dict[str, dict[str, Any]]:
        merged: dict[str, dict[str, Any]] = {}
        for given in self.of("checklist"):
            for row in given["subtasks"]:
                merged[row["id"]] = {**merged.get(row["id"], {}), **row}
        return merged

    @property
    def planned(self) -> int:
        """How many subtasks the first plan had."""
        lists = self.of("checklist")
        return len(lists[0]["subtasks"]) if lists else 0


def _as_regex(pattern: str) -> str:
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif pattern[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif pattern[at] == "{":
            end = pattern.index("}", at)
            words = pattern[at + 1 : end].split(",")
            out, at = out + "(?:" + "|".join(map(re.escape, words)) + ")", end + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return out
