"""What the ERP's pages asked which host for and did not get: what they may need, and what they can lack."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from worker.runtime.site import DEFAULT_PORTS
from worker.runtime.upstream import named

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

#: What a page does not work without (Playwright's resource types). Fonts, pictures, films and pings it can lack.
NEEDED = frozenset({"document", "stylesheet", "script", "xhr", "fetch", "websocket", "eventsource"})


class AskedHosts:
    """Remembers each host from which something did not come, and what it was."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}

    def watch(self, page: "Page") -> None:
        """Take note of what a page and its frames do not get, as long as it lives."""
        page.on("requestfailed", self._note)

    def by_pages(self, refused: Collection[str]) -> Collection[str]:
        """Return those among `refused` that a page asked for; the browser asks for some of its own accord."""
        return [host for host in refused if host in self._kinds]

    def needed(self, refused: Collection[str]) -> Mapping[str, Collection[str]]:
        """Return {host: what it was asked for} of those among `refused` that a page may not work without."""
        kinds = {host: sorted(self._kinds.get(host, set()) & NEEDED) for host in refused}
        return {host: found for host, found in kinds.items() if found}

    def _note(self, request: "Request") -> None:
        parts = urlsplit(request.url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 443)
        self._kinds.setdefault(named(parts.hostname or "", port), set()).add(request.resource_type)
