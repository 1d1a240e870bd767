"""A place for terminal tests: a small project, and the program started in it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.terminal.terminal import Start, Terminal, run_program

HERE = Path(__file__).parent
SECONDS = 300
"""What a test may take on a machine that is busy with much else."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder can be left out by its marker, and has the time it needs."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("terminal")
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three modules with a function each that lacks its return annotation."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    for name in ("parse", "lexer", "emit"):
        (folder / "src" / f"{name}.py").write_text(
            f'"""About {name}."""\n\n\ndef {name}(text: str):\n    return text.split()\n'
        )
    return folder


@pytest.fixture
def start(project: Path) -> Iterator[Start]:
    """Starts the program in the project; what still runs at the end is ended."""
    with ExitStack() as running:

        def started(*arguments: str, folder: Path = project, **given: object) -> Terminal:
            program: AbstractContextManager[Terminal] = run_program(
                *arguments,
                folder=folder,
                **given,  # type: ignore[arg-type]
            )
            return running.enter_context(program)

        yield started


@pytest.fixture
def start_offline(start: Start) -> Start:
    """Starts the program offline, as fast as it goes, and waits until it is ready."""

    def start_program(*arguments: str, pace: str = "max", **given: object) -> Terminal:
        terminal = start("--simulate", "--budget", "60k", "--pace", pace, *arguments, **given)
        return terminal.wait_for("LEFT of 60k").wait_until_gone("starting")

    return start_program
