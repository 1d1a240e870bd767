"""What a session, a prompt or a subtask changed, as a page of files: words and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tui.number_format import (
    MINUS,
    count_with_noun,
    format_dollars,
    format_tokens,
    mark_estimate,
)
from tui.session.patch_text import display_diff
from tui.session.session_changes import DiffScope, FileDiff

INTERRUPTED = "changed by something else between these changes; that is not shown"
CUT = "the log keeps only a part of the diff"


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """The files that a scope changed."""

    scope: DiffScope = field(default_factory=DiffScope)
    files: tuple[FileDiff, ...] = ()
    on_disk: Mapping[str, str] = field(default_factory=dict)
    """What became of files since, by path. With foreign text."""


def scope_words(scope: DiffScope) -> str:
    """`this session`, `prompt 3 · Fix the tests`, `subtask cart.py`. With foreign text."""
    title = scope.title.strip().partition("\n")[0][:200]
    if scope.kind == "prompt":
        return f"prompt {scope.turn}" + (f" · {title}" if title else "")
    return f"subtask {title}" if scope.kind == "subtask" else "this session"


def nothing_changed(scope: DiffScope) -> str:
    """The sentence that is shown where no file changed."""
    if scope.kind == "session":
        return "Nothing changed yet in this session."
    return f"Nothing is left of what this {scope.kind} changed."


def summary_words(files: Sequence[FileDiff]) -> str:
    """`4 files +24 −2 · ≈ 8.1k tokens · ≈ $0.07`."""
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    lines = f"{count_with_noun(len(files), 'file')} +{added:,} {MINUS}{removed:,}"
    tokens = sum(file.tokens for file in files)
    estimated = any(file.estimated for file in files)
    prices = [file.dollars for file in files if file.dollars is not None]
    return " · ".join(
        filter(
            None,
            (
                lines,
                f"{tokens_cell(tokens, estimated)} tokens" if tokens else "",
                dollars_cell(sum(prices, Decimal(0)) if prices else None),
            ),
        )
    )


def tokens_cell(tokens: int, estimated: bool) -> str:
    """What a file took: `≈ 6.2k`; empty where nothing is known."""
    return mark_estimate(format_tokens(tokens), estimated) if tokens else ""


def dollars_cell(dollars: Decimal | None) -> str:
    """What a file cost: `≈ $0.05`; always an estimate, by its share of the tokens."""
    return "" if dollars is None else mark_estimate(format_dollars(dollars))


def state_word(file: FileDiff) -> str:
    """`new`, where the file is."""
    return "new" if file.created else ""


def file_notes(page: ChangesPage, file: FileDiff) -> list[str]:
    """What else is to be known of a file, a sentence each. With foreign text."""
    notes = [page.on_disk.get(file.path, "")]
    notes += [INTERRUPTED] if file.interrupted else []
    notes += [] if file.exact else [CUT]
    return [note for note in notes if note]


def file_diff(file: FileDiff) -> str:
    """The diff of a file as people read it. Foreign text."""
    return "".join(part.cut or display_diff(part.hunks) for part in file.parts)
