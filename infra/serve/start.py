"""Starts the server, says where it is, and stays until it is stopped."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass

from wavelode.datasets.storage import Layout
from wavelode.infra.serve.guard import LOOPBACK
from wavelode.infra.serve.library import Library
from wavelode.schemas.errors import MissingDependency, SettingsError


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen.

    Attributes:
        port: 0 takes one that is free.
        path: the page to open first.
    """

    host: str = "127.0.0.1"
    port: int = 0
    path: str = "/"

    @property
    def is_loopback(self) -> bool:
        return self.name in LOOPBACK

    @property
    def name(self) -> str:
        """As it stands in an address: IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


def serve(layout: Layout, address: Address) -> None:
    """Serves an output folder until it is interrupted; prints the one address that opens it.

    Raises:
        MissingDependency: without the `serve` extra.
        SettingsError: if the port can't be had.
        StorageError: if there are no clips.
    """
    try:
        import uvicorn

        from wavelode.infra.serve.app import Server, make_app
    except ImportError as error:
        raise MissingDependency(
            "serving needs Starlette, uvicorn and DuckDB: pip install 'wavelode[serve]'"
        ) from error
    token = secrets.token_urlsafe(24)
    with _socket(address) as listening:
        server = Server(Library(layout))
        try:
            app = make_app(server, token, LOOPBACK | {address.name.lower()})
            port = listening.getsockname()[1]
            print(f"Open http://{address.name}:{port}{address.path}?token={token}", flush=True)
            if not address.is_loopback:
                print("Anybody on the network who has this address can listen and mark.", flush=True)
            config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            server.close()


def _socket(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
        listening.listen(128)  # whoever opens the printed address at once waits instead of failing
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"--host {address.host} --port {address.port}: can't listen there ({error.strerror}); "
            "choose another port, or 0 for any"
        ) from error
    return listening
