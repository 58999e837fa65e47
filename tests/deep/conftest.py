"""The fixtures of the browser's ring."""

from tests.browser.conftest import chromium, erp, office, open_office, running

__all__ = ["chromium", "erp", "office", "open_office", "running"]
