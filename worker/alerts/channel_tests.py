"""Which ways to people were proved by a message that got through, and are set now as they were then."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from worker.config import ini
from worker.config.channels import Audience, Channel, Channels
from worker.i18n import message
from worker.runtime.files import read_json, write_private

if TYPE_CHECKING:
    from worker.config.settings import Settings


def path_in(data: Path) -> Path:
    """Return the file that holds them."""
    return data / "alert_tested.json"


def note(data: Path, found: Channels, channel: Channel, *, at: datetime) -> None:
    """Remember that a message got through. Raises OSError when the disk takes none."""
    known = {**_read(data), str(channel): {"at": at.isoformat(timespec="seconds"), "set": found.as_set(channel)}}
    write_private(path_in(data), json.dumps(known, indent=1))


def is_tested(data: Path, found: Channels, channel: Channel) -> bool:
    """True when a message got through this channel as it is set now."""
    return _read(data).get(channel, {}).get("set") == found.as_set(channel)


def why_untested(data: Path, found: Channels) -> str:
    """Say whom no message that got through would reach, as the channels are set now, or return an empty text."""
    untested = [
        audience
        for audience in (Audience.OFFICE, Audience.KEEPER)
        if not any(is_tested(data, found, one) for one in found.ways_to(audience))
    ]
    if not untested:
        return ""
    if not found.names:
        return message("nobody is told of problems. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE")
    if any(one in _read(data) for one in found.ways_to(untested[0])):
        return message("the way to tell people was changed since its last test")
    if untested == [Audience.KEEPER]:
        return message("no test message has shown that MAIL_TO_KEEPER can be told of problems")
    return message("no test message has shown that people can be told of problems")


def why_not_production(settings: "Settings") -> str:
    """Say why no real money may be posted: no tested channel tells people of trouble. Else return an empty text."""
    if settings.demo or not settings.posting.posts:
        return ""
    what = why_untested(settings.data_dir, settings.channels)
    if not what:
        return ""
    return message(
        "MODE='production': {what}. Then prove it: daybreak alert-test, and circusctl start worker", what=what
    )


def demand(settings: "Settings") -> None:
    """Raise SettingsError for production without a tested way to people."""
    if why := why_not_production(settings):
        raise ini.wrong([why])


def _read(data: Path) -> dict[str, dict[str, str]]:
    return read_json(path_in(data), lambda stored: {name: dict(one) for name, one in stored.items()}, {})
