"""Every mark by which the screens of Tryton's web client (sao, series 8.0) are known."""

from typing import Final

# --- signing in ---
LOGIN: Final = ".modal.in input#login"
DATABASE: Final = ".modal.in :is(input, select)#database:visible"
SUBMIT: Final = ".modal.in button[type=submit]"
PASSWORD: Final = ".modal.in input[type=password]"
SIGNED_IN: Final = "#user-preferences > *"

# --- dialogs ---
DIALOG: Final = ".modal.in"
CONFIRM: Final = ".modal.in .modal-footer button.btn-primary"
ASKS_TO_POST: Final = "Are you sure you want to post the statement?"
ASKS_TO_DELETE: Final = "Are you sure to remove"  # "this record?", "those records?"

#: Shown while a call takes long, and while the client waits to repeat one.
PROCESSING: Final = "#processing"

# --- tabs: toolbar ids repeat in every open tab ---
CLOSE: Final = "#tablist li button.close"
FORM: Final = "#tabcontent .form-container"

# --- the open tab ---
TAB: Final = "#tabcontent > .tab-pane.active"
TITLE: Final = f"{TAB} .toolbar .title-long"
COUNT: Final = f"{TAB} .toolbar .navbar-text .badge"
NEW: Final = f"{TAB} button#new_"
SAVE: Final = f"{TAB} button#save"
DELETE: Final = f"{TAB} a#delete_"
MENU: Final = f"{TAB} .toolbar .dropdown-toggle.navbar-brand"
LIST: Final = f"{TAB} .screen-container .treeview"
MORE: Final = f"{TAB} .treeview tr.more-row button"

# --- lists: (model, name of the screen) ---
PAYMENTS: Final = ("account.payment", "Receivable Payments")
STATEMENTS: Final = ("account.statement", "Statements")
LINE_GROUPS: Final = ("account.statement.line.group", "Line Groups")

# --- the form of a statement ---
NAME: Final = f"{TAB} input[name=name]"
JOURNAL: Final = f"{TAB} select[name=journal]"
TOTAL: Final = f"{TAB} input[name=total_amount]"
LINES: Final = (
    f"{TAB} .form-one2many:has(input[name=number], th label[title=Number]):not(:has(th label[title='Pending Amount']))"
)
NEW_LINE: Final = "button[aria-label=New]"
VALIDATE: Final = f"{TAB} button[name=validate_statement]"
POST: Final = f"{TAB} button[name=post]"

#: Every statement of ours has a name that begins so.
OURS: Final = "daybreak "
