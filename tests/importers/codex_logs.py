"""Rows of Codex's logs."""

from typing import Any


def row(second: float, kind: str, /, **payload: Any) -> dict[str, Any]:
    whole, part = divmod(round(second * 1_000), 1_000)
    at = f"2026-05-01T10:00:{whole:02d}.{part:03d}Z"
    return {"timestamp": at, "type": kind, "payload": payload}


def meta(second: float, **more: Any) -> dict[str, Any]:
    return row(second, "session_meta", **({"id": "s", "cwd": "/p", "source": "cli"} | more))


def asked(second: float, text: str) -> dict[str, Any]:
    return row(second, "event_msg", type="user_message", message=text, kind="plain")


def count(second: float, total: float, output: int, *, last: int | None = None) -> dict[str, Any]:
    """A count with so much input and output since the beginning."""
    info: dict[str, Any] = {"total_token_usage": {"input_tokens": total, "output_tokens": output}}
    if last is not None:
        info["last_token_usage"] = {"input_tokens": last, "output_tokens": last}
    return row(second, "event_msg", type="token_count", info=info)


def record(second: float, response: str, context: int, output: int) -> dict[str, Any]:
    """What one request used, as the newest builds write it."""
    usage = {"input_tokens": context, "output_tokens": output}
    return row(second, "token_usage_record", response_id=response, usage=usage)
