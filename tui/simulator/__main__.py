"""The simulator as a program: `python -m tui.simulator`."""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

TOKEN_VARIABLE = "GLIDESLOPE_SIMULATOR_TOKEN"
"""Environment variable of the key clients must show; not visible to other users."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tui.simulator",
        description="A Messages API server for working offline. No model is behind it.",
    )
    add = parser.add_argument
    add("--port", type=_port, default=0, help="port on 127.0.0.1; 0 takes a free one")
    add("--token", default=os.environ.get(TOKEN_VARIABLE), help="the key clients must show")
    add("--pace", type=_pace, default=80.0, help="tokens generated a second, or max")
    add("--lenient", action="store_true", help="serve clients that send unknown fields and betas")
    add("--faults", default="", help="faults as JSON, or @FILE")
    add("--turn-reset", choices=("context", "fresh"), default="context")
    add("--charge-prompts", action="store_true", help="count prompts against a task budget")
    add("--tier", choices=("start", "build", "scale"), default="scale", help="rate limits")
    add("--foreground", action="store_true", help="go on when stdin closes")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the command line says; returns the exit code."""
    from tui.simulator.config import Config
    from tui.simulator.countdown import Rules
    from tui.simulator.faults import read_faults
    from tui.simulator.limits import TIERS
    from tui.simulator.server import serve

    options = parser().parse_args(argv)
    try:
        faults = tuple(read_faults(_text(options.faults))) if options.faults else ()
    except (ValueError, OSError) as error:
        print(f"--faults: {error}", file=sys.stderr)
        return 2
    config = Config(
        token=options.token,
        pace=options.pace,
        lenient=options.lenient,
        rules=Rules(options.turn_reset, options.charge_prompts),
        faults=faults,
        tier=TIERS[options.tier],
    )
    try:
        return serve(config, options.port, foreground=options.foreground)
    except KeyboardInterrupt:
        return 130


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _pace(text: str) -> float | None:
    if text == "max":
        return None
    pace = float(text)
    if not 0 < pace < math.inf:
        raise argparse.ArgumentTypeError("a number of tokens a second above zero, or max")
    return pace


def _text(given: str) -> str:
    return Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given


if __name__ == "__main__":
    sys.exit(main())
