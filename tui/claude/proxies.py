"""Which proxy of the environment a request to a server uses, if any, and whether it works.

The program checks only that proxy: a SOCKS proxy in ALL_PROXY does no harm if the server is in
NO_PROXY or HTTPS_PROXY is set as well.
"""

import contextlib
import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from tui.claude.certificates import trust_context
from tui.claude.request_errors import ProxyError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def client_arguments(url: str, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Arguments for an HTTP client that is to reach `url`.

    Raises:
        ProxyError: the proxy it would go through is none that can be used.
        CertificateFileError: the environment names certificates that cannot be used.
    """
    parts = _split(url)
    found = None if parts is None else proxy_for(*parts, environment)
    encrypted = parts is not None and parts[0] == "https"
    trusted = trust_context(environment) if encrypted else None
    # The client's own look at the environment fails on any proxy that it does not understand.
    plain: dict[str, Any] = {"trust_env": False, "verify": trusted or True}
    if found is None:
        return plain
    return {**plain, "proxy": _check_proxy(*found, environment)}


def proxy_variable(url: str) -> str:
    """The variable that names the proxy before the server of a base URL; empty without one."""
    parts = _split(url)
    found = None if parts is None else proxy_for(*parts)
    return found[0] if found else ""


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


_SOCKS_5 = ("socks", "socks5", "socks5h")
_HOST = re.compile(r"[\w.:-]+")
_MAX_PORT = 65_535


def _check_proxy(name: str, address: str, environment: Mapping[str, str]) -> Any:
    """The proxy at `address`, with a scheme where it has none.

    Args:
        name: The variable that names it.
        address: What the variable holds.
        environment: Where the variables of trusted certificates are.

    Raises:
        ProxyError: it is none that can be used.
        CertificateFileError: the environment names certificates that cannot be used.
    """
    import httpx2

    scheme, separator, rest = address.partition("://")
    scheme = scheme.lower() if separator else "http"
    if scheme.startswith("socks"):
        _check_socks(name, scheme)
        scheme = "socks5"
    elif scheme not in ("http", "https"):
        raise ProxyError(f"{name} does not hold the address of an http proxy")
    trusted: ssl.SSLContext | None = trust_context(environment) if scheme == "https" else None
    try:
        proxy = httpx2.Proxy(f"{scheme}://{rest if separator else address}", ssl_context=trusted)
    except (ValueError, httpx2.InvalidURL) as error:
        raise ProxyError(f"{name} does not hold the address of an http proxy") from error
    port = proxy.url.port
    if not _HOST.fullmatch(proxy.url.host) or (port is not None and not 0 < port <= _MAX_PORT):
        raise ProxyError(f"{name} does not hold the address of an http proxy")
    return proxy


def _check_socks(name: str, scheme: str) -> None:
    """Refuse a SOCKS proxy that cannot be spoken to.

    Raises:
        ProxyError: it is of an older version, or a package is missing.
    """
    if scheme not in _SOCKS_5:
        raise ProxyError(f"{name} names a SOCKS proxy of version 4, and only version 5 is spoken")
    if not _has_socks():
        raise ProxyError(
            f"{name} names a SOCKS proxy, which needs one more package: pip install socksio"
        )


def _has_socks() -> bool:
    """Whether the part of the HTTP library that speaks SOCKS is installed."""
    from importlib.util import find_spec

    return find_spec("socksio") is not None
