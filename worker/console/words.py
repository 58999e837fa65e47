"""The texts of the page."""

from worker.i18n.language import Language
from worker.i18n.words import Words

#: By the names that the templates use.
WORDS = {
    "product": Words("daybreak: card payments"),
    "skip": Words("Skip to the content"),
    "signed_in": Words("Signed in as"),
    "sign_out": Words("Sign out"),
    "today": Words("Today"),
    "to_look_at": Words("To look at"),
    "people": Words("Users"),
    "setup": Words("Going live"),
    "menu": Words("Screens"),
    # --- signing in
    "sign_in": Words("Sign in"),
    "name": Words("Name"),
    "password": Words("Password"),
    "again": Words("Password once more"),
    "no_account": Words(
        "No name yet, or the password forgotten? The keeper of the machine makes a link for you, on the screen Users, "
        "or by: daybreak page"
    ),
    "welcome": Words("Welcome"),
    "welcome_keeper": Words(
        "You are the first here, so you become the keeper: you may do everything. Choose a name and a password."
    ),
    "welcome_known": Words("Choose a new password. The old one works until then; nothing else changes."),
    "welcome_office": Words(
        "Choose a name and a password. You may look, decide about payments and days, start a run and pause."
    ),
    "password_rule": Words("8 characters or more, such as four words"),
    "name_rule": Words("It stands in each of your decisions."),
    "enter": Words("Begin"),
    # --- today
    "now": Words("Now"),
    "last_cycle": Words("Last cycle"),
    "next_cycle": Words("Next cycle"),
    "deposits_today": Words("Posted today"),
    "approvals": Words("Approvals"),
    "cancellations": Words("Cancellations"),
    "net": Words("Net"),
    "count": Words("Number"),
    "won": Words("Won"),
    "by_card": Words("By card company"),
    "card": Words("Card company"),
    "no_card": Words("not named"),
    "oldest": Words("Longest not posted"),
    "no_oldest": Words("Everything that was read is posted"),
    "late_why": Words("More than 4 hours of business have passed."),
    "compared": Words("Compared with what was posted by hand"),
    "compared_why": Words("Nothing is saved: a person posts, daybreak compares (MODE = shadow)."),
    "slots_today": Words("Cycles of today"),
    "alarms": Words("Open alarms"),
    "no_alarms": Words("None"),
    "waits": Words("Waits for a person"),
    "nothing_waits": Words("Nothing"),
    "attention": Words("Worth knowing"),
    "stale": Words("This screen is old"),
    "stale_why": Words("The page gets no news from the machine. What is shown here may not be true any more."),
    "no_script": Words("Without JavaScript this screen is loaded anew every 15 seconds."),
    "seconds_ago": Words("updated {} s ago"),
    "minutes_ago": Words("updated {} min ago"),
    "do": Words("Do something"),
    "run_now": Words("Process now"),
    "run_now_why": Words("Reads the payments and posts what is new, without waiting for the next cycle."),
    "pause": Words("Pause"),
    "pause_why": Words("A batch under way is finished first. It starts again by itself."),
    "pause_for": Words("For how long"),
    "pause_hour": Words("1 hour"),
    "pause_today": Words("until the end of today"),
    "pause_until": Words("until"),
    "pause_time": Words("Time"),
    "resume": Words("Resume"),
    "resume_why": Words("The worker starts at once."),
    "order": Words("Last order"),
    # --- users
    "role": Words("Role"),
    "since": Words("Password set"),
    "people_why": Words("To make a user the keeper of the machine, on the machine: daybreak user"),
    "next_password": Words("Link for a new password"),
    "next_password_link": Words("The link for {}, good once and for 10 minutes"),
    "next_password_next": Words(
        "Copy it and open it on that person's browser: there a new password is chosen. The old one works until then."
    ),
    "remove_user": Words("Remove"),
    "remove_user_ask": Words("Remove {}?"),
    "remove_user_why": Words(
        "This person can't sign in any more and is signed out at once. What this person has decided stays as it is."
    ),
    "keep_user": Words("Cancel"),
    "you": Words("you"),
    "invite": Words("Add a user"),
    "invite_why": Words("Who opens the link first chooses a name and a password, and works as a user of the office."),
    "invite_do": Words("Make a link"),
    "invite_link": Words("The link, good once and for 10 minutes"),
    "invite_next": Words("Copy it and open it on the other person's browser. A new link ends the one before."),
    "back": Words("Back to Today"),
    "sorry": Words("That did not work"),
}

ROLES = {"office": Words("office"), "keeper": Words("keeper")}

#: The zones that have a name of their own.
ZONES = {"Asia/Seoul": Words("Korea time")}

#: What the times of every screen are in.
TIMES = Words("Times: {zone}")

#: Where there is no verdict: nothing was said yet, or too long ago.
UNKNOWN, STALE = Words("Unknown"), Words("This screen is old")
NO_NEWS_YET = Words("The worker has said nothing yet. It does so within a minute of its start: circusctl status")

#: What waits for a person, by its kind.
WAITS = {
    "held": Words("{count} held: you decide about each"),
    "in_doubt": Words("{count} in doubt: whether the ERP has stored them is not certain"),
    "rejected": Words("{count} refused by the ERP"),
    "odd": Words("{count} rows that no rule covers"),
}
NOT_YET = Words("none yet")
CYCLE = Words("{outcome}, began at {at}")
MINUTES = Words("in {minutes} min")
HOURS = Words("in {hours} h {minutes} min")

#: How long a payment waits, in hours of business alone.
OPEN_HOURS = Words("{hours} h {minutes} min of business")
OPEN_MINUTES = Words("{minutes} min of business")

#: What was ordered on the page.
ORDERS = {
    "run": Words("Process now"),
    "pause": Words("Pause"),
    "resume": Words("Resume"),
    "restart": Words("Restart"),
    "channel": Words("Test message"),
    "backup": Words("Backup"),
    "rehearse": Words("Rehearsal of a restore"),
}
ORDERED = Words("{what}, by {who} at {at}: {outcome}")
UNDER_WAY = Words("under way")

#: Who has acknowledged an alarm.
SEEN = Words("acknowledged by {who}, {at}")


#: What is saved where, for who reads Today: nothing is said where it is the real ERP.
MODES = {
    "demo": Words("A demo: nothing is saved in a real ERP"),
    "test": Words("A trial: nothing is saved in the ERP"),
    "shadow": Words("Compared with what is posted by hand: nothing is saved in the ERP"),
}


def zone_of(name: str, language: Language) -> str:
    """Return a time zone as people say it, else its name."""
    return ZONES[name](language) if name in ZONES else name
