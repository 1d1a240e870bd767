"""What the bytes of a text that is not valid UTF-8 look like.

Bytes do not tell their encoding. These are guesses, good enough to choose what is shown and to
name what is refused; nothing is written on the strength of one.
"""

import re

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_STRAY = re.compile("[\udc80-\udcff]")
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
_KANA, _HANGUL, _HAN = "[\u3040-\u30ff]", "[\uac00-\ud7a3]", "[\u4e00-\u9fff]"
_CYRILLIC, _GREEK = "[\u0430-\u044f]", "[\u03ac-\u03ce]"
_CANDIDATES = (
    ("shift_jis", "Shift-JIS", _KANA),
    ("euc_jp", "EUC-JP", _KANA),
    ("euc_kr", "EUC-KR", _HANGUL),
    ("gb2312", "GBK", _HAN),
    ("big5", "Big5", _HAN),
    ("gb18030", "GBK", _HAN),
    ("shift_jis", "Shift-JIS", _HAN),
    ("windows-1251", "Windows-1251", _CYRILLIC),
    ("koi8_r", "KOI8-R", _CYRILLIC),
    ("windows-1253", "Windows-1253", _GREEK),
)
"""Encodings with their common names and the letters that most text in them has."""
_MIN_LETTERS = 3
"""Characters that are not ASCII from which on a guess is worth naming."""


def is_mostly_utf8(content: bytes) -> bool:
    """Whether text that is not valid UTF-8 is UTF-8 but for a few bytes.

    In another encoding hardly a run of bytes above ASCII is valid UTF-8 by chance.
    """
    runs = _HIGH_RUN.findall(content)
    whole = sum(map(_is_utf8, runs))
    if whole and len(runs) - whole <= 2 * whole:
        return True
    text = content.decode("utf-8", "surrogateescape")
    stray = len(_STRAY.findall(text))
    return 4 * stray <= len(_NOT_ASCII.findall(text)) - stray


def is_plausibly_windows_1252(content: bytes) -> bool:
    """Whether all bytes above ASCII stand where Western languages have letters and marks."""
    if _TRAIL.search(content) or not re.search(rb"[A-Za-z]", content):
        return False
    spans = (match.span() for match in _HIGH_RUN.finditer(content))
    return all(
        (found := _WESTERN.match(content, start)) is not None and found.end() == end
        for start, end in spans
    )


def likely_encoding(content: bytes) -> str:
    """The name of the encoding that `content` looks like; empty where nothing tells."""
    for codec, name, letters in _CANDIDATES:
        try:
            high = "".join(_NOT_ASCII.findall(content.decode(codec)))
        except UnicodeDecodeError:
            continue
        if len(high) >= _MIN_LETTERS and len(re.findall(letters, high)) * 2 > len(high):
            return name
    return ""


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode()
    except UnicodeDecodeError:
        return False
    return True
