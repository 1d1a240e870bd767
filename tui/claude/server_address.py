"""The address of a server that the user types in, for this run."""

import asyncio
from urllib.parse import urlsplit

ANSWER_SECONDS = 3.0
"""Seconds that a server may take to accept a connection."""


class AddressRefused(ValueError):
    """What was typed can be no address; the text is one sentence."""


def read_server_address(typed: str) -> str:
    """The address in what was typed, without a slash at its end; `http://` is put before a host.

    Raises:
        AddressRefused: it can be no address.
    """
    text = typed.strip().strip("\"'")
    if not text:
        raise AddressRefused("No address was typed.")
    whole = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        raise AddressRefused("This is no address: its port is no number up to 65535.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in whole:
        raise AddressRefused("An address looks like https://host or http://host:8080.")
    if port == 0 or parts.query or parts.fragment:
        raise AddressRefused("An address looks like https://host or http://host:8080.")
    return whole.rstrip("/")


async def connection_problem(address: str) -> str:
    """Why nobody answers at `address`, as one sentence; empty where somebody does."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError, UnicodeError):
        return f"Nobody answers at {parts.hostname}, port {port}. Enter again uses it anyway."
    writer.close()
    return ""
