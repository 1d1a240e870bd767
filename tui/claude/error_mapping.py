"""From an exception to the kind and the facts of an `ApiError`.

Not every failure is an `anthropic.APIError`: dropped and stalled streams surface as errors
of the HTTP library, damaged ones as JSON or Unicode errors. This module takes them all.
"""

import json
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from tui.claude.redaction import redact
from tui.claude.request_errors import (
    CertificateFileError,
    Endpoint,
    ErrorFacts,
    ErrorKind,
    ProxyError,
    StreamError,
    clean_label,
    json_object,
)
from tui.claude.too_long import parse_too_long

_BY_STATUS: dict[int, ErrorKind] = {
    401: "wrong_key",
    402: "billing",
    403: "permission",
    404: "not_found",
    408: "conflict",
    409: "conflict",
    429: "rate_limited",
    431: "too_large",
    503: "unavailable",
    504: "unavailable",
    529: "overloaded",
}
_BY_TYPE: dict[str, ErrorKind] = {
    "authentication_error": "wrong_key",
    "billing_error": "billing",
    "permission_error": "permission",
    "not_found_error": "not_found",
    "rate_limit_error": "rate_limited",
    "overloaded_error": "overloaded",
    "api_error": "server",
    "timeout_error": "unavailable",
    "conflict_error": "conflict",
    "request_too_large": "context_exceeded",
    "invalid_request_error": "bad_request",
}
_SPEND_CODES = ("spend_limit_reached", "billing_unavailable")
_SPEND_PHRASES = ("usage limits", "credit balance", "spend limit", "spending limit")
_FINAL: tuple[ErrorKind, ...] = ("spend_cap", "picture_rejected", "context_exceeded")
"""Kinds of which the server's own word on retrying is not believed."""
_PICTURE_STATUS = (400, 404, 413, 415, 422, 500, 501)
"""llama.cpp says with 500 that its model takes no images, OpenRouter with 404."""
_PICTURE = re.compile(r"image|\bvision\b|\bmulti-?modal\b|\bpictures?\b")
_NO_TOOLS = re.compile(r"\bsupport\w* tool")
_EFFORT = re.compile(r"(?<![a-z])effort\b|\boutput_config\b")
_NO_MODEL = re.compile(
    r"\b(?:invalid|unknown|unsupported|no such) model\b|\bmodel[_ ]not[_ ]found\b"
    r"|\bmodel[:\s]+\S{1,200}\s+(?:was |is |has )?(?:not found|not been found|unknown"
    r"|not available|not loaded|not supported|not allowed|not enabled|not deployed|invalid"
    r"|not a valid|not a known|not exist|does not exist|doesn't exist)"
    r"|\bmodel (?:id|identifier|name)\b.{0,200}\b(?:is invalid|isn't supported|is not supported)"
    r"|\bnot a (?:valid|known) model\b|\bno (?:access|permission) to (?:the |this )?model\b"
    r"|\bnot have access to (?:the |this )?model\b|\bno (?:healthy )?deployments?\b"
)
"""How servers say that they have no such model; LiteLLM and Bedrock with 400, vLLM and Ollama with
404."""
_MAY_BE_LONG = (
    "bad_request",
    "context_exceeded",
    "server",
    "too_large",
    "effort_rejected",
    "unknown_model",
)
"""Kinds by status and type that words about the length of the request make more exact."""
_MOST_HEADERS = 64
"""Rate-limit headers that are kept; the API sends about twenty."""
_LIMIT_HEADERS = ("anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-", "retry-after")


def limit_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """The rate-limit headers of a response, names in lower case; verbatim but for keys.

    Args:
        headers: All headers of the response.
        secrets: Keys that a server may have put into them.
    """
    known = tuple(secrets)
    named = ((name.lower(), value) for name, value in headers.items())
    limits = [(name, value) for name, value in named if name.startswith(_LIMIT_HEADERS)]
    return {
        clean_label(name, known): clean_label(value, known)
        for name, value in limits[:_MOST_HEADERS]
    }


def error_facts(error: BaseException, endpoint: Endpoint, *, started: bool) -> ErrorFacts:
    """The facts of an exception.

    Args:
        error: What the SDK or the HTTP library raised.
        endpoint: The server, and the secrets to remove from its words.
        started: Whether a part of the answer had arrived.
    """
    broken = next((each for each in _chain(error) if isinstance(each, StreamError)), None)
    if broken is not None:
        detail = redact(broken.detail, endpoint.secrets)
        return ErrorFacts(
            kind=broken.kind,
            detail=detail,
            should_retry=broken.retryable,
            attempts=broken.attempts,
            status=200,
        )
    if isinstance(error, ProxyError):
        return ErrorFacts(kind="proxy", detail=str(error))
    if isinstance(error, CertificateFileError):
        return ErrorFacts(kind="certificates", detail=str(error))
    if getattr(error, "status_code", None) is not None and hasattr(error, "body"):
        return _facts_from_status(error, endpoint)
    return _facts_from_transport(error, started=started) or _facts_from_defect(error)


