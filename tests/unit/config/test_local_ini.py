"""local.ini is changed line by line: what people wrote beside a value stays."""

import pytest

from worker.config.local_ini import changed

WRITTEN = """# Ours, since 2026.
[env:worker]
# The second mail server.
SMTP_HOST = smtp.example.com
MAIL_TO = office@example.com

[markers]
tab_open = a#tabOne
"""


def test_a_value_is_changed_where_it_stands_and_a_comment_stays() -> None:
    assert changed(WRITTEN, {"env:worker": {"SMTP_HOST": "mail.example.com"}}) == WRITTEN.replace(
        "smtp.example.com", "mail.example.com"
    )


def test_a_new_value_comes_at_the_end_of_its_section() -> None:
    found = changed(WRITTEN, {"env:worker": {"MODE": "production"}})

    assert found == WRITTEN.replace("office@example.com\n", "office@example.com\nMODE = production\n")


def test_a_value_is_taken_out_and_a_section_is_made() -> None:
    found = changed("[env:worker]\nMODE = test\n", {"env:worker": {"MODE": None}, "markers": {"tab_open": "a#x"}})

    assert found == "[env:worker]\n\n[markers]\ntab_open = a#x\n"


@pytest.mark.parametrize("before", ["", "\n\n"])
def test_an_empty_file_gets_its_section(before: str) -> None:
    assert changed(before, {"env:worker": {"MODE": "test"}}) == "[env:worker]\nMODE = test\n"


def test_the_line_ends_of_another_editor_stay() -> None:
    windows = WRITTEN.replace("\n", "\r\n")

    found = changed(windows, {"env:worker": {"MODE": "test"}})

    assert "\n" not in found.replace("\r\n", "")


def test_a_name_that_is_commented_out_is_no_value() -> None:
    found = changed("[env:worker]\n# MODE = test\n", {"env:worker": {"MODE": "production"}})

    assert found == "[env:worker]\n# MODE = test\nMODE = production\n"
