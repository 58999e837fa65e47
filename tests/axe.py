"""axe-core on a page in Chromium: what keeps people from using it, a sentence for each finding.

`./scripts/test` gets it by npm, at the version and sum of tests/browser/axe; nothing of it is part of daybreak.
"""

import pytest
from playwright.sync_api import Page

from tests.rig import PROJECT

SCRIPT = PROJECT / "var" / "axe" / "node_modules" / "axe-core" / "axe.min.js"

#: What a finding is, to be told. The others are advice.
TOLD = ("serious", "critical")


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on a page, in its own frame."""
    if not SCRIPT.exists():
        pytest.fail(f"axe-core is not there ({SCRIPT}): ./scripts/test gets it by npm, and var/setup.log says why not")
    # Not as a script of the page: its own content security policy lets no such in.
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {one['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        if one["impact"] in TOLD
        for node in one["nodes"]
    ]
