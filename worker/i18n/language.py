"""The languages of everything people read."""

from enum import StrEnum


class Language(StrEnum):
    """The setting REPORT_LANGUAGE."""

    EN = "en"
    KO = "ko"
