"""Knobs of the network between browser and ERP."""

from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

KNOBS: Mapping[str, Knob] = {
    "delays": Knob(
        default=1.0,
        about="factor of the ERP's ordinary slowness; 0 = no artificial delay anywhere",
    ),
    "slow_s": Knob(default=0.0, about="every request waits this many seconds more before it is handled"),
    "idle_close_s": Knob(
        default=0.0,
        about="a connection that was idle for this many seconds is closed just as its next request comes in: that one "
        "is not handled and gets no answer; 0 = never",
    ),
    "errors_s": Knob(
        default=0.0,
        runs_out=True,
        about="for this many seconds from now every request is answered 500",
    ),
    "refuse_s": Knob(
        default=0.0,
        runs_out=True,
        about="for this many seconds from now every request's connection is closed without an answer",
    ),
    "silent_s": Knob(
        default=0.0,
        runs_out=True,
        about="for this many seconds from now requests are accepted and never answered; "
        "the connections are closed at the end",
    ),
}
