"""An address of a server as people type it."""

import asyncio

import pytest

from tui.claude.server_address import AddressRefused, connection_problem, read_server_address

TYPED = [
    ("https://gateway.example", "https://gateway.example"),
    (" https://gateway.example/anthropic/ ", "https://gateway.example/anthropic"),
    ("localhost:8080", "http://localhost:8080"),
    ("'http://[::1]:4000'", "http://[::1]:4000"),
]
REFUSED = ["", "  ", "ftp://host", "http://", "http://a b", "host:99999", "http://h?x=1", "host:0"]


@pytest.mark.parametrize(("typed", "address"), TYPED)
def test_an_address_is_understood(typed: str, address: str):
    assert read_server_address(typed) == address


@pytest.mark.parametrize("typed", REFUSED)
def test_what_can_be_no_address_is_refused_in_a_sentence(typed: str):
    with pytest.raises(AddressRefused) as refused:
        read_server_address(typed)
    assert str(refused.value).endswith(".")


async def test_it_is_said_whether_somebody_answers():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await connection_problem(f"http://127.0.0.1:{port}") == ""
    server.close()
    await server.wait_closed()
    assert f"Nobody answers at 127.0.0.1, port {port}." in await connection_problem(
        f"http://127.0.0.1:{port}"
    )
