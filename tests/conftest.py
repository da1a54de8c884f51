"""No test reaches the network: a plug-in that opens a connection fails here."""

import ipaddress
import socket

import pytest
from hypothesis import settings

# The same examples every time: a quick test that fails for one person fails for all.
settings.register_profile("memenv", derandomize=True, deadline=None)
settings.load_profile("memenv")


def _is_here(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def guarded(name, host_of):
        real = getattr(socket.socket, name)

        def call(self, *arguments):
            host = host_of(arguments)
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(host):
                raise PermissionError(f"a test may not reach {host!r}: script the reply instead")
            return real(self, *arguments)

        monkeypatch.setattr(socket.socket, name, call)

    for name in ("connect", "connect_ex"):
        guarded(name, lambda arguments: arguments[0][0])
    guarded("sendto", lambda arguments: arguments[-1][0])
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **named):
        if not _is_here(host):
            raise PermissionError(f"a test may not look up {host!r}: script the reply instead")
        return look_up(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    """No test knows the keys and places of whoever runs it."""
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve():
    """Starts model servers on this machine, which end with the test."""
    from memenv.loopback import serve_model

    servers = []

    def start(behaviour="demo", **options):
        servers.append(serve_model(behaviour, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
