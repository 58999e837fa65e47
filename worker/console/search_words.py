"""The texts of the screens 결제 찾기 and of one payment."""

from worker.i18n.words import Words
from worker.ledger.standing import Standing

#: The answer in one word.
STANDINGS = {
    Standing.POSTED: Words("Posted to the ERP"),
    Standing.WAITS: Words("Waits for the next cycle"),
    Standing.UNDER_WAY: Words("Being posted"),
    Standing.HELD: Words("Held"),
    Standing.IN_DOUBT: Words("In doubt"),
    Standing.REJECTED: Words("Refused by the ERP"),
    Standing.NOT_NEEDED: Words("Not needed"),
    Standing.BEFORE: Words("Posted before daybreak"),
}

#: How each looks: the classes of style.css.
TONES = {
    Standing.POSTED: "good",
    Standing.WAITS: "off",
    Standing.UNDER_WAY: "off",
    Standing.HELD: "look",
    Standing.IN_DOUBT: "bad",
    Standing.REJECTED: "bad",
    Standing.NOT_NEEDED: "off",
    Standing.BEFORE: "good",
}

FOUND = Words("{count} payments")
FOUND_MORE = Words("more than {count} payments")
PAGE_OF = Words("Page {number} of {count}")

#: What became of a batch, beside the states of its payments.
OUTCOMES = {"not sent": Words("not sent"), "recovered": Words("the worker ended meanwhile")}

WORDS = {
    "find": Words("Find a payment"),
    "find_what": Words("Payer, amount, approval number, day, key or slip"),
    "find_like": Words("Such as: a part of a name, 12,500, 2026-11-30, 11/30"),
    "find_do": Words("Find"),
    "state": Words("State"),
    "any": Words("all"),
    "from_day": Words("From (day of payment)"),
    "to_day": Words("To (day of payment)"),
    "card": Words("Card company"),
    "to_excel": Words("To Excel"),
    "found_none": Words("No payment was found."),
    "found_none_why": Words("Try a part of the name, or the amount alone. The list is renewed with each cycle."),
    "earlier_page": Words("Newer"),
    "later_page": Words("Older"),
    "pages": Words("Pages of the list"),
    "clear": Words("Clear"),
    "paid_at": Words("Payment time"),
    "payer": Words("Payer"),
    "kind": Words("Kind"),
    "approval_no": Words("Approval number"),
    "slip": Words("Slip"),
    "odd_rows": Words("Rows that no rule covers"),
    # --- one payment
    "payment": Words("Payment"),
    "key": Words("Key"),
    "requester": Words("Requester"),
    "seen_at": Words("First listed at"),
    "posted_at": Words("Posted at"),
    "decided_by_hand": Words("A person has decided this. It can still be taken back."),
    "timeline": Words("What has happened"),
    "batches": Words("Batch"),
    "cycle": Words("Cycle"),
    "sent_at": Words("Sent at"),
    "batch_rows": Words("Deposits in it"),
    "outcome": Words("Outcome"),
    "evidence": Words("Evidence"),
    "no_evidence": Words("No evidence of this payment is kept."),
    "other_half": Words("The approval that it takes back"),
    "renamed": Words("listed in another form"),
    "back_to_list": Words("Back to the list"),
}

#: Of a row that no rule covers and that nobody has settled; a link leads to it.
WAITS_FOR_YOU = Words("it waits for you")
