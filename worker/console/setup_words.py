"""The texts of the screen of going live."""

from worker.i18n.words import Words

#: By the names that the template uses.
SETUP_WORDS = {
    "intro": Words(
        "Eight steps to real deposits. Each is read off what is so on this machine: you can leave at any time, come "
        "back, or do a step again. Nothing is posted before step 7."
    ),
    "step_of": Words("{done} of 8 steps are done"),
    "all_done": Words("daybreak works on your ERP."),
    "by_at": Words("{by}, {at}"),
    "again": Words("Do it again"),
    "change": Words("Change"),
    "under_way": Words("Under way"),
    "last_step": Words("What came of the last step"),
    "wait": Words("This screen refreshes itself. You can close it: the step goes on."),
    # --- 1
    "stop_why": Words(
        "Stop the old script on every machine, and disable what starts it again: its tasks in the scheduler, its "
        "watchdog, its daily restart. Two programs that post would post twice."
    ),
    "stop_button": Words("It is switched off on every machine"),
    "stop_said": Words("Switched off, says {by} ({at})"),
    # --- 2
    "settings_why": Words(
        "What is stored is checked as a whole first; comments of local.ini stay. The password goes into a file of its "
        "own that only this user can read. What the demo left is put aside."
    ),
    "needed": Words("Your ERP"),
    "told": Words("Who is told of problems"),
    "told_why": Words("Production begins only after a test message has got through."),
    "also_told": Words("More about messages"),
    "more": Words("More settings"),
    "take_out": Words("{field}: take out what is stored"),
    "keep_secret": Words("empty: stays as it is"),
    "store": Words("Store and test"),
    "store_why": Words(
        "Stores, starts the worker with it, sends a test message, signs in once and looks at every screen. Nothing is "
        "entered."
    ),
    # --- 3, 4
    "connect_why": Words("Starts the worker with these settings, sends a test message and signs in once."),
    "connect_button": Words("Test sign-in and message"),
    "signed_in": Words("Signed in ({at})"),
    "not_signed_in": Words("The sign-in did not work ({at})"),
    "message_out": Words("A test message has got through"),
    "message_not": Words("No test message has got through with these settings"),
    "probe_why": Words("Walks every screen of the ERP, enters nothing and saves nothing."),
    "probe_button": Words("Look at the screens"),
    "probe_at": Words("Looked at {at}: {found} found, {missing} missing"),
    "look_ups": Words(
        'The list of deposits was found, too. Set "Look deposits up" to on in step 2, under more settings: what is in '
        "doubt is then looked up in the ERP by itself."
    ),
    "mark": Words("Mark"),
    "mark_value": Words("Is known by"),
    "mark_found": Words("Found"),
    "correct": Words("Correct {name}"),
    "correct_why": Words("Look on the picture for what your ERP calls it, and write it in the same form."),
    "store_mark": Words("Store and look again"),
    "learn_button": Words("Let the browser reach the hosts that the screens need"),
    "picture_of": Words("Picture: {screen}"),
    # --- 5
    "adopt_why": Words(
        "What was posted before daybreak? What was posted is never posted again; what was not is posted. The list is "
        "read first, nothing is saved, and you see what your answer means."
    ),
    "by_record": Words("The old script's record file"),
    "by_list": Words("A file with approval numbers, one a line"),
    "by_until": Words("Everything up to a time"),
    "by_nothing": Words("Nothing was ever posted"),
    "file": Words("File (JSON, CSV or text; at most 5 MB)"),
    "until": Words("Time, such as 2026-11-20 18:00"),
    "adopt_button": Words("Show what that means"),
    "you_say": Words("You say"),
    "matched": Words("Posted before: will not be posted"),
    "ambiguous": Words("Not certain: held for you to decide"),
    "left": Words("Not posted before: will be posted"),
    "unmatched": Words("Times of the record at which nothing is listed"),
    "total": Words("{count} payments, {won} won"),
    "and_more": Words("and {count} more"),
    "adopted_button": Words("That is right: begin with it"),
    "other_answer": Words("Another answer"),
    "adopted_said": Words("Said on {at}: {before} payments count as posted before"),
    # --- 6
    "test_why": Words("Signs in, reads, enters the batch, and stops before the save. Nothing leaves."),
    "test_button": Words("Run once without saving"),
    "would_go": Words("This would have been sent ({at})"),
    "asked": Words("The request that would have saved it"),
    "is_save": Words("Is this address the save request?"),
    "pattern": Words("It is remembered as"),
    "pattern_button": Words("Yes, this address saves"),
    "pattern_known": Words("The address of the save is confirmed: {pattern}"),
    # --- 7
    "compared": Words("Compared with what was posted by hand"),
    "compared_span": Words("From {since} to {last}"),
    "compared_now": Words("Posting this row ends the comparison: from then on daybreak posts, and nobody else."),
    "compared_no_slips": Words(
        "The list of deposits is not read: what was reflected counts as posted, and amount, day, account and payer are "
        "not compared."
    ),
    "not_equal": Words("What is not equal"),
    "row_why": Words(
        "Real money: the oldest payment that waits is posted, and nothing else. The worker is stopped before and "
        "stays stopped, so that nothing follows by itself."
    ),
    "before": Words("Before it is posted"),
    "after": Words("What became of it"),
    "row_button": Words("Post {payer}, {won} won for real"),
    "none_waits": Words("No payment of the last run waits. Run once without saving again."),
    "row_look": Words("Look at it in the ERP: payer, amount, account, and the key at the end of the remark."),
    "to_look_at": Words("Decide it under To look at"),
    # --- 8
    "production_why": Words("Starts the worker: it posts what waits, now and at every time of your hours."),
    "production_button": Words("Begin production"),
    "production_said": Words("The worker posts by itself."),
    "production_off": Words("Everything is done for it, but no worker runs at the moment. The screen Today says more."),
    # --- tables
    "paid_at": Words("Time of payment"),
    "payer": Words("Payer"),
    "amount": Words("Amount"),
    "approval_no": Words("Approval number"),
    "why": Words("Why"),
    "day": Words("Day"),
    "account": Words("Account"),
    "remark": Words("Remark"),
    "slip": Words("Slip"),
    "state": Words("State"),
    "key": Words("Key"),
    "raw": Words("As it was entered"),
}