def _facts_from_status(error: Any, place: Endpoint) -> ErrorFacts:
    response = getattr(error, "response", None)
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    body = error.body
    inner = json_object(json_object(body).get("error"))
    code = json_object(inner.get("details")).get("error_code")
    message = redact(_message(body), place.secrets)
    status = int(error.status_code)
    if status == 407:
        return _PROXY_LOGIN
    long = parse_too_long(status, body, message)
    kind = _error_kind(status, _text(inner.get("type")), _text(code), message, place.model)
    if long is not None and kind in _MAY_BE_LONG:
        kind = "context_exceeded"
    return ErrorFacts(
        kind=kind,
        status=status,
        type=clean_label(_text(inner.get("type")), place.secrets) or None,
        code=clean_label(_text(code), place.secrets) or None,
        message=message,
        request_id=clean_label(
            headers.get("request-id") or _text(json_object(body).get("request_id")), place.secrets
        )
        or None,
        retry_after=_retry_after(headers),
        should_retry=False if kind in _FINAL else _word(headers.get("x-should-retry")),
        limits=limit_headers(headers, place.secrets),
        needed=long.needed if long else None,
        window=long.window if long else None,
    )


def _error_kind(status: int, type_: str, code: str, message: str, model: str) -> ErrorKind:
    words = message.lower()
    if any(known in code for known in _SPEND_CODES):
        return "spend_cap"
    if status == 200:  # an error event inside a stream has nothing but its type
        return _BY_TYPE.get(type_, "server")
    if status == 404 and _names_model(words, type_, model):
        return "unknown_model"
    if status in _PICTURE_STATUS and _rejects_picture(words, status):
        return "picture_rejected"
    if status in (400, 422) or (status == 404 and _NO_TOOLS.search(words)):
        return _bad_request(words)
    if status >= 500:
        return _BY_STATUS.get(status, "server")
    return _BY_STATUS.get(status) or "bad_request"


def _bad_request(words: str) -> ErrorKind:
    if "task_budget" in words:
        return "budget_rejected"
    if "invalid `signature`" in words or "invalid signature" in words:
        return "invalid_signature"
    if any(known in words for known in _SPEND_PHRASES):
        return "spend_cap"
    if "organization has been disabled" in words:
        return "permission"
    if _EFFORT.search(words):
        return "effort_rejected"
    if _NO_MODEL.search(words):
        return "unknown_model"
    return "bad_request"


def _names_model(words: str, type_: str, model: str) -> bool:
    """Whether a 404 is about the model and not about the address."""
    named = type_ == "not_found_error" and "model" in words
    return named or bool(model and model.lower() in words) or bool(_NO_MODEL.search(words))


def _rejects_picture(words: str, status: int) -> bool:
    """Whether a server objects to a picture; with 404 and 500 it does so only by its words."""
    if not _PICTURE.search(words):
        return False
    return (status < 500 and status != 404) or "support" in words


def _message(body: object) -> str:
    """What an error body says, with or without the envelope of the API."""
    if isinstance(body, str):
        return body
    outer = json_object(body)
    inner = outer.get("error")
    candidates = (json_object(inner).get("message"), inner, outer.get("message"))
    return next((each for each in candidates if isinstance(each, str) and each), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from either header; dates are counted from the response's own date."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    raw = headers.get("retry-after")
    seconds = _number(raw)
    return seconds if seconds is not None else _seconds_until(raw, headers.get("date"))


def _seconds_until(then: str | None, now: str | None) -> float | None:
    if not then or not now:
        return None
    try:
        gap = parsedate_to_datetime(then) - parsedate_to_datetime(now)
    except (TypeError, ValueError):
        return None
    return max(0.0, gap.total_seconds())


def _number(raw: str | None) -> float | None:
    try:
        value = float(raw or "")
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _word(raw: str | None) -> bool | None:
    return {"true": True, "false": False}.get((raw or "").lower())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _facts_from_transport(error: BaseException, *, started: bool) -> ErrorFacts | None:
    """Trouble of the connection, or of what came over it; None when it is neither."""
    import httpx2

    chain = list(_chain(error))
    if (bad := _address(chain, httpx2)) is not None:
        return ErrorFacts(kind="bad_address", detail=bad)
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain):
        return ErrorFacts(kind="tls", detail=_certificate(chain))
    if (refused := _proxy_refusal(chain, httpx2)) is not None:
        return refused
    if any(isinstance(each, httpx2.TimeoutException) for each in chain):
        return _facts_from_timeout(chain, httpx2, started=started)
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError, httpx2.DecodingError)):
        return ErrorFacts(kind="broken_stream", detail="a part of it could not be read")
    if any(isinstance(each, (httpx2.TransportError, OSError)) for each in chain):
        return _facts_from_connection(chain, started=started)
    return None


