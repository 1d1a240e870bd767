"""How high each entry is, and which one a line falls in.

A Fenwick tree: appending, changing one height, the sum before an entry and the entry at a
line all take a number of steps that grows with the logarithm of the entries, so a
transcript of ten thousand messages scrolls and streams like one of ten.
"""

from collections.abc import Iterable


class HeightIndex:
    """Lines of each entry, with running sums."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        # _sums[i] is the sum of the `i & -i` heights that end with entry i - 1.
        self._sums: list[int] = [0]
        self.total = 0
        """Lines of all entries."""

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def load(self, heights: Iterable[int]) -> None:
        """Replace all heights by these."""
        self._heights = list(heights)
        self.total = sum(self._heights)
        sums = [0, *self._heights]
        size = len(sums)
        for at in range(1, size):
            above = at + (at & -at)
            if above < size:
                sums[above] += sums[at]
        self._sums = sums

    def append(self, height: int) -> None:
        """One more entry at the end."""
        self._heights.append(height)
        at = len(self._heights)
        below, total, sums = at - 1, height, self._sums
        while below > at - (at & -at):
            total += sums[below]
            below &= below - 1
        sums.append(total)
        self.total += height

    def change(self, index: int, height: int) -> int:
        """Give entry `index` another height; returns by how much it grew."""
        growth = height - self._heights[index]
        if growth:
            self._heights[index] = height
            self.total += growth
            at, sums = index + 1, self._sums
            while at < len(sums):
                sums[at] += growth
                at += at & -at
        return growth

    def top(self, index: int) -> int:
        """The line on which entry `index` starts; entry `len(self)` would start at the end."""
        total, sums = 0, self._sums
        while index > 0:
            total += sums[index]
            index &= index - 1
        return total

    def entry_at(self, line: int) -> tuple[int, int]:
        """The entry that `line` falls in, and how far into it; past the end, the last line."""
        if not self._heights:
            raise IndexError("there are no entries")
        line = max(0, min(line, self.total - 1))
        at, sums, size = 0, self._sums, len(self._sums)
        step = 1 << (size - 1).bit_length()
        while step:
            ahead = at + step
            if ahead < size and sums[ahead] <= line:
                at = ahead
                line -= sums[ahead]
            step >>= 1
        return at, line
