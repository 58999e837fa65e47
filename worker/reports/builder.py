"""Makes reports: reads the ledger at one moment, writes pages in one step each, writes mails exactly once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from worker.alerts import notifications
from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.reports import figures, pages, scheduler, summary
from worker.reports.due import Due, ReportKind, week_name
from worker.reports.figures import midnight
from worker.reports.pages import Frame, Story
from worker.reports.records import Records
from worker.reports.summary import Mail
from worker.runtime.files import write_private
from worker.version import version

log = logging.getLogger(__name__)

#: Past days whose pages are made final after an absence.
CLOSES = 31

#: The longest time that one report may be about (days).
LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A report that was made."""

    path: Path
    mail: Mail


class Builder:
    """Makes reports from one open ledger into one data folder."""

    def __init__(
        self,
        settings: Settings,
        records: Records,
        *,
        language: Language | None = None,
        folder: Path | None = None,
    ) -> None:
        self._settings = settings
        self._records = records
        self._data = settings.data_dir
        self._zone = settings.zone
        self._folder = folder or settings.data_dir / "reports"
        self._frame = Frame(
            language=language or settings.report_language,
            zone=settings.zone,
            folder=self._folder,
            company=settings.erp.company,
            is_demo=settings.demo,
            posts=settings.posting.posts,
            version=version(),
            page=settings.channels.page,
            shadows=settings.posting.shadows,
        )

    # --- what is due -----------------------------------------------------------------------------------------------

    def run_due(self) -> list[str]:
        """Make every report that is due; return the keys of those that were written to be mailed."""
        self._close_days()
        done: list[str] = []
        seen: set[str] = set()
        while found := [
            one for one in scheduler.waiting(self._records, self._settings, self._now()) if one.key not in seen
        ]:
            seen.add(found[0].key)
            if self._mail(found[0]):
                done.append(found[0].key)
        return done

    def _mail(self, due: Due) -> bool:
        if due.only_if_eventful:
            found = figures.read(self._records, due.since, due.until, now=self._now(), zone=self._zone)
            if not found.is_eventful:
                self._records.set_note(scheduler.QUIET, due.key)
                return False
        printed = self._make(due)
        mail = printed.mail
        if due.kind is ReportKind.DAILY:
            scheduler.note_told(self._records, due)
        is_new = notifications.add_mail(
            self._records,
            key=due.key,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            at=self._now(),
            found=self._settings.channels,
        )
        log.info("report %s is written to be mailed, its page is %s", due.key, printed.path)
        return is_new

    def _make(self, due: Due) -> Printed:
        if due.kind is ReportKind.WEEKLY:
            return self.week(due.day)
        if due.kind is ReportKind.MONTHLY:
            return self.month(due.day)
        page = self.day(due.day).path
        story = self._story(due.since, due.until)
        return Printed(path=page, mail=summary.to_day(story, self._frame, due.day, page=page))

    def _close_days(self) -> None:
        """Make the pages of past days once more when those days are over and proved."""
        now = self._now()
        beginning = self._records.beginning()
        if beginning is None or not scheduler.is_to_be_closed(self._records, now):
            return
        yesterday = now.date() - timedelta(days=1)
        text = self._records.note(scheduler.CLOSED)
        first = date.fromisoformat(text) + timedelta(days=1) if text else yesterday
        first = max(first, yesterday - timedelta(days=CLOSES), beginning.astimezone(self._zone).date())
        for number in range((yesterday - first).days + 1):
            self.day(first + timedelta(days=number))
        self._records.set_note(scheduler.CLOSED, yesterday.isoformat())

    # --- one report ------------------------------------------------------------------------------------------------

    def day(self, day: date) -> Printed:
        """Make the page of a local day; today's or yesterday's is the latest one, too."""
        story = self._of_days([day])
        path = self._write(f"daily_{day:%Y%m%d}.html", pages.day_page(story, self._frame, day))
        if day >= self._now().date() - timedelta(days=1):
            self._write_latest(day, path)
        return Printed(path=path, mail=summary.of_day(story, self._frame, day, page=path))

    def week(self, day: date) -> Printed:
        """Make the page of the week that holds a day."""
        monday = day - timedelta(days=day.weekday())
        name = week_name(monday)
        story = self._of_days(pages.week_days(monday))
        path = self._write(f"weekly_{name}.html", pages.week_page(story, self._frame, name))
        return Printed(path=path, mail=summary.of_week(story, self._frame, name, page=path))

    def month(self, day: date) -> Printed:
        """Make the page of the month that holds a day."""
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        story = self._of_days([first + timedelta(days=number) for number in range((after - first).days)])
        path = self._write(f"monthly_{first:%Y%m}.html", pages.month_page(story, self._frame, first))
        return Printed(path=path, mail=summary.of_month(story, self._frame, first, page=path))

    def span(self, first: date, last: date) -> Printed:
        """Make the page of any local days, the last one included. Raises DaybreakError for impossible ones."""
        count = (last - first).days + 1
        if not 1 <= count <= LONGEST:
            raise DaybreakError(
                message(
                    "reporting {first} to {last}: write FROM..TO, of at most {days} days, in order",
                    first=str(first),
                    last=str(last),
                    days=str(LONGEST),
                )
            )
        story = self._of_days([first + timedelta(days=number) for number in range(count)])
        page = pages.span_page(story, self._frame, first, last)
        path = self._write(f"report_{first:%Y%m%d}_{last:%Y%m%d}.html", page)
        return Printed(path=path, mail=summary.of_span(story, self._frame, page=path))

    # --- inside ----------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._settings.now()

    def _of_days(self, days: Sequence[date]) -> Story:
        today = self._now().date()
        if days[0] > today:
            raise DaybreakError(
                message(
                    "reporting {day}: that day has not begun yet, today is {today}", day=str(days[0]), today=str(today)
                )
            )
        return self._story(midnight(days[0], self._zone), midnight(days[-1] + timedelta(days=1), self._zone), days)

    def _story(self, since: datetime, until: datetime, days: Sequence[date] = ()) -> Story:
        now = self._now()
        with self._records.one_moment():
            found = figures.read(self._records, since, until, now=now, zone=self._zone)
            each = (
                [(days[0], found)] if len(days) == 1 else figures.by_day(self._records, days, now=now, zone=self._zone)
            )
            rows = self._records.pending()
            payers = tuple(self._records.listed_payers())
        return Story(found=found, days=each, waiting=rows, payers=payers)

    def _write(self, name: str, page: str) -> Path:
        """Replace a page in one step; it names payers, so only we can read it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / name
        write_private(path, page)
        return path

    def _write_latest(self, day: date, path: Path) -> None:
        newest = max((one.name for one in self._folder.glob("daily_*.html")), default=path.name)
        if newest == path.name or day == self._now().date():
            write_private(self._folder / "latest.html", path.read_text(encoding="utf-8"))
