"""How a batch goes into the upload's grid, and what the grid's answer says."""

from collections.abc import Sequence
from typing import Any

from worker.erp import Answer
from worker.erp.ecount.markers import Markers
from worker.erp.ecount.table import compact
from worker.errors import ErpChanged, PasteLost
from worker.i18n import message
from worker.payments.payment import SPLITS, Deposit


def columns_of(heads: Sequence[str], markers: Markers, rows: Sequence[Sequence[str]]) -> list[int]:
    """Return which of a deposit's cells go into the grid's columns, left to right.

    A column that the template lacks is left out where no row has anything for it. Raises ErpChanged for columns that
    are others, or in another order.
    """
    labels = [compact(label) for label in markers.upload_labels]
    places = [labels.index(head) for head in heads if head in labels]
    missing = set(range(len(labels))) - set(places)
    is_short = not any(cells[k].strip() for cells in rows for k in missing)
    if len(places) != len(heads) or places != sorted(set(places)) or not is_short:
        raise ErpChanged(
            message(
                "opening the bulk upload: the columns are {there}, expected {wanted}. "
                "The template of the upload has changed; nothing was pasted",
                there=", ".join(heads), wanted=", ".join(labels),
            )
        )  # fmt: skip
    return places


def sheet_marks(markers: Markers) -> dict[str, Any]:
    """Return what the scripts are told that look at the upload's popup, its grid and the answer."""
    return {
        "popup": markers.popup,
        "popupTitle": markers.popup_title,
        "popupWords": markers.popup_words,
        "dialog": markers.dialog,
        "dialogTitle": markers.dialog_title,
        "dialogClose": markers.dialog_close,
        "closers": [markers.close, markers.confirm],
        "clone": markers.clone,
        "labels": list(markers.upload_labels),
        "result": markers.text("result"),
    }


def written(text: str) -> str:
    """Return a cell's text as it compares: a grid may group the digits of an amount."""
    return text.replace("\N{NO-BREAK SPACE}", " ").strip().replace(",", "")


def order_of(deposits: Sequence[Deposit], labels: Sequence[str]) -> list[int]:
    """Return the order to paste in: as given, but no row first that holds a column's title.

    A grid takes a first line of titles for their names, and refuses one that holds a title among others. Raises
    PasteLost where every row holds one.
    """
    titles = {compact(label) for label in labels}
    order = sorted(range(len(deposits)), key=lambda k: any(compact(cell) in titles for cell in deposits[k].cells()))
    if any(compact(cell) in titles for cell in deposits[order[0]].cells()):
        raise PasteLost(
            message(
                "pasting {count} rows: each holds the title of a column ({key} is one), and the grid would take the "
                "first for titles. Post them by hand",
                count=len(deposits), key=deposits[0].key,
            )
        )  # fmt: skip
    return order


def refuse_what_splits(deposits: Sequence[Deposit]) -> None:
    """Raise PasteLost for a text at which the grid would split the paste into lines."""
    for deposit in deposits:
        if SPLITS.search("\t".join(deposit.cells())):
            raise PasteLost(
                message(
                    "pasting deposit {key}: its text holds 'ecount', where the grid splits a paste. Post it by hand",
                    key=deposit.key,
                )
            )  # fmt: skip


def answer_of(success: str, failure: str, text: str, rows: list[list[str]]) -> Answer:
    """Read the counts and, where the dialog lists refused rows, their numbers (from 1) and reasons."""
    reasons = {}
    for number, *words in rows:
        digits = "".join(one for one in number if one.isdigit())
        if digits:
            reasons[int(digits) - 1] = " ".join(words)
    return Answer(
        success=int(success.replace(",", "")),
        failure=int(failure.replace(",", "")),
        reasons=reasons,
        text=" ".join(text.split()),
    )
