"""Knobs of the shell: menu, frames, loading."""

from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

KNOBS: Mapping[str, Knob] = {
    "generation": Knob(
        default="old",
        among=("old", "new"),
        about="the generation of screens: two of them live side by side in the real one",
    ),
    "layers": Knob(default=False, about="after signing in a survey and a notice for today lie over the shell"),
    "menu_ids": Knob(
        default="link_depth",
        among=("link_depth", "link_prg", "ma"),
        about="ids of the menu's links: by depth and number, by program, or ma and the number",
    ),
    "menu_folded": Knob(default=False, about="the menu's links are in the document, but folded away"),
    "progress_after_s": Knob(
        default=1.0,
        about="a data call shows the progress mark only when it takes longer than this many seconds",
    ),
    "overlay_s": Knob(
        default=0.0,
        about="so many seconds after a screen is drawn .wrapper-overlay takes the clicks, without a progress mark",
    ),
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
