"""A listener on the loopback for this user's programs alone, each connection served by a thread and cut at the end."""

import logging
import socket
import threading
from abc import ABC, abstractmethod
from typing import Self

from worker.runtime import peer
from worker.runtime.upstream import cut

log = logging.getLogger(__name__)


class OwnListener(ABC):
    """Serves connections until it is closed; use it as a context manager."""

    def __init__(self, name: str) -> None:
        """`name` is that of its threads, and how it is told of."""
        self._name = name
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._is_open = True
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where it listens, as host:port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def shut(self) -> None:
        """Cut every connection and serve no new one: when this returns, nothing passes any more."""
        with self._lock:
            self._is_open = False
            for one in self._sockets:
                cut(one)

    def open(self) -> None:
        """Serve connections again."""
        with self._lock:
            self._is_open = True

    def close(self) -> None:
        """End for good."""
        self.shut()
        cut(self._listener)
        self._listener.close()

    @abstractmethod
    def _serve(self, client: socket.socket) -> None:
        """Serve one connection to its end; it is closed afterwards. An OSError ends it in silence."""

    def _keep(self, one: socket.socket) -> bool:
        """Know a connection from now on, so that it can be cut; False when it came too late."""
        with self._lock:
            if self._is_open:
                self._sockets.add(one)
            return self._is_open

    def _drop(self, one: socket.socket) -> None:
        """Close a connection, and know it no more."""
        with self._lock:
            self._sockets.discard(one)
        one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._admit_client, args=(client,), name=self._name, daemon=True).start()

    def _admit_client(self, client: socket.socket) -> None:
        try:
            if not self._keep(client):
                return
            if not peer.is_ours(client):
                log.warning("a connection of another user's to the %s was cut", self._name)
                return
            self._serve(client)
        except OSError:
            return  # one side has gone, or it was shut
        finally:
            self._drop(client)
