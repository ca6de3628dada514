"""Ports that code of any language states, and those that belong to another server."""

from __future__ import annotations

import pytest

from architect import sockets
from architect.code import Source
from architect.profile import Basis


def _anywhere(text: str, *, named: bool = True) -> int | None:
    found = sockets.anywhere(sockets.numbered([Source("a.x", text)]), named=named)
    return found.value if found else None


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ('bindHost = ":8101"', 8101),
        ('new HttpServer("http://+:8102")', 8102),
        ('App::start(app, "0.0.0.0", 8103);', 8103),
        ('builder.addHttpListener(8104, "0.0.0.0")', 8104),
        ("bindings = [ HttpBinding.create HTTP IPAddress.Any 8105us ]", 8105),
        (".UsePort(8106)", 8106),
        ("let addr = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8107));", 8107),
    ],
)
def test_an_address_of_every_interface_needs_no_known_framework(text: str, port: int) -> None:
    assert _anywhere(text, named=False) == port


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("int port = args.length > 0 ? Integer.parseInt(args[0]) : 8201;", 8201),
        ("settings.port = 8202", 8202),
        ("new HttpConfig(8203, null)", 8203),
        ('environment["SERVER_PORT"].map { Int($0) ?? 8204 }', 8204),
        ("'port' => (int) 8205,", 8205),
    ],
)
def test_a_number_called_a_port_counts_only_in_a_server(text: str, port: int) -> None:
    assert (_anywhere(text), _anywhere(text, named=False)) == (port, None)


@pytest.mark.parametrize(
    "text",
    [
        'println!("listening on :8301");',
        'client.connect("0.0.0.0", 8302)',
        "socket.listen(4096)",
        'redisAddr = ":8303"',
        "metrics_port = 8304",
        "let cors_origin_port = 8305",
        "impl Default for Metrics {\n    fn default() -> Self {\n        Self { enable: false,\n            port: 8306,\n",
        "admin-server-port = 8307",
        "port = 10000 + port;",
    ],
)
def test_what_prints_connects_limits_or_belongs_to_another_server_is_no_port(text: str) -> None:
    assert _anywhere(text) is None


def test_the_block_around_a_port_tells_whose_it_is() -> None:
    text = "impl Metrics {\n    fn default() -> Self {\n        port: 9001,\n    }\n}\n\n"
    text += "impl Settings {\n    fn new() {\n        port: 8888,\n    }\n}\n"
    found = sockets.anywhere(sockets.numbered([Source("a.rs", text)]), named=True)
    assert (found.value, found.basis, found.evidence[0].line) == (8888, Basis.CODE, 9)
