"""Glideslope: a terminal coding agent for Claude whose subject is the token budget."""

import os
import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    # `python -m tui.cli` looks for every module in the folder of the user's project first, the
    # standard library included. Nothing of a project is imported; only our own folder may stay.
    _ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    sys.path[:1] = [_ours] if sys.path[:1] == [_ours] else []
