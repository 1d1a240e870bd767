"""The words a message says in the model's own voice, clause by clause.

A message quotes code, files, dialogs and other people; those are not the
model's own words. So this module leaves out code blocks, quoted paragraphs and longer quotations,
and puts one name in place of inline code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

REPLACED_CODE = "Thing"
"""Replaces inline code: some file, function or value."""
REPLACED_QUOTE = "Quote"
"""Replaces a quotation."""

_FENCE = re.compile(
    r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_INDENTED = re.compile(r"(?:\A|(?<=\n\n))(?:(?: {4}|\t)(?!\s*(?:[-*+]|\d+[.)])\s)[^\n]*\n?)+")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>|<!--[^>]{0,500}-->")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,500}\)")
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_QUOTES = re.compile(
    r"“[^”\n]{0,400}”|„[^“”\n]{0,400}[“”]|«[^»\n]{0,400}»|「[^」\n]{0,400}」|『[^』\n]{0,400}』"
    r"|(?<![\w])\"[^\"\n]{0,400}\"(?!\w)|(?<![\w])'[^'\n]{0,400}'(?!\w)|(?<!\w)‘[^’\n]{0,400}’(?!\w)"
)
_KEPT = re.compile(
    r"^\W*(?:please )?(?:continue|go on|carry on|next|proceed|resume|keep going|more|ok|yes"
    r"|weiter\w*|mach weiter|fortfahren|continuez|continuer|poursui\w+|vas-y|suite|contin[uú]a\w*"
    r"|sigue|seguir|prosiga|adelante|prossiga|segue|続けて\S*|続行|再開|继续|繼續|go ahead)\W*$",
    re.IGNORECASE,
)
"""Quotations that name what the user should say, not what somebody else said."""

_BOX = re.compile(
    r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+(?:\[([ xX~/-]?)\]|([☐☑✅✔✓☒❌⬜⏳🔲]))[ \t]*(.*)$"
)
_OPEN_SIGNS = frozenset(" ~/-☐❌⬜⏳🔲🔄🚧🟡◻◽⏸🔜")
_SIGNED = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+)?(?:[-*+][ \t]+)?([☐☑✅✔✓⬜⏳🔲🔄🚧🟡◻◽⏸🔜])\ufe0f?[ \t]*(\S.*)$"
)
"""A line that begins with a sign of its state, mostly without a bullet."""
_STATE = re.compile(
    r"^[ \t]*(?:[-*+•]|\d+[.)])[ \t]+[^:：–—(\n]{1,80}?\s*(?:[:：–—(]|\s-\s)\s*([^\n]{1,40})$"
)
"""An item of a list that ends in a state: "- Parser: done"."""
_LEAD = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•–][ \t]+|\d+[.)][ \t]+|\|)")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|~~")
_WRAP = re.compile(r"(?<=[^\n]{50})(?<![.!?:;|。])\n[ \t]*(?=[a-zäöüßéèàçñãõ(])")
"""A line break inside a sentence: behind a long line that does not end, before a small letter."""
_LONG_WORD = re.compile(r"[\x21-\x7e]{80,}")
_END = re.compile(
    r"(?<=[.!?…])[\"'”»)\]]*\s+|(?<=[。！？；])|;\s+|\s+[–—]\s+|\n+"
    r"|(?<=[.!?])(?=[A-ZÄÖÜÉÀ][a-zäöüéà]+ )"
)
MAX_CLAUSE_CHARACTERS = 500
"""Characters of a clause; a longer one is cut, so that no pattern looks far."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence, or a part of one behind a semicolon or a dash."""

    text: str
    is_list_item: bool = False
    """Whether it begins an item of a list or a cell of a table."""


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message without what it quotes."""

    clauses: tuple[Clause, ...]
    open_boxes: tuple[str, ...] = ()
    """Items of checklists in the message whose box is not ticked."""
    cells: tuple[str, ...] = ()
    """Cells of its tables behind the first of a row, and states behind the items of its lists."""


def parse_message(message: str) -> MessageText:
    """What `message` says in its own voice.

    Args:
        message: Markdown.
    """
    text = _FENCE.sub("\n", message.replace("\r\n", "\n"))
    text = _QUOTED_LINE.sub("", text)
    text = _INDENTED.sub("\n", text)
    text = _TAG.sub(" ", _CODE.sub(REPLACED_CODE, _LINK.sub(r"\1", text)))
    text = _LONG_WORD.sub(REPLACED_CODE, _EMPHASIS.sub("", text))
    text = _QUOTES.sub(lambda found: found[0] if _KEPT.match(found[0]) else REPLACED_QUOTE, text)
    clauses: list[Clause] = []
    boxes: list[str] = []
    cells: list[str] = []
    for line in _WRAP.sub(" ", text).split("\n"):
        if box := _BOX.match(line):
            if (box[1] if box[1] is not None else box[2]) in ("", *_OPEN_SIGNS):
                boxes.append(box[3].strip())
        elif signed := _SIGNED.match(line):
            if signed[1] in _OPEN_SIGNS:
                boxes.append(signed[2].strip())
        elif state := _STATE.match(line):
            cells.append(state[1].strip())
            clauses.extend(_clauses(line))
        elif line.lstrip().startswith("|") or line.count("|") > 1:
            cells.extend(_cells(line))
        else:
            clauses.extend(_clauses(line))
    return MessageText(tuple(clauses), tuple(boxes), tuple(cells))


def _cells(row: str) -> list[str]:
    """The cells of a table's row behind the first, which names what the others are about."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")[1:]]


def _clauses(line: str) -> Iterator[Clause]:
    lead = _LEAD.match(line)
    rest = line[lead.end() :] if lead else line
    is_item = bool(lead) and not line.lstrip().startswith("#")
    for part in _END.split(rest):
        for start in range(0, len(part), MAX_CLAUSE_CHARACTERS):
            if text := part[start : start + MAX_CLAUSE_CHARACTERS].strip().rstrip(".!…。！ "):
                yield Clause(text, is_list_item=is_item)
            is_item = False
