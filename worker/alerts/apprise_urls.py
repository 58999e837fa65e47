"""Sends by every channel that Apprise knows, one URL each. Apprise is an extra: loaded only here, only when used."""

import hashlib
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from worker.alerts.smtp import WHOLE, NotDelivered, within
from worker.config.channels import INSTALL
from worker.errors import SettingsError
from worker.i18n import joined, message, said_by
from worker.runtime import environ
from worker.runtime.upstream import Proxy
from worker.runtime.web_relay import WebRelay

#: What a library that asks by the web reads its proxies from; no other writing of these names counts before this one.
_HTTP, _HTTPS, _NONE = "http_proxy", "https_proxy", "no_proxy"

#: This machine, as `no_proxy` names it; not every library knows a whole network there.
_HERE = "localhost,127.0.0.1,127.0.0.0/8,::1"


def name_of(url: str) -> str:
    """Return the name of a URL for logs and messages: the URL itself holds tokens."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:12]


def send(
    urls: Sequence[str], *, subject: str, text: str, done: Collection[str] = (), proxy: Proxy | None = None
) -> tuple[list[str], str]:
    """Send to every URL but those in `done`; return the names of all that have it now, and what went wrong, or "".

    What goes by the web goes through `proxy`. Raises SettingsError when Apprise is not
    installed. A URL is told by its line, never shown.
    """
    try:
        import apprise
    except ImportError:
        raise SettingsError(
            message("sending by APPRISE_URLS_FILE: Apprise is not installed: {command}", command=INSTALL)
        ) from None
    # Its own log names URLs, and with them their tokens.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    have, problems = list(done), []
    for number, url in enumerate(urls, 1):
        if name_of(url) in have:
            continue
        try:
            with _through(proxy):
                _send_one(apprise, url, subject, text)
        except (OSError, NotDelivered) as error:
            problems.append(
                message("URL {number} of APPRISE_URLS_FILE: {error}", number=str(number), error=said_by(error))
            )
        else:
            have.append(name_of(url))
    return have, joined(problems, "; ")


@contextmanager
def _through(proxy: Proxy | None) -> Iterator[None]:
    """Have everything that asks by the web in the block go through the proxy. Raises NotDelivered with its refusal."""
    if proxy is None:
        yield
        return
    with WebRelay(proxy) as relay, environ.having(**{_HTTP: relay.url, _HTTPS: relay.url, _NONE: _HERE}):
        try:
            yield
        except (OSError, NotDelivered) as error:
            raise NotDelivered(relay.problem or said_by(error)) from error


def _send_one(apprise: object, url: str, subject: str, text: str) -> None:
    target = apprise.Apprise()  # type: ignore[attr-defined]
    if not target.add(url):
        raise NotDelivered(message("it is no URL that Apprise knows"))
    with within(WHOLE):
        # It returns an object that is true when all is well.
        if not bool(target.notify(title=subject, body=text)):
            raise NotDelivered(message("the service did not take it"))
