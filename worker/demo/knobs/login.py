"""Knobs of signing in, and of the session it makes."""

from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

KNOBS: Mapping[str, Knob] = {
    "login_notice": Knob(
        default=False,
        about="a notice (div.notice-overlay, button 닫기) covers the sign-in form",
    ),
    "login_delay_s": Knob(default=0.0, about="the answer to a sign-in comes this many seconds later"),
    "login_500": Knob(
        default=0,
        about="the next n requests to the sign-in view or its form are answered 500; counts down",
    ),
    "second_factor": Knob(
        default=False,
        about="right credentials lead to a page that asks for a code (input#second_auth) and never accepts one",
    ),
    "unlock": Knob(
        default=False,
        about="set to true: an account locked by five wrong passwords is open again; goes back to false by itself",
    ),
    "known_device": Knob(
        default=False,
        about="no new-device dialog, as if every browser were registered",
    ),
    "rival_check": Knob(
        default=True,
        about="a live session of the same user brings the 접속현황 dialog; off: both live side by side",
    ),
    "zone_number": Knob(default=5, about="the N of /ecN/view/erp and of the data calls behind it"),
    "shell_delay_s": Knob(default=0.0, about="the shell's page comes this many seconds later"),
    "shell_in_frame": Knob(
        default=False,
        about="the hand-off page stays the outermost page and shows the shell in a child frame",
    ),
    "redirect_never": Knob(
        default=False,
        about="the hand-off page never leaves, though the session lives: opening the shell by its sid works",
    ),
    "logout_control": Knob(default=True, about="the shell has a#logout"),
    "session_idle_min": Knob(
        default=30.0,
        about="a session without a request for this many minutes of the ERP's clock is over",
    ),
    "expired_style": Knob(
        default="dialog",
        among=("dialog", "redirect"),
        about="what a data call with a dead session does: a dialog that says so, or a silent way to the sign-in view",
    ),
}
