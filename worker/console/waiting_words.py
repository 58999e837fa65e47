"""The texts of the screen of what waits."""

from worker.i18n.words import Words

#: By the names that the templates use.
WAITING_WORDS = {
    "waiting": Words("To look at"),
    "nothing": Words("Nothing waits for you."),
    "intro": Words("You say what stands in the ERP; daybreak concludes. Oldest first."),
    "all_list": Words("All that waits"),
    "questions": Words("Questions about everything"),
    "is_answered": Words("It is answered; a cycle follows the answer."),
    "answered": Words("It is answered; the next cycle follows the answer."),
    "rows": Words("Payments"),
    "state": Words("State"),
    "payment": Words("Payment"),
    "paid_at": Words("Time of payment"),
    "payer": Words("Payer"),
    "amount": Words("Amount"),
    "approval_no": Words("Approval number"),
    "acquirer": Words("Card company"),
    "kind": Words("Kind"),
    "slip": Words("Slip"),
    "key": Words("Key"),
    "why": Words("Why it waits"),
    "waits": Words("Waits"),
    "stays": Words("Stays on the ERP's list"),
    # --- decisions that can be taken back
    "undoable": Words("Decisions that can still be taken back"),
    "undo": Words("Take the decision back"),
    "undo_answer": Words("Take the answer back"),
    "undo_why": Words("It waits for you again then, and nothing is posted."),
    "decided_by": Words("Decided"),
    # --- one row
    "decided": Words("This row does not wait any more."),
    "say": Words("What do you see in the ERP?"),
    "compare": Words("Is it the same payment?"),
    "side_by_side": Words("Side by side with the row before"),
    "this_row": Words("This row"),
    "old_row": Words("The row before"),
    "differs": Words("differs"),
    "other_half": Words("The other half"),
    "approved": Words("Approved"),
    "back": Words("Taken back so far"),
    "this_back": Words("This cancellation"),
    "left": Words("Left after it"),
    "moves": Words("What has happened"),
    "evidence": Words("Evidence"),
    "evidence_why": Words("What was planned, sent and shown when it was posted."),
    "look_at": Words("Where to look in the ERP"),
    "screen": Words("Screen"),
    "search": Words("Search word, to copy"),
    "note": Words("Remark (as you like)"),
    # --- what she says
    "count": Words("How many are there?"),
    "count_button": Words("Conclude from the count"),
    "count_effect": Words("Nothing is decided yet: daybreak says what follows, and asks you."),
    "by_hand": Words("I entered it by hand, or I see its slip"),
    "by_hand_slip": Words("Slip number"),
    "by_hand_button": Words("It stands there under this slip"),
    "by_hand_effect": Words("It is never posted again."),
    "not_posted_button": Words("It does not stand there: post it"),
    "not_posted_effect": Words("Its deposit goes out, at the earliest in 10 minutes."),
    "again_button": Words("The ERP is mended: post it again"),
    "partial_button": Words("Post this partial cancellation"),
    "partial_effect": Words("A deposit below zero goes out, at the earliest in 10 minutes."),
    "never_button": Words("It needs no deposit"),
    "never_effect": Words("It is never posted."),
    "same_button": Words("It is the same payment"),
    "same_effect": Words("There is one deposit for both."),
    "other_button": Words("It is another payment"),
    "other_effect": Words("It gets a deposit of its own, at the earliest in 10 minutes."),
    "odd_button": Words("It is dealt with"),
    "odd_effect": Words("Such a row is never posted by daybreak."),
    # --- the confirmation
    "confirm": Words("Please confirm"),
    "you_said": Words("You say"),
    "follows": Words("What follows"),
    "all_rows": Words("What becomes of the rows"),
    "before": Words("Before"),
    "after": Words("After"),
    "cancel": Words("No, go back"),
    "confirm_never": Words("No: it needs no deposit"),
    # --- the questions about everything
    "is_other": Words("another payment (gets a deposit of its own)"),
    "list_each": Words("Answer as chosen"),
    "list_each_effect": Words("Each row becomes what you have chosen for it."),
    "list_all": Words("All are the known payments"),
    "list_all_effect": Words("No new deposit goes out for them."),
    "list_right": Words("The list is right, and nothing is hidden"),
    "list_right_effect": Words("The next cycle goes on with this list."),
    "screens_seen": Words("I have looked: the screens are right"),
    "screens_seen_effect": Words("The next cycle reads the screens as they are now."),
    "settings_mended": Words("It is mended"),
    "settings_mended_effect": Words("The next cycle sends what waits."),
    "settings_rows": Words("The settings are right: ask me row by row"),
    "settings_rows_effect": Words("Each row that the ERP refuses then waits here by itself."),
    "answer_button": Words("Yes, that is my answer"),
}

