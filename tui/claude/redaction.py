"""Keys and passwords in text: found by value and by shape, and blacked out.

`redact` is for sentences and logs, where a key has no business at all. `Redactor` is for what
tools bring: it says in the text what was removed, so that whoever reads it knows that the
line is longer, and it touches nothing that merely looks unusual.
"""

import base64
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus

_KEYS = re.compile(r"sk-ant-[A-Za-z0-9_\-]+|(?i:bearer)\s+[^\s\"',;]+")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without any API key in it."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    return _KEYS.sub("[key]", text)


# By shape ---------------------------------------------------------------------------


class KeyShape(NamedTuple):
    """What the keys of one issuer look like."""

    words: str
    begins: tuple[str, ...]
    """One of these is in every text that holds such a key."""
    pattern: re.Pattern[str]


def _key_shape(description: str, prefixes: str, rest: str) -> KeyShape:
    """Args: rest: what follows the beginning, as a regular expression."""
    starts = tuple(prefixes.split())
    any_start = "|".join(map(re.escape, starts))
    return KeyShape(description, starts, re.compile(rf"(?<![A-Za-z0-9])(?:{any_start}){rest}"))


_W = "[A-Za-z0-9_-]"
_A = "[A-Za-z0-9]"
SHAPES: tuple[KeyShape, ...] = (
    _key_shape("an Anthropic API key", "sk-ant-", rf"{_W}{{16,}}"),
    _key_shape("an OpenAI API key", "sk-proj- sk-svcacct- sk-admin- sk-or-v1-", rf"{_W}{{20,}}"),
    KeyShape("an OpenAI API key", ("T3BlbkFJ",), re.compile(rf"sk-{_A}{{20}}T3BlbkFJ{_A}{{20}}")),
    _key_shape(
        "an AWS access key id", "AKIA ASIA", r"(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}(?![A-Z0-9])"
    ),
    KeyShape(
        "an AWS secret key",
        ("ecret",),
        re.compile(
            r"""(?i:(?<=secret_access_key)|(?<=secretaccesskey)|(?<=aws_secret_key))"""
            r"""["']?\s*[=:]\s*["']?(?![A-Za-z0-9/+]*EXAMPLE)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"""
        ),
    ),
    _key_shape("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"{_A}{{30,}}"),
    _key_shape("a GitHub token", "github_pat_", r"[A-Za-z0-9_]{30,}"),
    _key_shape("a GitLab token", "glpat- gldt- glrt- glptt- glcbt- glsoat- glft-", rf"{_W}{{20,}}"),
    _key_shape(
        "a Slack token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-", r"[A-Za-z0-9-]{10,}"
    ),
    _key_shape(
        "a Slack address with its secret", "hooks.slack.com/services/", r"[A-Za-z0-9/]{20,}"
    ),
    _key_shape("a Google API key", "AIza", rf"{_W}{{35}}(?!{_W})"),
    _key_shape("a Google secret", "GOCSPX-", rf"{_W}{{28}}"),
    _key_shape("a Google access token", "ya29.", rf"{_W}{{30,}}"),
    _key_shape("an npm token", "npm_", rf"{_A}{{36}}"),
    _key_shape("a PyPI token", "pypi-AgE", rf"{_W}{{50,}}"),
    _key_shape("a Stripe key", "sk_live_ rk_live_", rf"{_A}{{16,}}"),
    _key_shape("a Stripe secret", "whsec_", rf"{_A}{{32,}}"),
    _key_shape("a SendGrid key", "SG.", rf"{_W}{{22}}\.{_W}{{43}}"),
    _key_shape("a Hugging Face token", "hf_", rf"{_A}{{34,}}"),
    _key_shape("a DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"[a-f0-9]{64}"),
    _key_shape("a Shopify token", "shpat_ shpca_ shppa_ shpss_", r"[a-fA-F0-9]{32}"),
    _key_shape("a Vault token", "hvs. hvb.", rf"{_W}{{24,}}"),
    _key_shape("a Docker token", "dckr_pat_ dckr_oat_", rf"{_W}{{20,}}"),
    _key_shape("a Groq key", "gsk_", rf"{_A}{{48,}}"),
    _key_shape("an xAI key", "xai-", rf"{_A}{{60,}}"),
    _key_shape("a Grafana token", "glsa_ glc_", r"[A-Za-z0-9_=+/]{32,}"),
    _key_shape("a Linear key", "lin_api_", rf"{_A}{{32,}}"),
    _key_shape("an Atlassian token", "ATATT3x", r"[A-Za-z0-9_=-]{50,}"),
    _key_shape("a Tailscale key", "tskey-", rf"{_W}{{20,}}"),
    _key_shape("a Databricks token", "dapi", r"[a-f0-9]{32}(?![a-f0-9])"),
    _key_shape("an age key", "AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    _key_shape("an Azure storage key", "AccountKey=", r"[A-Za-z0-9+/]{80,}={0,2}"),
)
"""Keys that are known by their looks. JSON web tokens are not among them: most in a project are
examples, and they expire."""

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BEFORE = r"(?:[^\n]{0,300}?[\d\s:>|\"'-])?"
"""What tools put before the lines of a file: its name, a number, a quote."""
_BODY = re.compile(
    _BEFORE + r"(?:[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]{2,}={1,2})(?:\\[nr])*[\"',;\s]*"
)
_HEADER = re.compile(_BEFORE + r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): .*)?\s*")
_LONG = re.compile(r"[A-Za-z0-9+/]{16,}")
_PEM = "PRIVATE KEY"
_PRIVATE_KEY = "a private key"


# The redactor -----------------------------------------------------------------------


class Redacted(NamedTuple):
    """A text in which nothing secret is left that is known."""

    text: str
    found: tuple[str, ...]
    """What was removed, in words, each once."""


_MARKER = re.compile(r"\[removed: (?:looks like an? |the value of )[^\]\n]{1,60}\]")
_MIN_SECRET_CHARACTERS = 8
"""Characters below which a value is too common a word to be looked for."""
_PART = 16
"""Characters of a value, from its beginning or end, that are taken for it: results are cut."""
_QUICK = 2_000_000
"""Characters of a text above which the encoded forms of our own keys are not looked for."""


def redaction_markers(text: str) -> Iterator[str]:
    """The marks in `text` that replaced something removed."""
    return (found[0] for found in _MARKER.finditer(text)) if "[removed: " in text else iter(())


class Redactor:
    """Blacks out our own credentials, in every usual encoding, and keys of a known shape."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        """Args: secrets: values that must not be shown, and what each of them is the value of."""
        given = {
            value: name
            for value, name in (secrets or {}).items()
            if len(value) >= _MIN_SECRET_CHARACTERS
        }
        # Longer ones first: one may be a part of another.
        self._secrets = [
            _SecretValue(v, n) for v, n in sorted(given.items(), key=lambda i: -len(i[0]))
        ]
        self._in_key = False

    def __call__(self, text: str) -> Redacted:
        """`text` with what is secret blacked out; it has as many lines as before."""
        self._in_key = False
        found = self.feed(text, more=False)
        self._in_key = False
        return found

    def feed(self, text: str, *, more: bool = True) -> Redacted:
        """The next whole lines of a longer text: a private key may go on from the last ones."""
        found: dict[str, None] = {}
        for secret in self._secrets:
            text, hit = secret.remove_from(text)
            if hit:
                found[secret.words] = None
        for shape in SHAPES:
            if any(start in text for start in shape.begins):
                text, count = shape.pattern.subn(_looks_like_words(shape.words), text)
                if count:
                    found[shape.words] = None
        if self._in_key or _PEM in text:
            text, hit = self._without_private_keys(text, more=more)
            if hit:
                found[_PRIVATE_KEY] = None
        return Redacted(text, tuple(found))

    def for_stream(self) -> "Redactor":
        """Another one that looks for the same, for a text that comes in pieces."""
        return self.with_secrets({})

    def with_secrets(self, secrets: Mapping[str, str]) -> "Redactor":
        """Another one that looks for these as well: see the constructor."""
        other = Redactor(secrets)
        other._secrets = [*self._secrets, *other._secrets]
        return other

    def _without_private_keys(self, text: str, *, more: bool) -> tuple[str, bool]:
        """Args: more: whether what follows `text` is not known yet."""
        lines = text.split("\n")
        hit = _remove_headless_keys(lines) if not self._in_key else False
        for at, line in enumerate(lines):
            begin = _BEGIN.search(line)
            if begin and not self._in_key and _is_key_start(lines, at, begin.end(), more):
                hit = True
                end = _END.search(line, begin.end())
                rest = line[end.end() :] if end else ""
                lines[at] = line[: begin.start()] + _looks_like_words(_PRIVATE_KEY) + rest
                self._in_key = end is None
            elif self._in_key:
                end = _END.search(line)
                self._in_key = end is None and _inside_key(line)
                if end or self._in_key:
                    lines[at] = line[end.end() :] if end else ""
        return "\n".join(lines), hit


def _remove_headless_keys(lines: list[str]) -> bool:
    """Take out keys whose beginning was cut off: what comes before an end."""
    hit = False
    for end in [at for at, line in enumerate(lines) if _END.search(line)]:
        start = end
        while start > 0 and _is_body(lines[start - 1]):
            start -= 1
        above = start
        while above > 0 and _HEADER.fullmatch(lines[above - 1]):
            above -= 1
        headed = above > 0 and _BEGIN.search(lines[above - 1])
        if start < end and not headed:
            lines[start:end] = [_looks_like_words(_PRIVATE_KEY)] + [""] * (end - start - 1)
            hit = True
    return hit


def _is_key_start(lines: list[str], at: int, start: int, more: bool) -> bool:
    """Whether a beginning is the one of a key, and not only spoken of."""
    if _LONG.search(lines[at], start):
        return True
    for line in lines[at + 1 :]:
        if _is_body(line):
            return True
        if line.strip() and not _HEADER.fullmatch(line):
            return False
    return more


def _inside_key(line: str) -> bool:
    return _is_body(line) or (len(line) < 4_000 and _HEADER.fullmatch(line) is not None)


def _is_body(line: str) -> bool:
    return len(line) < 4_000 and _BODY.fullmatch(line) is not None


def _looks_like_words(words: str) -> str:
    return f"[removed: looks like {words}]"


class _SecretValue:
    """One value of ours and the forms in which it may come."""

    def __init__(self, value: str, name: str) -> None:
        self.words = f"the value of {name}"
        self._mark = f"[removed: {self.words}]"
        self._value = value
        data = value.encode("utf-8", "surrogateescape")
        plain = {value, quote(value, safe=""), quote_plus(value)}
        self._plain = sorted(plain, key=len, reverse=True)
        forms = {*_base64_forms(data), data.hex(), data.hex().upper()}
        self._encoded = [form for form in forms if len(form) >= _PART]
        self._data = data

    @cached_property
    def _dumped(self) -> re.Pattern[str]:
        # Compiling takes a while, and a session opens before there is anything to look through.
        return _hex_pattern(self._data)

    def remove_from(self, text: str) -> tuple[str, bool]:
        before = text
        for form in self._plain:
            if form in text:
                text = text.replace(form, self._mark)
        if len(self._value) >= _PART + 8:
            text = self._without_parts(text)
        if len(text) <= _QUICK:
            for form in self._encoded:
                if form[:12] in text or form[12:24] in text:
                    text = _broken_lines_pattern(form).sub(self._with_lines, text)
            text = self._dumped.sub(self._with_lines, text)
        return text, text != before

    def _without_parts(self, text: str) -> str:
        """Without what is left of the value where a text was cut."""
        value = self._value
        head, tail = value[:_PART], value[-_PART:]
        while (at := text.find(head)) >= 0:
            length = _PART
            while text[at : at + length + 1] == value[: length + 1] and length < len(value):
                length += 1
            text = text[:at] + self._mark + text[at + length :]
        while (at := text.find(tail)) >= 0:
            length = _PART
            while at + _PART - length > 0 and text[at + _PART - length - 1] == value[-length - 1]:
                length += 1
            text = text[: at + _PART - length] + self._mark + text[at + _PART :]
        return text

    def _with_lines(self, found: re.Match[str]) -> str:
        return self._mark + "\n" * found[0].count("\n")


@lru_cache(maxsize=64)
def _broken_lines_pattern(form: str) -> re.Pattern[str]:
    """A form whose text may be broken into lines."""
    return re.compile(r"(?:[ \t]*\r?\n[ \t]*)?".join(map(re.escape, form)))


def _hex_pattern(data: bytes) -> re.Pattern[str]:
    """Bytes in hex with something between them, as `xxd`, escapes and addresses write them."""
    between = r"(?:\\x|\\u00|%|0x|[\s:,-]|  [^\n]{0,18}\n[0-9a-fA-F]{6,8}:? ){0,4}"
    return re.compile(between.join(f"{byte:02x}" for byte in data), re.IGNORECASE)


def _base64_forms(data: bytes) -> Iterator[str]:
    """What is the same in every base64 of a text that holds `data`, whatever is around it."""
    for before in range(3):
        start, end = math.ceil(before * 8 / 6), (before + len(data)) * 8 // 6
        for encoded in (
            base64.b64encode(bytes(before) + data),
            base64.urlsafe_b64encode(bytes(before) + data),
        ):
            yield encoded.decode()[start:end]
