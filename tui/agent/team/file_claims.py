"""Who of a team changes which file: the first that changes one has it until it ends.

Agents that work in the same folder would write over each other. Before one changes a file it claims
it; a file that another one at work has claimed is refused, in words. What commands change is not
claimed: an edit of a file that changed since it was read is refused anyway.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class FileClaims:
    """The claims of one team in one folder."""

    _holders: dict[Path, str] = field(default_factory=dict)

    def claim(self, agent: str, path: Path) -> str:
        """Let an agent change a file; returns the name of another that has it, empty for none.

        Args:
            agent: Its name.
            path: The file, absolute and free of links.
        """
        holder = self._holders.setdefault(path, agent)
        return "" if holder == agent else holder

    def holder(self, path: Path) -> str:
        """The agent at work that changes a file; empty for none."""
        return self._holders.get(path, "")

    def release(self, agent: str) -> None:
        """An agent ended: its files are free again."""
        self._holders = {path: who for path, who in self._holders.items() if who != agent}
