"""The replacement of a result, or of a text, that is cut to fit: head, tail, and why.

The sentence in the middle tells how much was left out, what the content had to fit, and how to see
the rest. Where there is no room even for that, a sentence replaces the whole content.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.file_versions import LineSpan
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.tool_paths import resolve_path
from tui.budget.token_estimate import BYTES_PER_TOKEN, utf8_size
from tui.session.call_arguments import call_subject
from tui.session.conversation import PendingPart
from tui.session.events import CUT_WORDS, JSON, CutReason
from tui.session.private_files import new_private_file

MIN_SHOWN = 700
"""Bytes of a share from which on head and tail are worth showing."""
NARROWER_HINT = "Ask for less at once to see the rest."

_SPOOLED = re.compile(r"All of it: read (\S+?)\.\]")
_NUMBERED = re.compile(r"^ *(\d+)\t", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PartCutter:
    """Cuts parts for one request."""

    world: ToolEnvironment
    calls: Mapping[str, JSON]
    """The calls that the results answer, by id."""

    def cut(self, part: PendingPart, share: float, reason: CutReason) -> str:
        """What is sent in the place of `part`. Writes a file where else nothing keeps the rest.

        Args:
            part: What waits.
            share: Estimated tokens it may take.
            reason: What it has to fit.
        """
        text, limit = part_text(part), int(share * BYTES_PER_TOKEN)
        rest = self._how_to_see_rest(part, text)
        if limit < MIN_SHOWN:
            return _replacement_text(text, limit, reason, rest)
        return truncate_result(text, limit, f"This was {CUT_WORDS[reason]}. {rest}")

    def mark_unseen(self, part: PendingPart, content: str) -> None:
        """Let no tool believe that the model saw the lines of a file that were left out."""
        call = self._call(part)
        if call.get("name") != "read":
            return
        shown = {int(number) for number in _NUMBERED.findall(content)}
        gone = [int(n) for n in _NUMBERED.findall(part_text(part)) if int(n) not in shown]
        if not gone:
            return
        try:
            place = resolve_path(call_subject(_call_input(call), "path"), self.world)
        except ToolError:  # it was moved away meanwhile
            return
        self.world.file_versions.mark_unseen(place.path, LineSpan(gone[0], gone[-1] + 1))

    def _how_to_see_rest(self, part: PendingPart, text: str) -> str:
        """How to see what was left out."""
        if not part.is_result:
            return "The user has all of it; ask for what is missing."
        if found := _SPOOLED.search(text):
            return f"All of it: read {found[1]}."
        match self._call(part).get("name"):
            case "read":
                return "Read the lines between with offset and limit, fewer at once."
            case "bash" | "jobs":
                return self._save_output(text)
            case _:
                return NARROWER_HINT

    def _save_output(self, text: str) -> str:
        """Keep output that running it again may not bring back."""
        if self.world.scratch_folder is None:
            return NARROWER_HINT
        path: Path = self.world.scratch_folder / f"output-{secrets.token_hex(4)}.txt"
        try:
            with new_private_file(path) as file:
                file.write(text)
        except OSError:  # a full disk costs the copy, not the turn
            return NARROWER_HINT
        return f"All of it: read {path}."

    def _call(self, part: PendingPart) -> JSON:
        return self.calls.get(str(part.blocks[0].get("tool_use_id")), {}) if part.blocks else {}


def part_text(part: PendingPart) -> str:
    """The text of a part; a picture in it is a word."""
    return "\n".join(_words(block) for block in part.blocks)


def _words(block: JSON) -> str:
    content = block.get("content") if block.get("type") == "tool_result" else block.get("text")
    if isinstance(content, list):
        return "\n".join(_words(each) for each in content if isinstance(each, dict))
    return content if isinstance(content, str) else f"[{block.get('type')}]"


def _call_input(call: JSON) -> JSON:
    given = call.get("input")
    return given if isinstance(given, dict) else {}


def _replacement_text(text: str, limit: int, reason: CutReason, rest: str) -> str:
    """The longest of the words for a content that is not shown at all that fits the share."""
    ways = (
        f"[All {len(text):,} characters are held back: {CUT_WORDS[reason]}. {rest}]",
        f"[{len(text):,} characters held back: {CUT_WORDS[reason]}.]",
    )
    return next((way for way in ways if utf8_size(way) <= limit), f"[{CUT_WORDS[reason]}]")
