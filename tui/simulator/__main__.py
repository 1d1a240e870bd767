"""The simulator as a program: `python -m tui.simulator`, `glideslope simulate`."""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tui.simulator.rate_limit_buckets import RateLimitTier

TOKEN_VARIABLE = "GLIDESLOPE_SIMULATOR_TOKEN"
"""Environment variable of the key clients must show; not visible to other users."""


class _SimulatorParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without a block on usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{_plain(f'{self.prog}: {message}')}. See {self.prog} --help.\n")


def parser(program: str) -> argparse.ArgumentParser:
    """The command line of the program with that name."""
    parser = _SimulatorParser(
        prog=program,
        description="A Messages API server for working offline. No model is behind it.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--port", type=_port, default=0, help="port on 127.0.0.1; 0 chooses a free one")
    add(
        "--token", default=os.environ.get(TOKEN_VARIABLE), help="the API key that clients must send"
    )
    add("--pace", type=_pace, default=80.0, help="tokens per second, or max")
    add("--lenient", action="store_true", help="accept unknown fields and betas")
    add("--faults", default="", help="faults to cause, as JSON or @FILE")
    add(
        "--turn-reset",
        choices=("context", "fresh"),
        default="context",
        help="count down a task budget over the conversation, or over each turn",
    )
    add("--charge-prompts", action="store_true", help="charge prompts to a task budget, too")
    add(
        "--tier",
        type=_tier,
        default="scale",
        help="rate limits of each model: start, build, scale, or REQUESTS,INPUT,OUTPUT a minute",
    )
    add("--foreground", action="store_true", help="go on when standard input closes")
    return parser


def main(argv: Sequence[str] | None = None, program: str = "python -m tui.simulator") -> int:
    """Serve as the command line says; returns the exit code.

    Args:
        argv: The command line; None for the process's own.
        program: What it is called in sentences.
    """
    from tui.simulator.budget_countdown import CountdownRules
    from tui.simulator.injected_faults import read_faults
    from tui.simulator.server import serve
    from tui.simulator.simulator_config import SimulatorConfig

    options = parser(program).parse_args(argv)
    try:
        faults = tuple(read_faults(_text(options.faults))) if options.faults else ()
    except (ValueError, OSError) as error:
        print(_plain(f"{program}: argument --faults: {error}"), file=sys.stderr)
        return 2
    config = SimulatorConfig(
        token=options.token,
        pace=options.pace,
        lenient=options.lenient,
        rules=CountdownRules(options.turn_reset, options.charge_prompts),
        faults=faults,
        tier=options.tier,
    )
    try:
        return serve(config, options.port, foreground=options.foreground)
    except KeyboardInterrupt:
        return 130


def _plain(sentence: str) -> str:
    """A sentence as a terminal may have it, whatever argument is quoted in it."""
    return "".join(each if each.isprintable() else "\ufffd" for each in sentence)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _tier(text: str) -> "RateLimitTier":
    from tui.simulator.rate_limit_buckets import RateLimitTier

    try:
        return RateLimitTier.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _pace(text: str) -> float | None:
    if text == "max":
        return None
    try:
        pace = float(text)
    except ValueError:
        pace = 0
    if not 0 < pace < math.inf:
        raise argparse.ArgumentTypeError(f"tokens a second above zero, or max, not {text!r}")
    return pace


def _text(given: str) -> str:
    return Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given


if __name__ == "__main__":
    sys.exit(main())
