"""The wrap-up report: how far the work is when a turn lands."""

import msgspec


class WrapUp(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is done, what is not, and what to do next. Every text is foreign text."""

    done: tuple[str, ...] = ()
    in_progress: tuple[str, ...] = ()
    not_started: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Files touched, as paths relative to the project folder."""
    checks: tuple[str, ...] = ()
    """Checks run and how they ended, such as `pytest: 41 passed`."""
    estimate_to_finish: int | None = None
    """Tokens the rest is expected to charge; None when unknown, 0 when nothing is left."""
    next_step: str = ""

    @property
    def total(self) -> int:
        """How many subtasks the report names."""
        return len(self.done) + len(self.in_progress) + len(self.not_started)
