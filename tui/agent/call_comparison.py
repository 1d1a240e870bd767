"""When two tool calls are the same call, and when two results are the same result.

A call is its name and its arguments. A result is compared without what differs from run to
run although nothing happened: times of day, durations, process numbers, random ids, names of
temporary files. Other digits count, because they are often the finding itself.
"""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from tui.session.call_arguments import call_subject

_MAX_COMPARED_CLOSELY = 1_500
"""Characters at each end of a result that are compared closely; between them no digit counts."""

_UNIT = (
    r"(?:ns|µs|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?|"
    r"nanoseconds?|microseconds?|milliseconds?)"
)
_LABEL = r"(?:pids?|process(?:es)?|port|seed|elapsed|took|duration|timestamp|uptime|time)"
_WITH_DIGITS = re.compile(
    rf"(?<!\S)(?:{_LABEL}\W{{1,2}})?[^\s\d]*\d\S*(?:\s{_UNIT}(?![A-Za-z]))?", re.IGNORECASE
)
"""A word with a digit in it, with what says that it is a time or a number of a process.

Only these are looked at more closely: nearly all that varies by itself has digits, and a long
result must not hold up the screen.
"""
_VOLATILE = re.compile(
    # 2026-11-30T12:00:03.5+01:00, 2026-11-30, 12:00:03, 12:00pm
    r"(?<![\w:.-])\d{4}[-/]\d\d[-/]\d\d(?:T\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|(?<![\w:.])\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?:[AaPp][Mm])?(?![\w:])"
    # 0.12s, 1.3 ms, 2m03s, 4 seconds
    rf"|(?<![\w.])(?:\d+(?:[.,]\d+)?\s?{_UNIT})+(?![A-Za-z])"
    # pid 4711, port=40123, elapsed: 12
    rf"|\b(?i:{_LABEL})\W{{1,2}}\d[\d.,]*"
    # ids: 0x7f3a…, UUIDs, digests, seconds since the epoch
    r"|0x[0-9A-Fa-f]+"
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{7,64}\b"
    r"|\b\d{10,}(?:\.\d+)?\b"
    r"|\bpytest-\d+\b"
)
_TEMPORARY = re.compile(r"(/tmp/|/var/folders/\w+/\w+/T/)[^/\s'\":,)\]]+")
"""A temporary file: the part of the name that is made up."""
_NO_DIGITS = {ord(digit): None for digit in "0123456789"}
_DIGITS = re.compile(r"\d+")
_WAITS = re.compile(r"\b(?:sleep|wait|watch)\b|\btail\s+(?:-\w+\s+)*(?:-\w*[fF]|--follow)\b")


@dataclass(frozen=True, slots=True)
class CallFingerprint:
    """A call and its result, reduced to what is compared; digests are hexadecimal."""

    call: str
    """Digest of name and arguments."""
    result: str
    """Digest of the result without what varies by itself."""
    exact_result: str
    """Digest of the result as it is."""
    call_shape: str
    """Digest of name and arguments with all digits alike, and white space joined."""
    result_shape: str
    """Digest of the result with all digits alike."""
    waits: bool
    """Whether the call waits for something that runs: nothing new is no sign of a loop yet."""
    silent: bool
    """Whether it is a command that ended well and printed nothing."""


def fingerprint(
    name: str, arguments: object, content: str | tuple[Any, ...], *, failed: bool
) -> CallFingerprint:
    """A call and its result as they are compared.

    Args:
        name: The tool.
        arguments: What the model gave it: a JSON object, or what could be read of one.
        content: The result as sent.
        failed: Whether it is an error, by the program's own judgement.
    """
    asked, text = canonical_call(name, arguments), _text(content)
    fixed = strip_volatile(text)
    command = call_subject(arguments, "command") if isinstance(arguments, dict) else ""
    return CallFingerprint(
        call=_digest(asked),
        result=_digest(fixed),
        exact_result=_digest(text),
        call_shape=_digest(_DIGITS.sub("#", _joined(asked))),
        result_shape=_digest(_DIGITS.sub("#", fixed)),
        waits=name == "jobs" or (name == "bash" and _WAITS.search(command) is not None),
        silent=name == "bash" and not failed and text.strip() in ("", "(no output)"),
    )


def canonical_call(name: str, arguments: object) -> str:
    """Name and arguments of a call as one text, equal for equal calls.

    The order of keys, nulls and blanks around a text do not matter.
    """
    return f"{name} {json.dumps(_plain(arguments), sort_keys=True, ensure_ascii=False)}"


def strip_volatile(text: str) -> str:
    """`text` without what differs from run to run although nothing happened."""
    if len(text) <= 2 * _MAX_COMPARED_CLOSELY:
        return _strip_fixed_labels(text)
    between = text[_MAX_COMPARED_CLOSELY:-_MAX_COMPARED_CLOSELY].translate(_NO_DIGITS)
    head, tail = text[:_MAX_COMPARED_CLOSELY], text[-_MAX_COMPARED_CLOSELY:]
    return f"{_strip_fixed_labels(head)}{between}{_strip_fixed_labels(tail)}"


def _strip_fixed_labels(text: str) -> str:
    if "/T" in text or "/tmp/" in text:
        text = _TEMPORARY.sub(r"\1~", text)
    return _WITH_DIGITS.sub(lambda word: _VOLATILE.sub("~", word[0]), text)


def _plain(value: object) -> object:
    match value:
        case dict():
            return {str(key): _plain(each) for key, each in value.items() if each is not None}
        case list() | tuple():
            return [_plain(each) for each in value]
        case str():
            return value.strip()
        case bool() | int() | float() | None:
            return value
        case _:
            return repr(value)


def _text(content: str | tuple[Any, ...]) -> str:
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True, default=str)


def _joined(asked: str) -> str:
    """A call with each run of white space as one space, also where JSON writes it as an escape."""
    return " ".join(asked.replace("\\n", " ").replace("\\t", " ").split())


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
