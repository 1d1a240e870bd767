"""What the bytes of a text that is not valid UTF-8 look like.

Bytes do not tell their encoding. These are guesses, good enough to choose what is shown and to
name what is refused; nothing is written on the strength of one.
"""

import re

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
STRAY_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that is no text, as a lone surrogate (PEP 383)."""
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_LETTER = rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xdf]"
_MARK = rb"[\x80\x85\x91-\x97\x99\xa0\xa1\xa3\xa7\xa9\xab\xae\xb0-\xb7\xb9\xba\xbb-\xbf]"
_WESTERN = re.compile(
    # Letters beside ASCII letters, or one alone (à); quotation marks, dashes and signs at the
    # edges of words.
    rb"(?<=[A-Za-z])" + _LETTER + rb"{1,2}" + _MARK + rb"?"
    rb"|" + _MARK + rb"?" + _LETTER + rb"{1,2}(?=[A-Za-z])"
    rb"|" + _LETTER + rb"(?![\x80-\xff])"
    rb"|\x92(?=[A-Za-z])|[\x84\x82](?=[A-Za-z])|\xa0(?![\x80-\xff])"
    rb"|" + _MARK + rb"{1,2}(?![\x80-\xffA-Za-z])"
    rb"|" + _MARK + rb"{1,2}(?=[A-Za-z0-9])(?<![A-Za-z][\x80-\xff])(?<![A-Za-z][\x80-\xff]{2})"
)
_TRAIL = re.compile(rb"[\x80-\xff][@\[\\\]^_`{|}~]")
"""An ASCII byte that is no letter, where encodings of two bytes have their second one."""
_ONE_CHARACTER = 3
"""A run of at most this many bytes is one character of most encodings, and valid by chance."""
_KANA = re.compile("[\u3041-\u30fe]")
_FIRST_BYTES = {
    "euc_jp": range(0xB0, 0xD0),
    "gb2312": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "euc_kr": range(0xB0, 0xC9),
}
"""First bytes of the common characters of a set: level 1 of JIS, GB 2312 and Big5, all Hangul."""
_COMMON_LETTERS = {
    "windows-1251": "оеаинтсрвлкмдпуяыьгзбч",
    "koi8_r": "оеаинтсрвлкмдпуяыьгзбч",
    "cp866": "оеаинтсрвлкмдпуяыьгзбч",
    "windows-1253": "αοιετνσηρκπμλυςόίέάή",
}
_CANDIDATES = {
    "shift_jis": ("Shift-JIS", "euc_jp"),
    "euc_jp": ("EUC-JP", "euc_jp"),
    "gb18030": ("GBK", "gb2312"),
    "big5": ("Big5", "big5"),
    "euc_kr": ("EUC-KR", "euc_kr"),
    "windows-1251": ("Windows-1251", ""),
    "koi8_r": ("KOI8-R", ""),
    "cp866": ("CP866", ""),
    "windows-1253": ("Windows-1253", ""),
}
"""Encodings, with the name that people use and the set in which their common characters are."""
_MAX_SAMPLE = 100_000
"""Bytes that are looked at."""
_MIN_LETTERS, _MIN_SCORE, _MARGIN = 3, 0.6, 0.12
"""Characters that are not ASCII from which on a guess is worth naming; how good it has to be; how
much better than the next one."""


def is_mostly_utf8(content: bytes) -> bool:
    """Whether text that is not valid UTF-8 is UTF-8 but for a few bytes.

    In another encoding hardly a run of bytes above ASCII is valid UTF-8 by chance.
    """
    content = _sample(content)
    runs = [match.span() for match in _HIGH_RUN.finditer(content)]
    whole = [(start, end) for start, end in runs if _is_utf8(content[start:end])]
    sure = sum(
        end - start > _ONE_CHARACTER or _is_in_word(content, start, end) for start, end in whole
    )
    broken = len(runs) - len(whole)
    if whole and broken <= len(whole):
        return True
    if whole and broken <= max(2 * len(whole), 8 * sure):
        return not _has_two_byte_letters(content)
    text = content.decode("utf-8", "surrogateescape")
    stray = len(STRAY_BYTE.findall(text))
    return 4 * stray <= len(_NOT_ASCII.findall(text)) - stray


def is_plausibly_windows_1252(content: bytes) -> bool:
    """Whether the bytes above ASCII stand where Western languages have letters and marks."""
    content = _sample(content)
    if _TRAIL.search(content) or not re.search(rb"[A-Za-z]", content):
        return False
    spans = (match.span() for match in _HIGH_RUN.finditer(content))
    return all(
        (found := _WESTERN.match(content, start)) is not None and found.end() == end
        for start, end in spans
    )


def likely_encoding(content: bytes) -> str:
    """The name of the encoding that `content` looks like, or two; empty where nothing tells."""
    sample = _sample(content)
    scores = {
        name: score
        for codec, (name, characters) in _CANDIDATES.items()
        if (score := _score(sample, codec, characters)) >= _MIN_SCORE
    }
    best = max(scores.values(), default=0.0)
    near = [name for name, score in scores.items() if score > best - _MARGIN]
    return " or ".join(near) if len(near) <= 2 else ""


def _has_two_byte_letters(content: bytes) -> bool:
    """Whether it reads well in an encoding of two bytes; one of one byte is never valid UTF-8."""
    scores = (
        _score(content, codec, common) for codec, (_, common) in _CANDIDATES.items() if common
    )
    return any(score >= _MIN_SCORE for score in scores)


def _sample(content: bytes) -> bytes:
    """The lines from the first byte above ASCII on, as far as they are looked at."""
    if len(content) <= _MAX_SAMPLE:
        return content
    first = _HIGH_RUN.search(content)
    start = content.rfind(b"\n", 0, first.start()) + 1 if first else 0
    part = content[start : start + _MAX_SAMPLE]
    return part.rpartition(b"\n")[0] or part


def _score(content: bytes, codec: str, characters: str) -> float:
    """The part of the letters that is common in the language of an encoding."""
    try:
        letters = [char for char in content.decode(codec) if char > "\x7f" and char.isalpha()]
    except UnicodeDecodeError:
        return 0.0
    if len(letters) < _MIN_LETTERS:
        return 0.0
    if not characters:
        common = sum(char in _COMMON_LETTERS[codec] for char in letters) / len(letters)
        return common - 0.2 if codec == "cp866" else common  # it is of the days of DOS
    kana = sum(_KANA.match(char) is not None for char in letters)
    japanese = characters == "euc_jp"
    if kana and not japanese:
        return 0.0
    common = sum(_is_common(char, characters) for char in letters) / len(letters)
    # Hardly any Japanese text has no kana, and no other one has any.
    return common + kana / len(letters) + (0.2 if kana else -0.2 if japanese else 0.0)


def _is_common(char: str, characters: str) -> bool:
    encoded = char.encode(characters, "ignore")
    return len(encoded) == 2 and encoded[0] in _FIRST_BYTES[characters]


def _is_in_word(content: bytes, start: int, end: int) -> bool:
    return content[max(0, start - 1) : start].isalpha() and content[end : end + 1].isalpha()


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode()
    except UnicodeDecodeError:
        return False
    return True
