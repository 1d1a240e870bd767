"""JSON Schema: whether a value conforms to a schema, and a value that does.

The simulator has no model that could fill in a form, so what a schema asks for is put
together from the schema itself and from what the prompt names: paths go where a path is
wanted, numbers where a number is. Schemas are those of tools and of structured outputs;
`if`, `not` and patterns for property names are not looked at.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

_DEEP = 6
"""Levels of nesting from which on only what is required is filled in."""
_DEEPEST = 40
"""Levels from which on nothing is filled in: the schema requires itself."""
_PATH = re.compile(r"path|(?<!pro)file|folder|director|^dir|target", re.IGNORECASE)
_FOLDER = re.compile(r"folder|director|^dir|cwd", re.IGNORECASE)
_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "time": "00:00:00Z",
    "duration": "P1D", "email": "someone@example.com", "hostname": "example.com",
    "ipv4": "127.0.0.1", "ipv6": "::1", "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}  # fmt: skip
_IN_PROMPT = {
    "date": r"\b\d{4}-\d\d-\d\d\b", "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "uri": r"https?://[^\s'\"<>)]+", "ipv4": r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
}  # fmt: skip
_SAMPLES = (
    "a", "A", "abc", "ABC", "1", "123", "a1", "A1", "1.0.0", "v1.0.0", "2026-01-01", "#000000",
    "0000", "12345", "AB-1234", "/", "/a", "a@example.com", "https://example.com",
)  # fmt: skip
"""Strings to try for a pattern."""


@dataclass(frozen=True, slots=True)
class ValueSources:
    """What a value may be made of."""

    prompt: str = ""
    """What the user asked last."""
    paths: tuple[str, ...] = ()
    """Paths the prompt names."""
    words: str = ""
    """An answer in words, for strings that are prose."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Values by the name of their property; taken where they conform."""


def conforms(value: Any, schema: Any, root: Any = None) -> bool:
    """Whether a value conforms to a schema; references are looked up in `root`."""
    root = schema if root is None else root
    if not isinstance(schema, dict):
        return schema is not False
    if "$ref" in schema and not conforms(value, _resolved(schema["$ref"], root), root):
        return False
    if "const" in schema and not _same(value, schema["const"]):
        return False
    if "enum" in schema and not any(_same(value, option) for option in schema["enum"]):
        return False
    if "type" in schema and not any(_is_a(value, kind) for kind in _types(schema)):
        return False
    parts = [conforms(value, part, root) for part in schema.get("allOf") or ()]
    any_of = [conforms(value, part, root) for part in schema.get("anyOf") or ()]
    one_of = [conforms(value, part, root) for part in schema.get("oneOf") or ()]
    if not all(parts) or (any_of and not any(any_of)) or (one_of and sum(one_of) != 1):
        return False
    return _within_limits(value, schema) and all(
        conforms(item, shape, root) for item, shape in _children(value, schema)
    )


_LIMITS: dict[str, tuple[tuple[type, ...], Callable[[Any, Any], bool]]] = {
    "minLength": ((str,), lambda value, least: len(value) >= least),
    "maxLength": ((str,), lambda value, most: len(value) <= most),
    "pattern": ((str,), lambda value, pattern: pattern is None or _matches(pattern, value)),
    "minimum": ((int, float), lambda value, least: value >= least),
    "maximum": ((int, float), lambda value, most: value <= most),
    "exclusiveMinimum": ((int, float), lambda value, least: value > least),
    "exclusiveMaximum": ((int, float), lambda value, most: value < most),
    "multipleOf": (
        (int, float),
        lambda value, step: not step or math.isclose(value / step, round(value / step)),
    ),
    "required": ((dict,), lambda value, names: all(name in value for name in names or ())),
    "minProperties": ((dict,), lambda value, least: len(value) >= least),
    "maxProperties": ((dict,), lambda value, most: len(value) <= most),
    "minItems": ((list,), lambda value, least: len(value) >= least),
    "maxItems": ((list,), lambda value, most: len(value) <= most),
    "uniqueItems": ((list,), lambda value, yes: not yes or len(set(_texts(value))) == len(value)),
}
"""What each keyword asks of values of its types."""


def _within_limits(value: Any, schema: JSON) -> bool:
    return isinstance(value, bool) or all(
        holds(value, schema[name])
        for name, (types, holds) in _LIMITS.items()
        if name in schema and isinstance(value, types)
    )


