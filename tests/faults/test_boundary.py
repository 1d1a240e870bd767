"""Commands that try to leave the project, run by the real program, with canaries around it.

`boundary.toml` has the commands and what must hold. Secrets lie in the home, beside the
project, in the program's own folders, in its environment and in another process; listeners
wait on sockets. None of it may come back in a result, lie in a file of the project or in
the session, or be different afterwards. What a project needs every day must work unasked.
"""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.faults.outside_world import OutsideWorld
from tests.faults.real_program import ROOT, ProgramRun, finish_program, start_program
from tests.support.simulator import serve_simulator
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedToolUse,
)

HERE = Path(__file__).parent
MUST = ("works", "blocked", "asked")
SECONDS = 240.0
BATCH = 45
"""Commands in one answer of the model."""
GUARD = (
    "cat @HOME/notes.txt; cat @OUT/secret.txt",
    "touch @OUT/@SECRET-0",
    "kill -0 @OTHER && echo reached",
)
"""Harmless attempts: if one succeeds, nothing holds commands back, and no other is tried."""


@dataclass(frozen=True)
class Row:
    """A command and what must hold."""

    kind: str
    must: str
    command: str
    access: str = ""
    shows: str = ""


def rows(*, across: bool) -> Iterator[Row]:
    """The list, without what needs programs that are not here; `asked` comes last.

    Args:
        across: Whether commands see what earlier ones started.
    """
    with (HERE / "boundary.toml").open("rb") as file:
        table = tomllib.load(file)
    for must in MUST:
        for group in table[must]:
            if group.get("across") and not across:
                continue
            for each in group["commands"]:
                if "needs" not in each or shutil.which(each["needs"]):
                    yield Row(
                        group["kind"],
                        must,
                        each["run"],
                        each.get("access", ""),
                        each.get("shows", ""),
                    )


SETTINGS = """\
[sandbox]
mode = "{mode}"
backend = "{backend}"
read = ["{packages}"]
"""


@contextmanager
def outside_world(tmp_path: Path, mode: str, backend: str) -> Iterator[OutsideWorld]:
    """The world around a project, beside this checkout if that can be.

    Folders for temporary files are covered by others inside, so that little would be tried
    there.
    """
    packages = str(Path(pytest.__file__).parents[1])  # where a light environment has them
    settings = SETTINGS.format(mode=mode, backend=backend, packages=packages)
    with ExitStack() as kept:
        root = tmp_path
        if os.access(ROOT, os.W_OK):
            root = Path(kept.enter_context(TemporaryDirectory(prefix=".outside-", dir=ROOT)))
        made = OutsideWorld(root, settings)
        kept.callback(made.close)
        fill(made)
        yield made


PROJECT = {
    "pytest.ini": "[pytest]\n",
    "notes.md": "notes\n",
    "src/greet.py": 'def greet() -> str:\n    return "hello"\n',
    "tests/test_greet.py": "def test_greet():\n    assert True\n",
    "Makefile": "greet:\n\t@echo hello from make\n",
    "greet.c": '#include <stdio.h>\nint main(void) { puts("hello from c"); return 0; }\n',
    "run.sh": "#!/bin/sh\necho hello from sh\n",
}
PROTECTED = (
    ".git/config",
    ".git/HEAD",
    ".glideslope/settings.toml",
    ".envrc",
    ".vscode/tasks.json",
    ".husky/pre-commit",
)
"""Files of the project that can run commands, or say what the program may do."""


def fill(world: OutsideWorld) -> None:
    """A small repository, with links that lead out of it."""
    for name, text in PROJECT.items():
        path = world.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (world.project / "link-file").symlink_to(world.home / ".ssh/id_rsa")
    (world.project / "link-folder").symlink_to(world.home)
    for name in PROTECTED[2:]:
        path = world.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# as it was\n")
    for line in (
        "init -q -b main",
        "add -A",
        "commit -qm First",
        "commit -qm Second --allow-empty",
    ):
        subprocess.run(
            ["git", *line.split()], cwd=world.project, env=world.environment(), check=True
        )


def text_of(path: Path) -> str:
    """What is in a file, or that there is none."""
    try:
        return path.read_text()
    except OSError as error:
        return type(error).__name__


def protected(world: OutsideWorld) -> dict[str, str]:
    """What is in the protected files, and which hooks there are."""
    hooks = sorted(path.name for path in (world.project / ".git/hooks").glob("*"))
    read = {name: text_of(world.project / name) for name in PROTECTED}
    attributes = (world.project / ".git/info/attributes").exists()
    bare = (world.project / "made-bare/HEAD").exists()
    ran = sorted(path.name for path in world.project.glob("ran-*"))
    return read | {"hooks": f"{hooks}", "others": f"{attributes} {bare} {ran}"}


class Model:
    """Asks for all the commands, some in each answer, and remembers every request."""

    def __init__(self, world: OutsideWorld, commands: list[Row]) -> None:
        self.world = world
        self.program = 0
        """Process id of the program."""
        self.told: list[ModelInput] = []
        self._left = [Row("guard", "blocked", line) for line in GUARD] + commands

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        """See `tui.simulator.simulator_config.SimulatorConfig.respond`."""
        self.told.append(situation)
        if len(self.told) == 2 and self._guard_is_broken():
            return ScriptedReply((ScriptedText("Nothing holds commands back."),))
        size = len(GUARD) if len(self.told) == 1 else BATCH
        batch, self._left = self._left[:size], self._left[size:]
        return ScriptedReply(tuple(map(self._call, batch)) or (ScriptedText("All tried."),))

    def _call(self, row: Row) -> ScriptedToolUse:
        command = self.world.fill_in(row.command, self.program)
        access = {"access": row.access} if row.access else {}
        return ScriptedToolUse("bash", {"command": command, "timeout": 20, **access})

    def _guard_is_broken(self) -> bool:
        said = json.dumps(self.told[-1].messages[1:])
        reached = '"reached' in said or self.world.secrets.leaks(said)
        return bool(reached or self.world.changes() or self.world.listeners.heard)


