"""What the command line asked for, as one typed value, and how it is read.

Nothing but the standard library is imported here: `--help`, `--version` and a wrong option
answer at once.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

OutputFormat = Literal["text", "json", "stream-json"]
OnLimit = Literal["wrap", "pause", "stop"]

EPILOG = """\
commands:
  glideslope sessions list [--json]   the sessions of this folder
  glideslope config [--json]          every setting and the layer that set it
  glideslope sessions export ID       one session as Markdown, printed or into a file
  glideslope simulate --port N        the offline server, for any client

exit codes of headless runs: 0 done, 2 usage, 3 landed on the budget, 4 a fuse stopped it,
5 the API refused or was out of reach, 6 a permission was needed and denied, 129 its terminal
went away, 130 interrupted, 143 terminated
"""


@dataclass(frozen=True, slots=True)
class Options:
    """One start of the program."""

    prompt: str = ""
    """The first prompt; empty to start with an empty composer."""
    headless: bool = False
    simulate: bool = False
    pace: str = "80"
    """Tokens a second of the simulator, or `max`."""
    budget: str | None = None
    effort: str | None = None
    model: str | None = None
    mode: str | None = None
    theme: str | None = None
    resume: str | None = None
    """Which session to resume: its id or name, `latest`, or empty to choose; None for a new one."""
    fork: bool = False
    """Whether a new session goes on from the one that is resumed, which stays as it is."""
    accept_damage: bool = False
    """Whether a session of which a part was lost goes on without a screen."""
    on_limit: OnLimit | None = None
    """What happens at a reached limit; None for the usual: ask, or wrap without a screen."""
    output: OutputFormat = "text"
    folder: Path = Path()

    @property
    def in_dollars(self) -> bool:
        """Whether the budget is given in dollars."""
        return self.budget is not None and "$" in self.budget

    def settings(self) -> dict[str, object]:
        """The command line as a layer of the settings, by key; None where nothing was said.

        A budget in dollars is none of them: it goes into the session's log.
        """
        return {
            "task_budget": None if self.in_dollars else self.budget,
            "effort": self.effort,
            "model": self.model,
            "permissions.mode": self.mode,
            "theme": self.theme,
        }


class UsageError(Exception):
    """A wrong command line; the text is one sentence for people."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing a usage block."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See glideslope --help.")


class _Version(argparse.Action):
    """Prints the version and leaves; it is looked up only when it is wanted."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"glideslope {version('glideslope')}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The parser of the main command."""
    parser = _Parser(
        prog="glideslope",
        description="A terminal coding agent for Claude whose subject is the token budget.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("prompt", nargs="?", metavar="PROMPT", help="what to work on; can be typed later")
    add("--simulate", action="store_true", help="work offline against the simulator, no key needed")
    add("--budget", metavar="N", help="what the work may use: 200k tokens, '$5', or off")
    add("--effort", metavar="LEVEL", help="low, medium, high, xhigh or max")
    add("--model", metavar="ID", help="the model that answers")
    add("--permission-mode", metavar="MODE", help="ask, edits, plan or auto")
    add("-c", "--continue", dest="latest", action="store_true", help="continue the last session")
    add(
        "-r",
        "--resume",
        nargs="?",
        const="",
        metavar="ID|NAME",
        help="resume a session; without a name, choose one",
    )
    add("--fork", action="store_true", help="with -c or -r: go on in a copy, the session stays")
    add(
        "--accept-damage",
        action="store_true",
        help="with -p and -c or -r: go on with a session of which a part was lost",
    )
    add("-p", "--print", metavar="PROMPT", dest="headless", help="run without a screen and print")
    add(
        "--output-format",
        choices=("text", "json", "stream-json"),
        default="text",
        help="what -p prints",
    )
    add(
        "--on-limit",
        choices=("wrap", "pause", "stop"),
        help="at a reached limit: land with a report, save and put down, or stop",
    )
    add("--theme", metavar="NAME", help="colours of the screen")
    add("--pace", default="80", metavar="N", help="tokens a second of the simulator, or max")
    add("--version", "-V", action=_Version, nargs=0, help="print the version")
    return parser


def folder_here() -> Path:
    """The folder to work in: the one the program was started in.

    Raises:
        UsageError: it is gone.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(
            "The folder you are in does not exist any more: change to another and start again."
        ) from error


def parse(arguments: Sequence[str]) -> Options:
    """The options in `arguments`; `--help` and `--version` print and leave.

    Raises:
        UsageError: something is unknown, missing or contradictory.
        SystemExit: `--help` or `--version` was given.
    """
    found = parser().parse_args(arguments)
    headless = found.headless is not None
    if headless and found.prompt:
        raise UsageError("Give the prompt once: after -p, or as the only argument.")
    if headless and not found.headless.strip():
        raise UsageError("The prompt after -p is empty: say what to work on.")
    if found.latest and found.resume is not None:
        raise UsageError("Choose one of --continue and --resume.")
    if found.fork and not found.latest and found.resume is None:
        raise UsageError("--fork goes with --continue or --resume.")
    if found.fork and found.resume == "":
        raise UsageError("With --fork, --resume needs the id or name of a session.")
    if found.accept_damage and not (headless and (found.latest or found.resume)):
        raise UsageError("--accept-damage goes with -p and --continue or --resume.")
    if headless and found.resume == "":
        raise UsageError("With -p, --resume needs the id or name of a session.")
    if found.output_format != "text" and not headless:
        raise UsageError("--output-format goes with -p.")
    if found.pace != "max" and not (found.pace.isdigit() and int(found.pace)):
        raise UsageError(f"--pace takes tokens a second or max, not {found.pace!r}.")
    return Options(
        prompt=found.headless if headless else (found.prompt or ""),
        headless=headless,
        simulate=found.simulate,
        pace=found.pace,
        budget=found.budget,
        effort=found.effort,
        model=found.model,
        mode=found.permission_mode,
        theme=found.theme,
        resume="latest" if found.latest else found.resume,
        fork=found.fork,
        accept_damage=found.accept_damage,
        on_limit=found.on_limit,
        output=found.output_format,
        folder=folder_here(),
    )
