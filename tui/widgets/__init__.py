"""Widgets of the terminal interface, one a file."""

import sys


def _import_editor_without_grammars() -> None:
    """Keep Textual's editor from loading the grammar library when it is imported.

    The library is there for reading commands, later. Textual takes it for the colours of a code
    editor, which nothing here shows, and it costs every start some 20 ms.
    """
    if "tree_sitter" in sys.modules:
        return
    sys.modules["tree_sitter"] = None  # type: ignore[assignment]
    try:
        import textual.widgets._text_area  # noqa: F401
    finally:
        del sys.modules["tree_sitter"]


_import_editor_without_grammars()