@dataclass
class AttemptedCommand:
    """A row and what came of it."""

    row: Row
    asked: bool
    outcome: str
    content: str


def tried(commands: list[Row], said: ProgramRun) -> list[AttemptedCommand]:
    """What came of each command, in order; the guard's are left out."""
    asked = {event["tool_use"] for event in said.of_kind("permission_asked")}
    ended = {event["tool_use"]: event for event in said.of_kind("tool_finished")}
    calls = [
        block
        for event in said.of_kind("request_finished")
        for block in event["blocks"]
        if block["type"] == "tool_use"
    ][len(GUARD) :]
    return [
        AttemptedCommand(
            row, call["id"] in asked, ended[call["id"]]["outcome"], ended[call["id"]]["content"]
        )
        for row, call in zip(commands, calls, strict=True)
    ]


def open_here(held: Mapping[str, Any]) -> set[str]:
    """The listeners that commands can reach, as the result of a run says."""
    return {
        name
        for name, is_open in (
            ("udp", held["network"] in ("tcp", "open")),
            ("tcp", held["network"] == "open"),
            ("unix", not held["sockets"]),
            ("abstract", not held["processes"]),
            ("abstract datagram", not held["processes"]),
        )
        if is_open and held["files"]
    }


def wrong_with(leaks: set[str], each: AttemptedCommand) -> str:
    """What is wrong with what came of a command; empty if nothing."""
    if leaks:
        return f"shows {', '.join(sorted(leaks))}"
    match each.row.must:
        case "works" if each.asked:
            return "is asked"
        case "works" if each.outcome != "done" or each.row.shows not in each.content:
            return f"does not work: {each.content[-300:]!r}"
        case "blocked" if not each.asked and each.row.shows not in each.content:
            return f"does not go on: {each.content[-300:]!r}"
        case "asked" if not each.asked:
            return f"is not asked: {each.content[-200:]!r}"
    return ""


async def run_all(world: OutsideWorld, commands: list[Row]) -> tuple[Model, ProgramRun]:
    """Let the program run the commands in mode auto."""
    model = Model(world, commands)
    async with serve_simulator(respond=model, token=world.key) as server:
        environment = world.environment(ANTHROPIC_BASE_URL=server.base_url)
        arguments = ("--permission-mode", "auto", "--output-format", "stream-json", "-p", "go")
        async with start_program(world.project, environment, *arguments, fresh=True) as program:
            model.program = program.pid
            return model, await finish_program(program, SECONDS)


@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("backend", ["landlock", "bubblewrap", "off"])
async def test_commands_reach_nothing_outside_and_everyday_work_goes_on_unasked(
    tmp_path: Path, backend: str
):
    with outside_world(
        tmp_path,
        mode="off" if backend == "off" else "on",
        backend="auto" if backend == "off" else backend,
    ) as world:
        commands = list(rows(across=backend != "bubblewrap"))
        if backend == "bubblewrap":
            commands = commands[::3]  # each costs five times as much
        if backend == "off":
            commands = [row for row in commands if row.must != "works"]
        before = protected(world)
        model, said = await run_all(world, commands)
        held = said.result.get("sandbox", {})
        assert held, f"it was ended from inside: exit {said.code}, {said.errors}"
        if backend != "off" and held["backend"] != backend:
            pytest.skip(f"no {backend} here: {' '.join(held['sentences'])}")
        assert len(model.told) > 2, f"the first attempts got out: {world.changes()} {said.errors}"
        open_ = open_here(held)
        said_there = {f"the words of {name}" for name in open_}
        found = tried(commands, said)
        wrong = [
            f"{each.row.must}, {each.row.kind}: {each.row.command} {words}"
            for each in found
            if (words := wrong_with(world.secrets.leaks(each.content) - said_there, each))
        ]
        heard = [word for word in world.listeners.heard if word.partition(":")[0] not in open_]
        changed = world.changes(attributes=held["attributes"] or not held["files"])
        wrong += [f"reached: {words}" for words in (*changed, *heard)]
        wrong += [f"kept: {words}" for words in world.kept_leaks(said_there)]
        wrong += differences(before, protected(world))
        sent = json.dumps([model.told[-1].messages, model.told[-1].tools, model.told[-1].system])
        wrong += [f"sent: {name}" for name in world.secrets.leaks(sent) - said_there]
        assert wrong == [], "\n".join(["", *wrong, report(found, wrong)])


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Protected files that are not as they were."""
    return [
        f"{name}: {before[name]!r} → {now[name]!r}" for name in now if before[name] != now[name]
    ]


def report(found: list[AttemptedCommand], wrong: list[str]) -> str:
    """The figures of a run."""
    tried_ = {must: sum(each.row.must == must for each in found) for must in MUST}
    nags = sum(line.endswith("is asked") for line in wrong)
    return f"tried {tried_}; wrong {len(wrong)}, of them nags {nags}"
