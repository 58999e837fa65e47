"""Which class the setting ERP names: a package that comes along, or one of your own."""

import importlib

from worker.errors import SettingsError
from worker.i18n import message

#: The packages that come along; any other is named `package.module:Class`.
KNOWN = {"ecount": "worker.erp.ecount:Ecount", "tryton": "worker.erp.tryton:Tryton"}


def load(name: str) -> object:
    """Return the class that the setting ERP names. Raises SettingsError that says what to write."""
    place = KNOWN.get(name, name)
    module, _, wanted = place.partition(":")
    if not module or not wanted:
        raise SettingsError(
            message(
                "ERP={name}: write {known}, or package.module:Class of your own",
                name=repr(name),
                known=", ".join(KNOWN),
            )
        )
    try:
        return getattr(importlib.import_module(module), wanted)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            message(
                "ERP={name} can't be loaded: {error}. Is its package installed in .venv?",
                name=repr(name),
                error=str(error),
            )
        ) from error