def _address(chain: list[BaseException], httpx2: Any) -> str | None:
    if any(isinstance(each, (httpx2.InvalidURL, httpx2.UnsupportedProtocol)) for each in chain):
        return "the base URL is not an http or https address"
    if any(isinstance(each, OverflowError) for each in chain):
        return "the port of the base URL is more than 65535"
    if any(isinstance(each, httpx2.TooManyRedirects) for each in chain):
        return "the base URL redirects in a circle"
    return None


_PROXY_LOGIN = ErrorFacts(kind="proxy", detail="it wants a user name and a password (407)")


def _proxy_refusal(chain: list[BaseException], httpx2: Any) -> ErrorFacts | None:
    """What the proxy answered in place of the server; its words are not repeated."""
    answer = next((each for each in chain if isinstance(each, httpx2.ProxyError)), None)
    if answer is None:
        return None
    status = re.match(r"\d{3}\b", str(answer))
    if status is not None and status[0] == "407":
        return _PROXY_LOGIN
    if status is not None and status[0] < "500":
        return ErrorFacts(kind="proxy", detail=f"it did not let the request through ({status[0]})")
    return ErrorFacts(kind="network", detail="the proxy did not let the request through")


def _facts_from_timeout(chain: list[BaseException], httpx2: Any, *, started: bool) -> ErrorFacts:
    if any(isinstance(each, (httpx2.ConnectTimeout, httpx2.PoolTimeout)) for each in chain):
        return ErrorFacts(kind="network", detail="it did not answer the call")
    return ErrorFacts(kind="stalled" if started else "timeout")


def _facts_from_connection(chain: list[BaseException], *, started: bool) -> ErrorFacts:
    import httpx2

    if any(isinstance(each, httpx2.LocalProtocolError) for each in chain):
        # Its text quotes the header, and the header is the key.
        return ErrorFacts(kind="wrong_key", detail="it has characters that no key has")
    if started:
        return ErrorFacts(kind="broken_stream", detail="the connection was closed")
    return ErrorFacts(
        kind="network", detail=_connection(" ".join(str(each) for each in chain).lower())
    )


def _connection(words: str) -> str:
    if any(
        known in words
        for known in ("name or service", "nodename", "getaddrinfo", "temporary failure in name")
    ):
        return "its name could not be resolved"
    if "refused" in words or "all connection attempts failed" in words:
        return "the connection was refused"
    if "unreachable" in words:
        return "the network is unreachable"
    if "proxy" in words:
        return "the proxy did not let it through"
    return "the connection was closed"


def _certificate(chain: list[BaseException]) -> str:
    found = (each for each in chain if isinstance(each, ssl.SSLCertVerificationError))
    return next(found).verify_message or "its certificate is not trusted"


def _facts_from_defect(error: BaseException) -> ErrorFacts:
    """No credentials, or a mistake of ours. Foreign text is not repeated: it may hold a key."""
    words = str(error)
    name = type(error).__name__
    if isinstance(error, TypeError) and "authentication method" in words:
        return ErrorFacts(kind="no_key")
    if any(base.__name__ in _CREDENTIAL_ERRORS for base in type(error).__mro__):
        return ErrorFacts(kind="no_key", detail=f"{name} while reading the credentials")
    if isinstance(error, UnicodeEncodeError):
        return ErrorFacts(kind="wrong_key", detail="it has characters that no key has")
    if isinstance(error, AssertionError):
        return ErrorFacts(kind="broken_stream", detail="it did not begin as an answer does")
    return ErrorFacts(kind="defect", detail=name)


_CREDENTIAL_ERRORS = ("CredentialsError", "WorkloadIdentityError")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what caused it, outermost first; of a group, all that are in it."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        if isinstance(at, BaseExceptionGroup):
            for each in at.exceptions:
                yield from _chain(each)
        at = at.__cause__ or at.__context__