#: The names of the questions about everything.
QUESTIONS = {
    "settings": Words("The ERP refuses every deposit for one reason"),
    "screens": Words("The ERP's screens have changed"),
    "list": Words("The whole list is not believed"),
}

STATES = {
    "held": Words("held"),
    "in_doubt": Words("in doubt"),
    "rejected": Words("rejected"),
    "odd": Words("no rule covers it"),
}

WON = Words("{won} won")

#: How long, and until when.
MINUTES, HOURS, DAYS = Words("{count} min"), Words("{count} h"), Words("{count} days")
DAYS_LEFT, GONE, UNKNOWN = Words("about {count} days"), Words("probably gone"), Words("not known")

#: Reasons in the office's words, where the ledger's name keys.
IN_DOUBT = Words("The save was asked for, and no clear answer of the ERP was seen. Please count in the ERP.")
EDITED = Words("It looks like a payment that is known: {how}")
PARTIAL = Words("A partial cancellation: approved {total} won, taken back so far {back} won, left after it {left} won")

#: The question to count, with what is to be looked for.
COUNT = Words("{screen} {day}, {payer}, {won} won: how many are there?")
NOT_LISTED = Words("The row before is not on the ERP's list of what is open, as read at {at}.")
STILL_LISTED = Words("The row before stands on the ERP's list of what is open, as read at {at}.")

#: What a confirmation says, and its button.
POSTS = Words(
    "A deposit of {won} won for {payer} goes out, at {at} at the earliest. Until then you can take this back."
)
IS_POSTED = Words("It counts as posted: nothing goes out for {payer}, {won} won.")
IS_NEVER = Words("It needs no deposit: nothing goes out for {payer}, {won} won.")
IS_SETTLED = Words("The row is dealt with. Nothing goes out for it.")
POSTS_BUTTON = Words("Post {won} won for {payer}")
IS_POSTED_BUTTON = Words("{payer}, {won} won: it is posted")
IS_NEVER_BUTTON = Words("{payer}, {won} won: no deposit")
IS_SETTLED_BUTTON = Words("The row is dealt with")

#: What an answer about the whole list lets out, and from when on it is followed.
GOES_OUT = Words(
    "At most {count} new deposits go out, {won} won in all, at {at} at the earliest. Until then you can take this back."
)
NOT_BEFORE = Words("Posting goes on at {at} at the earliest. Until then you can take this back.")
FOLLOWED = Words("Answered. A cycle follows the answer from {at} on; until then it can be taken back.")

#: What came of the last decision, above the list.
DONE_POSTS = Words("{payer}, {won} won: it is posted from {at} on. Until then you can take that back below.")
DONE = Words("{payer}, {won} won: {state}")
DONE_UNDONE = Words("{payer}, {won} won: the decision is taken back, and it waits for you again.")
DONE_ODD = Words("The row is dealt with.")
FROM = Words("from {at} on")
NEXT_CYCLE = Words("in the next cycle")
TAKES_EFFECT = Words("Is posted: {when}")
NO_DEPOSIT = Words("needs no deposit")

#: The ERP's screens, as an ecount names them.
DEPOSIT_LIST, PAYMENT_LIST = "입금보고서조회", "결제내역조회"
ANY_DEPOSIT_LIST, ANY_PAYMENT_LIST = Words("The list of deposits"), Words("The list of payments")
