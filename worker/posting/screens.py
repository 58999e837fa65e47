"""What has changed on the ERP's screens since a good cycle, and which of it stops posting. Pure.

The words on a screen are what it means to people; ids, order and other columns are how it is built. Where the work goes
on by an id alone although the words have changed, or a title that money is read by stands there twice, what is read may
be something else: nothing is posted before a person has looked. Every other change is only told, once: the next good
cycle makes it the usual.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.erp.sight import Sight, Way
from worker.i18n import Message, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two looks at a screen."""

    what: Message
    #: True: nothing is posted before a person has looked at it.
    holds: bool = False


def changes(before: Mapping[str, Sight], now: Sequence[Sight]) -> list[Change]:
    """Return what differs from the screens of before; a screen that was never seen differs in nothing."""
    return [change for sight in now if sight.screen in before for change in _between(before[sight.screen], sight)]


def why_refused(now: Sequence[Sight]) -> list[Message]:
    """Return why payments can't be read or posted with the screens as they are now."""
    return [
        message("on the screen {screen}: {why}", screen=sight.screen, why=why)
        for sight in now
        if sight.is_needed
        for why in sight.refusals
    ]


def _between(before: Sight, now: Sight) -> Iterator[Change]:
    yield from _marks(before, now)
    yield from _columns(before, now)
    if not now.is_needed:
        for why in now.refusals:
            if str(why) not in before.refusals:
                yield Change(what=message("on the screen {screen}: {why}", screen=now.screen, why=why))


def _marks(before: Sight, now: Sight) -> Iterator[Change]:
    for name, way in now.marks.items():
        was = before.marks.get(name)
        words = now.money.get(name)
        if words and way is Way.ID and was is not Way.ID:
            what = message(
                "{screen}: {words} ({mark}) does not stand there any more; what has its id is called otherwise",
                screen=now.screen, words=words, mark=name,
            )  # fmt: skip
            yield Change(what=what, holds=True)
    others = {name: way for name, way in now.marks.items() if not (name in now.money and way is Way.ID)}
    yield from _found_otherwise(before, now, others)
    gone = [name for name in before.marks if name not in now.marks]
    if gone:
        yield Change(what=message("{screen}: not there any more: {marks}", screen=now.screen, marks=", ".join(gone)))


def _found_otherwise(before: Sight, now: Sight, marks: Mapping[str, Way]) -> Iterator[Change]:
    """Yield one change for all marks that are found in one new way."""
    by_way: dict[tuple[Way | None, Way], list[str]] = {}
    for name, way in marks.items():
        if (was := before.marks.get(name)) is not way:
            by_way.setdefault((was, way), []).append(name)
    for (was, way), names in by_way.items():
        marked = ", ".join(names)
        if was is None:
            yield Change(what=message("{screen}: there now: {marks}", screen=now.screen, marks=marked))
            continue
        yield Change(
            what=message(
                "{screen}: found {now}, before {before}: {marks}",
                screen=now.screen, now=_by(way), before=_by(was), marks=marked,
            )
        )  # fmt: skip


def _by(way: Way) -> Message:
    if way is Way.WORDS_AND_ID:
        return message("by its words and its id")
    return message("by its words alone") if way is Way.WORDS else message("by its id alone")


def _columns(before: Sight, now: Sight) -> Iterator[Change]:
    for name, title in now.money.items():
        if now.count(title) > 1 >= before.count(title):
            what = message(
                "{screen}: the title {title} ({mark}) stands over {count} columns",
                screen=now.screen, title=title, mark=name, count=now.count(title),
            )  # fmt: skip
            yield Change(what=what, holds=True)
    renamed = _renamed(before, now)
    for was, title in renamed.items():
        what = message("{screen}: the column {before} is titled {now}", screen=now.screen, before=was, now=title)
        yield Change(what=what)
    old = [title for _, title in before.columns]
    new = [title for _, title in now.columns]
    if gone := [title for title in old if title not in new and title not in renamed]:
        yield Change(what=message("{screen}: columns that are gone: {titles}", screen=now.screen, titles=_list(gone)))
    come = [title for title in new if title not in old and title not in renamed.values()]
    if come:
        yield Change(what=message("{screen}: columns that are new: {titles}", screen=now.screen, titles=_list(come)))
    common = [renamed.get(title, title) for title in old if renamed.get(title, title) in new]
    order = [title for title in new if title in common]
    if list(dict.fromkeys(common)) != list(dict.fromkeys(order)):
        what = message("{screen}: the columns stand in another order: {titles}", screen=now.screen, titles=_list(new))
        yield Change(what=what)


def _renamed(before: Sight, now: Sight) -> dict[str, str]:
    """Return {title before: title now} of columns that kept their id."""
    titles = {column: label for column, label in now.columns if column}
    return {
        label: titles[column]
        for column, label in before.columns
        if column in titles and titles[column] != label and not now.count(label) and not before.count(titles[column])
    }


def _list(titles: Sequence[str]) -> str:
    return ", ".join(titles)
