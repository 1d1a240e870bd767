"""Which proxy of the environment a request goes through, and the sentence where it cannot."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.claude.client_requests import KEY, client_for, collect
from tests.claude.loopback_server import GOOD, serve_answers
from tui.claude.api_client import ClaudeClient
from tui.claude.proxies import proxy_for
from tui.claude.request_errors import ApiError
from tui.claude.retry import NO_RETRY

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


P = "http://proxy.example:3128"
API = ("https", "api.example.test", 443)
V6 = ("https", "fe80::1", 443)


@pytest.mark.parametrize(
    ("server", "environment", "expected"),
    [
        (API, {}, None),
        (API, {"HTTPS_PROXY": P}, ("HTTPS_PROXY", P)),
        (API, {"https_proxy": P, "HTTPS_PROXY": "http://other"}, ("https_proxy", P)),
        (API, {"HTTP_PROXY": P}, None),
        (API, {"ALL_PROXY": P}, ("ALL_PROXY", P)),
        (API, {"HTTPS_PROXY": P, "ALL_PROXY": "socks5://x"}, ("HTTPS_PROXY", P)),
        (API, {"ALL_PROXY": P, "NO_PROXY": "*"}, None),
        (API, {"ALL_PROXY": P, "NO_PROXY": "a.b, api.example.test"}, None),
        (API, {"ALL_PROXY": P, "NO_PROXY": "API.EXAMPLE.test:443"}, None),
        (API, {"ALL_PROXY": P, "no_proxy": ".example.test"}, None),
        (API, {"ALL_PROXY": P, "NO_PROXY": "*.example.test"}, None),
        (API, {"ALL_PROXY": P, "NO_PROXY": "example.test"}, None),
        (API, {"ALL_PROXY": P, "NO_PROXY": "ample.test"}, ("ALL_PROXY", P)),
        (API, {"ALL_PROXY": P, "NO_PROXY": "api.example.test:8443"}, ("ALL_PROXY", P)),
        (API, {"ALL_PROXY": P, "NO_PROXY": "[::1],fe80::/10,10.0.0.0/8,:,/,]["}, ("ALL_PROXY", P)),
        (V6, {"ALL_PROXY": P, "NO_PROXY": "[::1],fe80::/10"}, None),
        (V6, {"ALL_PROXY": P, "NO_PROXY": "[fe80::1]"}, None),
        (V6, {"ALL_PROXY": P, "NO_PROXY": "[fe80::1]:443"}, None),
        (V6, {"ALL_PROXY": P, "NO_PROXY": "[fe80::1]:80"}, ("ALL_PROXY", P)),
        (V6, {"ALL_PROXY": P, "NO_PROXY": "fe80:0:0::1"}, None),
        (V6, {"ALL_PROXY": P, "NO_PROXY": "fe80::2,[fd00::]/8"}, ("ALL_PROXY", P)),
        (("http", "10.1.2.3", 80), {"http_proxy": P, "NO_PROXY": "10.0.0.0/8"}, None),
        (("http", "10.1.2.3", 80), {"http_proxy": P, "NO_PROXY": "10.1.2.3:80"}, None),
        (("http", "11.1.2.3", 80), {"http_proxy": P, "NO_PROXY": "10.0.0.0/8"}, ("http_proxy", P)),
        (("http", "127.0.0.1", 80), {"http_proxy": P}, None),
        (("http", "::1", 80), {"http_proxy": P}, None),
    ],
)  # fmt: skip
def test_the_proxy_before_a_server(
    server: tuple[str, str, int], environment: dict[str, str], expected: tuple[str, str] | None
):
    assert proxy_for(*server, environment) == expected


async def fault(url: str, **more: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await collect(ClaudeClient(base_url=url, api_key=KEY, retry_policy=NO_RETRY, **more))
    return caught.value


@pytest.mark.parametrize(
    ("name", "address", "why"),
    [
        (
            "ALL_PROXY",
            "socks5://127.0.0.1:9",
            "ALL_PROXY names a SOCKS proxy, which needs",
        ),
        ("all_proxy", "socks://127.0.0.1:9", "all_proxy names a SOCKS proxy, which needs"),
        ("ALL_PROXY", "SOCKS5H://u:secret@x", "package: pip install socksio"),
        (
            "HTTP_PROXY",
            "socks4a://user:secret@127.0.0.1:9",
            "HTTP_PROXY names a SOCKS proxy of",
        ),
        ("http_proxy", "http://user:secret@proxy:port", "http_proxy does not hold the address"),
        ("http_proxy", "http://user:secret@proxy:99999", "http_proxy does not hold the address"),
        ("http_proxy", "http://user:secret@proxy:-1", "http_proxy does not hold the address"),
        ("http_proxy", "http://user:secret@", "http_proxy does not hold the address"),
        ("http_proxy", "http://pro xy:3128", "http_proxy does not hold the address"),
        ("http_proxy", ":3128", "http_proxy does not hold the address"),
        ("http_proxy", "http:///x", "http_proxy does not hold the address"),
        ("http_proxy", "://x", "http_proxy does not hold the address"),
        (
            "http_proxy",
            "http://u:secret@\u200bproxy:1",
            "http_proxy does not hold the address",
        ),
        ("http_proxy", "ftp://user:secret@x", "http_proxy does not hold the address of an http"),
        ("http_proxy", "http://user:secret@[::bad", "http_proxy does not hold the address"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    address: str,
    why: str,
):
    monkeypatch.setattr("tui.claude.proxies._has_socks", lambda: False)
    monkeypatch.setenv(name, address)
    got = await fault("http://api.example.test")
    assert (got.kind, got.retryable) == ("proxy", False)
    assert why in got.sentence
    assert f"Change or unset {name}, or add api.example.test to NO_PROXY." in got.sentence
    assert "secret" not in got.sentence + repr(got.facts)
    assert capfd.readouterr().err == ""


async def test_entries_of_no_proxy_that_cannot_be_read_harm_nothing(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("NO_PROXY", "localhost,[::1],fe80::/10,10.0.0.0/8,[::bad,http://x:y")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    got = await fault("http://api.example.test")
    assert got.kind == "network"
    assert got.sentence == (
        "No connection to api.example.test through the proxy that ALL_PROXY names: the connection "
        "was refused. Check ALL_PROXY, or add api.example.test to NO_PROXY, then send again; "
        "nothing is lost."
    )


async def test_a_request_goes_through_the_proxy_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
):
    async with serve_answers(GOOD) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        _, response = await collect(client_for("http://api.example.test"))
    assert response.stop_reason == "end_turn"
    assert server.received[0].path == "http://api.example.test/v1/messages"


async def test_a_server_in_no_proxy_is_reached_past_a_proxy_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "nowhere.invalid")
    assert (await fault("http://nowhere.invalid")).kind == "network"


LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_a_password_says_so_once_and_shows_none(
    monkeypatch: pytest.MonkeyPatch, scheme: str
):
    async with serve_answers([LOGIN]) as server:
        address = server.url.replace("http://", "http://me:wr%40ng@")
        monkeypatch.setenv(f"{scheme}_proxy", address)
        got = await fault(f"{scheme}://api.example.test")
    assert (got.kind, got.retryable, len(server.received)) == ("proxy", False, 1)
    # base64 of `me:wr@ng`
    assert server.received[0].headers["proxy-authorization"] == "Basic bWU6d3JAbmc="
    assert "it wants a user name and a password (407). Change or unset" in got.sentence
    assert "wr" not in repr(got.facts) and "ng@" not in got.sentence


@pytest.mark.parametrize("form", ["{}", "  {}  ", "me:secret@{}", "http://{}/", "HTTP://{}"])
async def test_a_proxy_is_understood_as_people_write_it(monkeypatch: pytest.MonkeyPatch, form: str):
    async with serve_answers(GOOD) as server:
        monkeypatch.setenv("http_proxy", form.format(server.url.removeprefix("http://")))
        _, response = await collect(client_for("http://api.example.test"))
    assert response.stop_reason == "end_turn"


async def test_a_proxy_that_refuses_the_server_is_told_apart_from_the_server(
    monkeypatch: pytest.MonkeyPatch,
):
    async with serve_answers([LOGIN.replace(b"407", b"403")]) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        got = await fault("https://api.example.test")
    assert got.kind == "proxy"
    assert "it did not let the request through (403)" in got.sentence


@pytest.mark.parametrize("scheme", ["socks", "socks5", "socks5h"])
async def test_a_socks_proxy_works_where_its_package_is_installed(
    monkeypatch: pytest.MonkeyPatch, scheme: str
):
    pytest.importorskip("socksio")
    asked: list[bytes] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection after RFC 1928: no login, CONNECT by name, to our own server."""
        methods = await reader.readexactly(2)
        await reader.readexactly(methods[1])
        writer.write(b"\x05\x00")
        head = await reader.readexactly(5)
        asked.append(await reader.readexactly(head[4]))
        await reader.readexactly(2)
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        parts = urlsplit(server.url)
        near, far = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_pump(reader, far), _pump(near, writer))

    async with serve_answers(GOOD) as server:
        proxy = await asyncio.start_server(relay, "127.0.0.1", 0)
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        _, response = await collect(client_for("http://api.example.test"))
        proxy.close()
    assert response.stop_reason == "end_turn"
    assert asked == [b"api.example.test"], "the proxy looks up the name"


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()
