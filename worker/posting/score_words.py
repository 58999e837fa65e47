"""A comparison with what a person posts by hand, in words."""

from worker.i18n import Message, message
from worker.i18n.words import Words
from worker.posting.comparison import Compared, Difference, Result, Score

RESULTS = {
    Result.SAME: Words("same"),
    Result.DIFFERENT: Words("different"),
    Result.MISSING_BY_US: Words("posted by hand alone"),
    Result.MISSING_BY_THEM: Words("not posted by hand"),
    Result.NETTED: Words("approved and cancelled, posted by neither"),
    Result.OPEN: Words("not compared yet"),
}

DIFFERENCES = {
    Difference.AMOUNT: Words("the amount"),
    Difference.DAY: Words("the day"),
    Difference.ACCOUNT: Words("the account"),
    Difference.PAYER: Words("the payer"),
    Difference.NOT_ENTERED: Words("reflected, but no slip is there"),
    Difference.NOT_REFLECTED: Words("entered, but not reflected"),
}


def headline(score: Score) -> Message:
    """Return the score in one sentence."""
    if not score.total:
        return message("nothing is compared yet, {open} deposits are open", open=score.open)
    if not score.later:
        return message("{equal} of {total} equal, none later than the person", equal=score.equal, total=score.total)
    return message(
        "{equal} of {total} equal, {later} later than the person",
        equal=score.equal,
        total=score.total,
        later=score.later,
    )


def standing(score: Score) -> Message:
    """Return the score as the state of things tells it while MODE = shadow is in force."""
    return message(
        "MODE is shadow: nothing is saved. Compared with what was posted by hand: {headline}", headline=headline(score)
    )


def details(score: Score) -> tuple[Message, ...]:
    """Return a sentence for each kind of difference that occurs, and for what else a reader has to know."""
    minutes, earlier = ((seconds + 59) // 60 for seconds in (score.most_later_s, score.most_earlier_s))
    found = (
        (score.different, message("different: {count}", count=score.different)),
        (score.missing_by_us, message("posted by hand alone: {count}", count=score.missing_by_us)),
        (score.missing_by_them, message("not posted by hand: {count}", count=score.missing_by_them)),
        (score.netted, message("approved and cancelled, posted by neither: {count}", count=score.netted)),
        (
            score.earlier,
            message(
                "{count} earlier than the person, by {minutes} minutes at most", count=score.earlier, minutes=earlier
            ),
        ),
        (score.later, message("later than the person by {minutes} minutes at most", minutes=minutes)),
        (score.open, message("not compared yet: {count}", count=score.open)),
    )
    return tuple(said for count, said in found if count)


def said(one: Compared) -> Message:
    """Return one finding in a sentence: what differs, with both sides."""
    own, slip = one.own, one.by_hand
    who = own or slip
    assert who is not None
    won = who.won if who.won is not None else 0
    fields = {"day": f"{who.day or who_day(one)}", "payer": who.payer, "won": won}
    match one.result:
        case Result.MISSING_BY_US if slip is not None:
            return message("{day} {payer} {won} won: slip {slip}, posted by hand alone", **fields, slip=slip.number)
        case Result.MISSING_BY_US:
            return message("{day} {payer} {won} won: reflected by hand alone", **fields)
        case Result.MISSING_BY_THEM:
            return message("{day} {payer} {won} won: not posted by hand", **fields)
        case Result.DIFFERENT if slip is not None and own is not None:
            by_hand = f"{slip.day or own.day} {slip.payer or own.payer}"
            return message(
                "{day} {payer} {won} won: slip {slip} says {by_hand}, {other} won",
                **fields,
                slip=slip.number,
                by_hand=by_hand,
                other=slip.won if slip.won is not None else own.won,
            )
        case Result.DIFFERENT:
            return message("{day} {payer} {won} won: reflected, but no slip is there", **fields)
    return message("{day} {payer} {won} won", **fields)


def who_day(one: Compared) -> str:
    """Return the day of a slip that shows none: the day of its entry."""
    return f"{one.at:%Y-%m-%d}"
