"""The check job: find out what the project can be checked with, run it, say how it ended."""

import re
import shlex
from dataclasses import dataclass
from functools import cached_property

from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs import job_steps
from tui.simulator.scripted_model.jobs.file_listing import FileListing, another_way, list_files
from tui.simulator.scripted_model.jobs.job_report import JobReport
from tui.simulator.scripted_model.jobs.verification import ending
from tui.simulator.scripted_model.markdown_writing import code, fence
from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.model_input import ScriptedReply
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask
from tui.simulator.scripted_model.tool_actions import ShellAction, ToolAction

_PATTERNS = ("pyproject.toml", "package.json", "Cargo.toml", "go.mod", "**/test_*.py")
_SCRIPTS = ("**/*.py", "**/*.js")
_COMPILE_ALL = (
    "python3 -c 'import pathlib; "
    '[compile(p.read_bytes(), str(p), "exec") for p in pathlib.Path(".").rglob("*.py") '
    'if not any(x[0] == "." or x in ("venv", "node_modules") for x in p.parts)]\''
)
"""Compiles every file without leaving byte code in the reader's folder."""
_MISSING = re.compile(r"no module named pytest|not found", re.IGNORECASE)
_TAIL = 25
"""Lines of output that are shown."""


@dataclass(frozen=True)
class CheckJob:
    """A check job, read from one request."""

    view: RequestView

    @cached_property
    def found(self) -> dict[str, FileListing]:
        """What the searches listed, by pattern."""
        found = {pattern: list_files(self.view, pattern) for pattern in (*_PATTERNS, *_SCRIPTS)}
        return {pattern: files for pattern, files in found.items() if files is not None}

    @property
    def runs(self) -> list[tuple[ShellAction, CallEntry]]:
        """The checks that were run in this turn, with their results."""
        return [(act, call) for act, call in self.view.turn_calls if isinstance(act, ShellAction)
                and not act.command.startswith(("find ", "grep "))]  # fmt: skip

    @property
    def progress(self) -> JobProgress:
        """How far the job is."""
        done = tuple(f"{act.command[:60]}: {ending(call)}" for act, call in self.runs)
        tasks = (PlannedTask("check", "Run the checks", 1500, "done" if done else "pending"),)
        return JobProgress("run the checks", tasks, checks=done)

    def reply(self) -> ScriptedReply:
        """The next message."""
        if missing := [pattern for pattern in _PATTERNS if pattern not in self.found]:
            searches = self._ways(missing)
            thought = "What can this project be checked with? Its manifests and tests tell."
            words = "I look what this project can be checked with."
            return job_steps.step(self.view, thought, words, searches)
        commands = self._commands()
        scripts = self._ways([pattern for pattern in _SCRIPTS if pattern not in self.found])
        if not commands and scripts:
            thought = "No manifest, no tests. Perhaps there are files to compile."
            return job_steps.step(self.view, thought, "", scripts)
        failed = [files.failure for files in self.found.values() if files.failure]
        if not commands and failed:
            return ScriptedReply.in_words(
                f"I could not list the files here: {failed[0]}\n\nSo I ran nothing. Once listing "
                "works, ask me again."
            )
        if not commands:
            return ScriptedReply.in_words(
                "I found nothing here that I know how to check: no tests, no manifest, no Python "
                "or JavaScript files. I ran nothing."
            )
        if self.view.planning:
            thought = f"The fitting check is `{commands[0][:200]}`."
            return job_steps.file_plan(self.view, thought, "", (), self.progress.tasks)
        waiting = commands[len(self.runs) :]
        if waiting:
            act = ShellAction(waiting[0], "Check the project", 600)
            return job_steps.step(
                self.view, f"The fitting check is `{waiting[0][:200]}`.", "", [act]
            )
        return ScriptedReply.in_words(self._report())

    def _ways(self, patterns: list[str]) -> list[ToolAction]:
        """The listings to make for these patterns."""
        ways = [another_way(self.view, pattern) for pattern in patterns]
        return [act for act in ways if act is not None]

    def _commands(self) -> list[str]:
        """The commands to run, the next after what the earlier ones brought."""
        chosen = self._first_choice()
        tried = self.runs[-1][1].result or "" if self.runs else ""
        if chosen and "pytest" in chosen[0] and self.runs and _MISSING.search(tried):
            return [chosen[0], "python3 -m unittest discover -q"]
        return chosen

    def _first_choice(self) -> list[str]:
        compiling = bool(re.search(r"compil|syntax", self.view.intent.text, re.IGNORECASE))
        names = {pattern for pattern, listing in self.found.items() if listing.paths}
        if "**/test_*.py" in names and not compiling:
            return ["python3 -m pytest -q"]
        if names & {"pyproject.toml", "**/test_*.py", "**/*.py"}:
            return [_COMPILE_ALL]
        if "Cargo.toml" in names:
            return ["cargo check -q"]
        if "go.mod" in names:
            return ["go vet ./..."]
        if "package.json" in names:
            return ["npm test --silent"]
        scripts = self.found["**/*.js"].paths[:20] if "**/*.js" in names else ()
        return [" && ".join(f"node --check {shlex.quote(path)}" for path in scripts)][
            : bool(scripts)
        ]

    def _report(self) -> str:
        _, call = self.runs[-1]
        lines = [line for line in (call.result or "").splitlines() if line.strip()]
        output = "\n".join(lines[-_TAIL:]) or "(no output)"
        return JobReport(
            title="Checks",
            summary=f"The check **{'did not pass' if call.failed else 'passed'}**.",
            head=("Command", "Ended"),
            rows=[[code(act.command[:80]), ending(call)] for act, call in self.runs],
            sections={"End of the output": fence(output, "text")},
        ).markdown()
