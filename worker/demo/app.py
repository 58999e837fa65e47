"""The ASGI application of the demo."""

from starlette.applications import Starlette
from starlette.routing import Route

from worker.demo.calls import Calls
from worker.demo.control import Control
from worker.demo.erp import Erp
from worker.demo.front import Front
from worker.demo.save import Save
from worker.demo.shell import Shell
from worker.demo.signing_in import SigningIn


def app_of(erp: Erp, *, control_port: int) -> Front:
    """Build what is served on both ports."""
    calls = Calls(erp)
    save = Route("/{path:path}", Save(erp, calls=calls).answer, methods=["GET", "POST"])
    return Front(
        erp,
        screens=Starlette(routes=[*SigningIn(erp).routes(), *Shell(erp).routes(), *calls.routes(), save]),
        control=Starlette(routes=Control(erp).routes()),
        control_port=control_port,
    )
