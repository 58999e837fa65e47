"""The texts of the screens 보고서 and 일정."""

from worker.i18n.words import Words
from worker.status.verdict import Tone

WORDS = {
    "reports": Words("Reports"),
    "reports_why": Words("Choose a day to see its report."),
    "month_before": Words("Month before"),
    "month_after": Words("Month after"),
    "go_month": Words("Month"),
    "this_month": Words("This month"),
    "day_report": Words("By day"),
    "week_report": Words("By week"),
    "month_report": Words("By month"),
    "which_report": Words("Which report"),
    "print": Words("Print"),
    "print_page": Words("Open for printing"),
    "month_xlsx": Words("The month as a workbook (xlsx)"),
    "report_of": Words("Report of"),
    # --- days
    "days": Words("Schedule"),
    "days_why": Words("Choose a day to close it or to open it. A change counts from the next cycle."),
    "days_demo": Words(
        "This is the demo: it works at any hour of any day. With your own ERP you close and open days here."
    ),
    "works": Words("Works"),
    "day_off": Words("Off"),
    "by_hand": Words("changed by hand"),
    "hours": Words("Hours"),
    "cycles": Words("Cycles"),
    "if_needed": Words("one at {} if needed"),
    "why_day": Words("Reason"),
    "why_like": Words("Such as: company outing, stocktaking"),
    "close_day": Words("Close this day"),
    "close_means": Words(
        "There are no cycles on this day, but one at noon if the last reading is old. What comes in is posted on the "
        "next work day."
    ),
    "open_day": Words("Open this day"),
    "open_means": Words("Payments are read and posted on this day as on any work day."),
    "undo_day": Words("Take this back"),
    "undo_means": Words("The calendar decides about this day again."),
    "day_passed": Words("This day has passed: it can't be changed any more."),
    "today_mark": Words("today"),
}

#: How a day went, as a sign and in words.
MARKS = {
    Tone.GOOD: ("✓", Words("in order")),
    Tone.LOOK: ("!", Words("worth a look")),
    Tone.BAD: ("✗", Words("needs action")),
}
