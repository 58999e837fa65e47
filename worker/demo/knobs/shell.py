"""Knobs of the shell: menu, frames, loading."""

from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

KNOBS: Mapping[str, Knob] = {
    "menu_missing": Knob(default=False, about="the menu has no links; going by hash works"),
    "forbidden_menu": Knob(
        default="",
        about="the page of this menuSeq (such as MENUTREE_002905) is blank but for a message",
    ),
    "content_in_frame": Knob(default=False, about="pages are shown in a frame inside the shell's .contents"),
    "progress_mark": Knob(default=True, about="the .page-progress-icon while loading; off: nothing tells loading"),
    "never_loads": Knob(default=False, about="pages show the progress mark for ever"),
    "rows_late_s": Knob(
        default=0.0,
        about="a grid's header stands this many seconds without rows, without progress mark, before they come",
    ),
    "rows_never": Knob(default=False, about="a grid's header comes, its rows and its empty line never do"),
}
