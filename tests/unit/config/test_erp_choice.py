"""The setting ERP: a package that comes along, or anybody's own, and a sentence when it is neither."""

import pytest

from worker import erp
from worker.config import loading
from worker.erp.ecount import Ecount
from worker.erp.tryton import Tryton
from worker.errors import SettingsError


def test_a_known_name_and_a_place_both_name_a_package() -> None:
    assert erp.find("ecount") is Ecount
    assert erp.find("tryton") is Tryton
    assert erp.find("worker.erp.tryton:Tryton") is Tryton


@pytest.mark.parametrize("name", ["sap", "no.such.package:Erp", "worker.erp.ecount:Missing", "worker.erp.ecount", ":"])
def test_anything_else_is_refused_with_what_to_write(name: str) -> None:
    with pytest.raises(SettingsError, match="ERP="):
        loading.load({"ERP": name})


def test_another_erp_than_the_demos_needs_an_address() -> None:
    with pytest.raises(SettingsError, match="needs ERP_URL"):
        loading.load({"ERP": "tryton"})
