"""A data folder, a clock and an ERP of its own, for each test that asks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import FakeClock, FakeErp, quick_folder
from worker.config import loading
from worker.config.settings import Settings
from worker.runtime import installation


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as path:
        yield path


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small installation that nothing runs in: its circus.ini is the one that is in use."""
    project = folder / "project"
    (project / "var").mkdir(parents=True)
    (project / "circus.ini").write_text(
        "[circus]\nendpoint = tcp://127.0.0.1:9\n[env:worker]\nDATA_DIR = var\nTZ = Asia/Seoul\n", encoding="utf-8"
    )
    monkeypatch.setenv(installation.INI_VARIABLE, str(project / "circus.ini"))
    return project


@pytest.fixture
def data(project: Path) -> Path:
    """The data folder of that installation."""
    return project / "var"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def erp(clock: FakeClock) -> FakeErp:
    return FakeErp(clock)


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Run verbs of `daybreak` on the folder."""
    chosen = loading.load({"DATA_DIR": str(folder)})
    monkeypatch.setattr(loading, "load", lambda: chosen)
    return CliRunner()


@pytest.fixture
def real(folder: Path) -> Settings:
    """Settings of a real ERP, in a data folder of their own."""
    secret = folder / "pw"
    secret.touch(mode=0o600)
    secret.write_text("p4ss word", encoding="utf-8")
    return loading.load(
        {
            "DATA_DIR": str(folder),
            "ERP_URL": "https://erp.example.com",
            "ERP_COMPANY": "1",
            "ERP_USER": "u",
            "ERP_PASSWORD_FILE": str(secret),
        }
    )
