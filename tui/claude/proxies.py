"""Which proxy of the environment a request to a server uses, if any, and whether it works.

The program checks only that proxy: a SOCKS proxy in ALL_PROXY does no harm if the server is in
NO_PROXY or HTTPS_PROXY is set as well.
"""

import contextlib
import ipaddress
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from tui.claude.request_errors import ProxyError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def client_arguments(url: str, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Arguments for an HTTP client that is to reach `url`.

    Raises:
        ProxyError: the proxy it would go through is none that can be used.
    """
    parts = _split(url)
    found = None if parts is None else proxy_for(*parts, environment)
    # The client's own look at the environment fails on any proxy that it does not understand.
    plain: dict[str, Any] = {"trust_env": False, "verify": _certificates(parts)}
    if found is None:
        return plain
    name, address = found
    return {**plain, "proxy": _check_proxy(name, address)}


def proxy_for(
    scheme: str, host: str, port: int, environment: Mapping[str, str] = os.environ
) -> tuple[str, str] | None:
    """The name of the variable and the address of the proxy before a server; None without.

    Args:
        scheme: `http` or `https`.
        host: A name, or an IP address without brackets.
        port: Of the server.
        environment: Where the variables are.
    """
    known = getproxies() if environment is os.environ else _proxies_by_scheme(environment)
    if host.lower() in _LOOPBACK or _is_excepted(host, port, known.get("no", "")):
        return None
    for kind in (scheme, "all"):
        if address := known.get(kind, "").strip():
            return _variable(kind, environment), address
    return None


def _proxies_by_scheme(environment: Mapping[str, str]) -> dict[str, str]:
    """The proxies of an environment by scheme; names in small letters win, as in the library."""
    named = {name: value for name, value in environment.items() if name.lower().endswith("_proxy")}
    ordered = sorted(named.items(), key=lambda item: item[0].islower())
    return {name.lower().removesuffix("_proxy"): value for name, value in ordered}


def _variable(kind: str, environment: Mapping[str, str]) -> str:
    for name in (f"{kind}_proxy", f"{kind}_proxy".upper()):
        if environment.get(name):
            return name
    return "the system's settings"


def _is_excepted(host: str, port: int, listed: str) -> bool:
    """Whether NO_PROXY names a server; entries that cannot be read name nobody."""
    return any(
        _entry_matches(entry, host.lower(), port) for entry in listed.replace(",", " ").split()
    )


def _entry_matches(entry: str, host: str, port: int) -> bool:
    entry = entry.lower().rpartition("://")[2]
    if entry == "*":
        return True
    address = _address(host)
    if address is not None and "]:" not in entry:
        with contextlib.suppress(ValueError):
            bare = entry.replace("[", "").replace("]", "")
            return address in ipaddress.ip_network(bare, strict=False)
    name, _, only = entry.partition("]:" if entry.startswith("[") else ":")
    if only and only != str(port):
        return False
    name = name.strip("[]")
    if address is not None:
        return _address(name) == address
    name = name.removeprefix("*").removeprefix(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _split(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a base URL; None for what is none, which the client says."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port


def _certificates(parts: tuple[str, str, int] | None) -> Any:
    """What is trusted, SSL_CERT_FILE included; True where nothing is encrypted."""
    import httpx2

    return httpx2.create_ssl_context() if parts and parts[0] == "https" else True


def _check_proxy(name: str, address: str) -> Any:
    """The proxy at `address`, with a scheme where it has none.

    Raises:
        ProxyError: it is none that can be used. Its words never repeat the address, which
            may hold a password.
    """
    import httpx2

    address = address if "://" in address else f"http://{address}"
    scheme = address.partition("://")[0].lower()
    if scheme.startswith("socks"):
        if scheme in ("socks5", "socks5h") and _has_socks():
            return httpx2.Proxy(address)
        raise ProxyError(f"{name} names a SOCKS proxy, and Glideslope speaks to http ones only")
    if scheme not in ("http", "https"):
        raise ProxyError(f"{name} does not hold the address of an http proxy")
    try:
        return httpx2.Proxy(address)
    except (ValueError, httpx2.InvalidURL) as error:
        raise ProxyError(f"{name} does not hold the address of an http proxy") from error


def _has_socks() -> bool:
    """Whether the part of the HTTP library that speaks SOCKS is installed."""
    from importlib.util import find_spec

    return find_spec("socksio") is not None