def _children(value: Any, schema: JSON) -> Iterator[tuple[Any, Any]]:
    """What is inside a value, each with its schema."""
    if isinstance(value, dict):
        known = schema.get("properties") or {}
        other = schema.get("additionalProperties", True)
        yield from ((item, known.get(name, other)) for name, item in value.items())
    elif isinstance(value, list):
        first = schema.get("prefixItems") or []
        rest = schema.get("items", True)
        shapes = [*first, *[rest] * max(0, len(value) - len(first))]
        yield from zip(value, shapes, strict=False)


def _texts(items: Sequence[Any]) -> list[str]:
    return [json.dumps(item, sort_keys=True) for item in items]


@dataclass(frozen=True, slots=True)
class ValueGenerator:
    """Makes values that conform to a schema."""

    root: Any
    """The whole schema."""
    facts: ValueSources = ValueSources()

    def value(self) -> Any:
        """A value for the whole schema."""
        return self._value(self.root, "", 0, 0)

    def _value(self, schema: Any, name: str, depth: int, number: int) -> Any:
        """A value.

        Args:
            schema: What it has to conform to.
            name: The property it is for.
            depth: Levels above it.
            number: Which of several it is: another number gives another value where that can be.
        """
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return self._string({}, name, number)
        for offered in self._offered(schema, name):
            if conforms(offered, schema, self.root):
                return offered
        if "$ref" in schema:
            rest = {key: item for key, item in schema.items() if key != "$ref"}
            whole = _merged([_resolved(schema["$ref"], self.root), rest])
            return self._value(whole, name, depth + 1, number)
        if parts := schema.get("allOf"):
            rest = {key: item for key, item in schema.items() if key != "allOf"}
            shapes = [_dereferenced(part, self.root) for part in parts]
            return self._value(_merged([*shapes, rest]), name, depth + 1, number)
        for branches in ("anyOf", "oneOf"):
            if schema.get(branches):
                return self._branch(schema, branches, name, depth, number)
        if options := schema.get("enum"):
            named = [o for o in options if isinstance(o, str) and _mentioned(o, self.facts.prompt)]
            return named[0] if named and not number else options[number % len(options)]
        return self._of_type(schema, name, depth, number)

    def _offered(self, schema: JSON, name: str) -> Iterator[Any]:
        if name in self.facts.given:
            yield self.facts.given[name]
        if "const" in schema:
            yield schema["const"]
        named = bool(_PATH.search(name) and self.facts.paths)
        if schema.get("default") is not None and not named:
            yield schema["default"]

    def _branch(self, schema: JSON, branches: str, name: str, depth: int, number: int) -> Any:
        rest = {key: item for key, item in schema.items() if key != branches}
        order = sorted(
            schema[branches],
            key=lambda one: (_is_null(one) != (depth >= _DEEP), depth >= _DEEP and "$ref" in one),
        )
        made = None
        for shape in order:
            whole = _merged([_dereferenced(shape, self.root), rest])
            made = self._value(whole, name, depth + 1, number)
            if conforms(made, schema, self.root):
                break
        return made

    def _of_type(self, schema: JSON, name: str, depth: int, number: int) -> Any:
        kinds = [kind for kind in _types(schema) if kind != "null"] or _types(schema)
        match kinds[0] if kinds else _guessed(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer" | "number" as kind:
                return self._number(schema, kind, number)
            case "boolean":
                return bool(number % 2)
            case "null":
                return None
        return self._string(schema, name, number)

    def _object(self, schema: JSON, depth: int) -> JSON:
        known: JSON = schema.get("properties") or {}
        required = list(schema.get("required") or ())
        other = schema.get("additionalProperties", True)
        wanted = [name for name in known if name in required or self._useful(name, depth)]
        wanted += [name for name in required if name not in known]
        wanted += [name for name in known if name not in wanted][: self._lacking(schema, wanted)]
        if other is not False:
            wanted += [f"item{n + 1}" for n in range(self._lacking(schema, wanted))]
        return {n: self._value(known.get(n, other), n, depth + 1, 0) for n in wanted}

    def _useful(self, name: str, depth: int) -> bool:
        """Whether a property that may be left out is filled in all the same."""
        path = bool(_PATH.search(name) and not _FOLDER.search(name) and self.facts.paths)
        return depth < _DEEP and (path or name in self.facts.given)

    @staticmethod
    def _lacking(schema: JSON, names: Sequence[str]) -> int:
        return max(0, int(schema.get("minProperties", 0)) - len(names))

    def _array(self, schema: JSON, name: str, depth: int) -> list[Any]:
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems", math.inf)
        first = schema.get("prefixItems") or []
        wanted = len(self.facts.paths) if _PATH.search(name) and self.facts.paths else 1
        wanted = 0 if depth >= _DEEP else max(wanted, len(first))
        length = int(min(most, max(least, wanted)))
        shapes = [*first, *[schema.get("items", {})] * max(0, length - len(first))][:length]
        single = name.removesuffix("s")
        made = [self._value(s, single, depth + 1, n) for n, s in enumerate(shapes)]
        if not schema.get("uniqueItems"):
            return made
        texts = _texts(made)
        return [item for n, item in enumerate(made) if texts[n] not in texts[:n] or n < least]

    def _number(self, schema: JSON, kind: str, number: int) -> int | float:
        found = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", self.facts.prompt)
        told = [float(text) for text in found]
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        base = low if low is not None else min(0, high) if high is not None else 0
        step = schema.get("multipleOf") or (1 if kind == "integer" else 0.5)
        first = math.ceil(base / step) * step
        ladder = [first + step * n for n in range(number, number + 3)]
        middle = [(low + high) / 2] if low is not None and high is not None else []
        for candidate in [*told[number:], *ladder, base, *middle]:
            value = int(candidate) if float(candidate).is_integer() else candidate
            if conforms(value, {**schema, "type": kind}, {}):
                return value
        return int(first)

    def _string(self, schema: JSON, name: str, number: int) -> str:
        for text in self._texts(schema, name, number):
            fitted = text[: int(schema.get("maxLength", len(text)))]
            fitted += "." * (int(schema.get("minLength", 0)) - len(fitted))
            if "pattern" not in schema or _matches(schema["pattern"], fitted):
                return fitted
        return ""

    def _texts(self, schema: JSON, name: str, number: int) -> Iterator[str]:
        kind = schema.get("format", "")
        if found := re.findall(_IN_PROMPT.get(kind, r"(?!)"), self.facts.prompt):
            yield found[min(number, len(found) - 1)]
        if kind in _FORMATS:
            yield _FORMATS[kind]
        ending = f" {number + 1}" if number else ""
        if _PATH.search(name):
            named = self.facts.paths[number : number + 1] or self.facts.paths[:1]
            yield from named
            yield "." if _FOLDER.search(name) else "README.md"
        if re.search("url", name, re.IGNORECASE):
            yield next(iter(re.findall(_IN_PROMPT["uri"], self.facts.prompt)), _FORMATS["uri"])
        if re.search(r"quer|pattern|search|regex|term|keyword", name, re.IGNORECASE):
            yield max(re.findall(r"\w+", self.facts.prompt) or ["TODO"], key=len)
        if re.search(r"^(command|cmd|script)$", name, re.IGNORECASE):
            yield "ls"
        if re.search(r"name|title|label|city|location|person", name, re.IGNORECASE):
            found = re.findall(r"(?<!^)(?<![.!?] )\b[A-Z]\w+(?: [A-Z]\w+)*", self.facts.prompt)
            yield from found[number : number + 1]
        yield (self.facts.words or self.facts.prompt or name or "text") + ending
        yield from _SAMPLES


def _resolved(reference: Any, root: Any) -> Any:
    """What a reference inside the schema points to; anything where it points nowhere."""
    found = root
    for step in str(reference).removeprefix("#").strip("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if key:
            found = found.get(key, {}) if isinstance(found, dict) else {}
    return found


def _dereferenced(schema: Any, root: Any) -> Any:
    if isinstance(schema, dict) and "$ref" in schema:
        return _merged([_resolved(schema["$ref"], root), {**schema, "$ref": None}])
    return schema


def _merged(shapes: Sequence[Any]) -> JSON:
    """One schema that asks for all that several ask for."""
    whole: JSON = {}
    for shape in shapes:
        for key, item in shape.items() if isinstance(shape, dict) else ():
            if item is None and key == "$ref":
                continue
            if key == "properties":
                item = {**whole.get(key, {}), **item}
            elif key in ("required", "allOf"):
                item = [*whole.get(key, []), *item]
            whole[key] = item
    return whole


def _types(schema: JSON) -> list[str]:
    kind = schema.get("type")
    return [str(one) for one in kind] if isinstance(kind, list) else [str(kind)] if kind else []


def _guessed(schema: JSON) -> str:
    """The type of a schema that names none."""
    keys = {"properties": "object", "required": "object", "items": "array", "minimum": "number"}
    return next((kind for key, kind in keys.items() if key in schema), "string")


def _is_a(value: Any, kind: str) -> bool:
    plain = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    if kind in plain:
        return isinstance(value, plain[kind])
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (kind == "number" or float(value).is_integer())


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and _types(schema) == ["null"]


def _same(left: Any, right: Any) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _matches(pattern: str, text: str) -> bool:
    try:
        return bool(re.search(pattern, text))
    except re.error:
        # Python does not read this dialect of patterns.
        return True


def _mentioned(option: str, prompt: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(option)}(?!\w)", prompt, re.IGNORECASE))
