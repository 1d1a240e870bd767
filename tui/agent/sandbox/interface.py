"""What the tools know of a sandbox: it starts commands, and says what holds them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tui.agent.sandbox.default_policy import SandboxConfig
from tui.agent.sandbox.enforcement import Access, Enforcement
from tui.agent.sandbox.policy import SandboxPolicy

OutputCallback = Callable[[bytes], None]
"""Takes what a command writes, as it comes."""


class CannotStart(Exception):
    """A command was not started; the text says why, without a full stop."""


class RunningCommand(Protocol):
    """A running command line, with everything that it started."""

    @property
    def exit_code(self) -> int | None:
        """None while the command itself runs; negative for the signal that ended it."""

    @property
    def left_behind(self) -> bool:
        """After `wait`: whether something that it started still runs."""

    @property
    def has_output_pipe(self) -> bool:
        """Whether somebody still holds the pipe that it prints to."""

    @property
    def processes(self) -> tuple[int, ...]:
        """Ids of processes of it that were seen alive last."""

    async def wait(self) -> None:
        """Wait for its end and for the output that it has already written."""

    async def kill(self, patience: float) -> None:
        """End it and all that it started: ask, wait up to `patience` seconds, then force."""

    async def keep_running(self, file: Path | None, most: int) -> bool:
        """Let what it left behind run on.

        Args:
            file: Made for what it prints from now on; None: that is dropped.
            most: Bytes of it that are kept.

        Returns:
            Whether anything was still there.
        """

    async def wait_until_gone(self) -> None:
        """Wait until nothing of it runs any more."""

    def close(self) -> None:
        """Hear no more of it. What was kept runs on."""


class Sandbox(Protocol):
    """Starts the commands of one session."""

    @property
    def enforcement(self) -> Enforcement:
        """What holds for commands that run inside."""

    def policy_for(self, access: Access) -> SandboxPolicy | None:
        """What the commands that started last with this access may reach; None: everything."""

    def update_config(self, config: SandboxConfig) -> None:
        """Go by other settings for the commands that start from now on.

        Another backend is used from the next session on.
        """

    def for_worktree(self, folder: Path, scratch: Path | None) -> "Sandbox":
        """A sandbox for commands that work in another folder; it ends with this one.

        They may write that folder, and only read what it shares with other worktrees.

        Args:
            folder: Where they work.
            scratch: The saved outputs of who works there; may be read.
        """

    def mask(self, files: tuple[Path, ...]) -> None:
        """Hide files of the project from the commands that start from now on.

        Nothing happens where `Enforcement.masks` is false.
        """

    async def start(
        self,
        line: str,
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_output: OutputCallback,
        access: Access = "inside",
    ) -> RunningCommand:
        """Run a command line in the shell, with nothing to read and both outputs in one.

        Args:
            line: What the shell gets.
            folder: Where it begins.
            environment: All of its environment, free of our credentials.
            on_output: Takes its output.
            access: What it may reach.

        Raises:
            CannotStart: the system refused.
        """

    async def close(self) -> None:
        """End everything that commands left running, and the sandbox itself."""
