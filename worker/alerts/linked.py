"""A line of a mail that leads to a screen of the office's page."""

from dataclasses import dataclass
from html import escape

from worker.i18n.language import Language
from worker.i18n.words import Words

_OPEN = Words("Open on the page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A line, and the address that it leads to."""

    text: str
    #: "": it leads nowhere.
    link: str = ""

    def plain(self, indent: str = "") -> str:
        """Return it as plain text: the address in a line of its own, where every program finds its end."""
        return f"{indent}{self.text}" + (f"\n{indent}  {self.link}" if self.link else "")

    def html(self, language: Language) -> str:
        """Return it as a paragraph."""
        link = f'<br><a href="{escape(self.link)}">{escape(_OPEN(language))}</a>' if self.link else ""
        return f"<p>{escape(self.text)}{link}</p>"
