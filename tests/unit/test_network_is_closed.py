"""Unit tests cannot reach a network (tests/conftest.py)."""

import socket

import pytest


def test_a_unit_test_cannot_connect_to_the_network():
    with socket.socket() as client, pytest.raises(AssertionError, match="may not connect to"):
        client.connect(("127.0.0.1", 9))


def test_a_unit_test_can_connect_to_a_path_on_this_host(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path
