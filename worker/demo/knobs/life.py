"""Knobs of the life that goes on by itself in the demo."""

from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

KNOBS: Mapping[str, Knob] = {
    "arrivals_per_min": Knob(default=3.0, about="new payments a minute, on average; 0 = none"),
    "arrivals_after_s": Knob(default=90.0, about="seconds from the demo's start to its first new payment"),
    "cancel_share": Knob(default=0.08, about="share of the new approved payments that are cancelled a little later"),
    "reflect_after_s": Knob(
        default=3600.0,
        about="a human marks a payment 회계반영 this many seconds (of the ERP's clock) after its deposit was posted; "
        "0 = never",
    ),
}
