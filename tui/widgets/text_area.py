"""Textual's editor, imported without the grammar library that it would load with it.

The library is there for reading commands, later. Textual takes it for the colours of a code
editor, which nothing here shows, and it costs every start some 20 ms.
"""

import sys

__all__ = ("Edit", "EditResult", "Location", "Selection", "TextArea")

_ABSENT = "tree_sitter" not in sys.modules
if _ABSENT:
    sys.modules["tree_sitter"] = None  # type: ignore[assignment]
try:
    from textual.document._document import Location, Selection
    from textual.document._edit import Edit
    from textual.widgets import TextArea
    from textual.widgets.text_area import EditResult
finally:
    if _ABSENT:
        del sys.modules["tree_sitter"]