TITLES = {
    "stop": Words("Stop the old script"),
    "settings": Words("Name your ERP"),
    "connect": Words("Sign in, and reach people"),
    "probe": Words("Look at the ERP's screens"),
    "adopt": Words("Say what was posted before"),
    "test": Words("One run without saving"),
    "row": Words("Post one row"),
    "production": Words("Production"),
}

STATES = {"done": Words("done"), "open": Words("to do now"), "blocked": Words("not yet")}

#: What a long step is called while it runs.
ERRANDS = {
    "connect": Words("Store and test"),
    "marks": Words("Look at the screens"),
    "probe": Words("Look at the screens"),
    "read": Words("Read the list"),
    "test": Words("Run once without saving"),
    "row": Words("Post one row"),
    "production": Words("Begin production"),
}

#: Each setting that has a field: what it is called, and what it means.
FIELDS = {
    "ERP_URL": (Words("ERP address"), Words("As in your browser, such as https://login.example.com")),
    "ERP_COMPANY": (Words("Company code"), Words("As you type it when you sign in")),
    "ERP_USER": (Words("ERP user"), Words("A user of its own for daybreak: nobody else works with it")),
    "ERP_PASSWORD_FILE": (Words("ERP password"), Words("Kept in a file that only this user can read")),
    "SMTP_HOST": (Words("Mail server"), Words("Such as smtp.example.com")),
    "SMTP_PORT": (Words("Mail port"), Words("Empty: the usual one")),
    "SMTP_TLS": (Words("Mail encryption"), Words("off: only for a mail server on this machine")),
    "SMTP_USER": (Words("Mail user"), Words("Empty: the server asks for none")),
    "SMTP_PASSWORD_FILE": (Words("Mail password"), Words("Kept in a file that only this user can read")),
    "MAIL_FROM": (Words("Sender"), Words("Such as daybreak@example.com")),
    "MAIL_TO": (Words("Recipients"), Words("With commas between: office@example.com, machine@example.com")),
    "MAIL_TO_KEEPER": (
        Words("Recipients about the machine"),
        Words("Empty: the recipients above are told of everything; with commas between"),
    ),
    "CONSOLE_URL": (
        Words("Address of this page"),
        Words("Mails and reports link to it, such as http://127.0.0.1:8810; empty: no links"),
    ),
    "PING_URL": (Words("Dead-man service"), Words("Tells you when this whole machine is off. off: none, on purpose")),
    "ACCOUNT_CARD": (Words("Deposit account"), Words("Empty: the word for card company")),
    "ACCOUNT_CODE": (Words("Account code"), Words("Of the deposit's other account")),
    "HOURS_MON_FRI": (Words("Hours Monday to Friday"), Words("Such as 06:00-18:00; empty: none")),
    "HOURS_SAT": (Words("Hours Saturday"), Words("Such as 06:00-14:00; empty: none")),
    "HOURS_SUN": (Words("Hours Sunday"), Words("Such as 06:00-14:00; empty: none")),
    "MAINTENANCE": (
        Words("Maintenance of the ERP"),
        Words("No cycles then, such as sun 02:00-06:00; mon-fri 23:30-00:30; empty: never"),
    ),
    "BATCH_ROWS": (Words("Rows of a batch"), Words("Deposits entered at once, at most")),
    "DEPOSIT_LIST": (Words("Look deposits up"), Words("on: once every mark of the deposit list was found")),
    "ERP_HOSTS": (Words("Other hosts"), Words("What the ERP's pages need beside its own hosts")),
    "PROXY_URL": (Words("Proxy"), Words("Such as http://proxy.example.com:3128; empty: none")),
    "PROXY_LOGIN_FILE": (
        Words("Proxy login"),
        Words("As user:password; kept in a file that only this user can read; empty: the proxy asks for none"),
    ),
    "REPORT_LANGUAGE": (Words("Language of mails and reports"), Words("ko or en")),
}
