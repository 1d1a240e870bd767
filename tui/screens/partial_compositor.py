"""Paints of a screen what changed, and asks no other widget for anything.

For an update Textual (8.2.8) renders each widget in the rectangle around all that changed, all
of its rows: with the last row of the transcript, the status line and a figure of the sidebar
that is the whole screen. Here a widget renders the rows that changed, and only where it can be
seen in them.
"""

from collections.abc import Iterable, Iterator
from typing import Self

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Rendered = tuple[Region, Region, list[Strip]]
"""Where strips are, where they can be seen, and the strips."""


class PartialCompositor(Compositor):
    """The compositor of one screen."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: list[Region] | None = None
        """What an update is about; None while everything is rendered."""

    @classmethod
    def take_over(cls, other: Compositor) -> Self:
        """One that goes on where `other` stops."""
        made = cls()
        vars(made).update(vars(other))
        return made

    def render_partial_update(self) -> ChopsUpdate | None:
        """Textual calls this where something changed, but not everything."""
        screen = self.size.region
        self._changed = [region.intersection(screen) for region in self._dirty_regions]
        try:
            return super().render_partial_update()
        finally:
            self._changed = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[Rendered]:
        if self._changed is None:
            return super()._get_renders(crop)
        return self._changed_renders(self._changed)

    def _changed_renders(self, changed: list[Region]) -> Iterator[Rendered]:
        """What can be seen of the widgets in `changed`, front to back, until all is covered."""
        left = [region for region in changed if region]
        for widget, (region, clip) in tuple(self.visible_widgets.items()):
            if not left:
                return
            seen = region.intersection(clip)
            inside = [part for each in left if (part := each.intersection(seen))]
            if not inside:
                continue
            left = [each for each in left if not seen.contains_region(each)]
            rows = Region.from_union(inside)
            shown = Region(seen.x, rows.y, seen.width, rows.height)
            yield shown, shown, widget.render_lines(shown.translate(-region.offset))
