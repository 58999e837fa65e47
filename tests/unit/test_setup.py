"""What ./scripts/start and ./scripts/test set up, skip, mend and refuse: with a Python that only pretends."""

import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

#: The scripts that measure or break trees, each a package of tests/tools.
TOOLS_OF_OURS = ("torture", "drill", "bench")

#: How the tests are run.
OPTIONS = "--numprocesses=5 --dist=loadfile --no-loadscope-reorder --durations=8"

#: All that the scripts may count on besides Python, and chmod for the pretended one. No package manager is among it.
TOOLS = "bash cat chmod cp cut dirname env flock grep locale mkdir readlink rm sed sha256sum tail timeout uname"

#: Answers like Python as far as the scripts ask, and writes down what was asked. The files in $FAULTS make it fail.
PRETENDED_PYTHON = r"""#!/usr/bin/env bash
case "$*" in
    *find_spec*)
        [[ -e $FAULTS/too-old ]] && exit 3
        [[ -e $FAULTS/without-venv ]] && echo 3.11 && exit 4
        echo "3.11.9 $0" ;;
    "-m venv "*)
        echo venv >>"$CALLS"
        driver=$3/lib/python3.11/site-packages/playwright/driver
        mkdir -p "$3/bin" "$driver"
        echo "VIRTUAL_ENV='$3'" >"$3/bin/activate"
        cat "$0" >"$3/bin/python"
        for name in ruff mypy; do
            printf '#!/usr/bin/env bash\necho "%s $*" >>"$CALLS"; [[ ! -e $FAULTS/%s ]]\n' $name $name >"$3/bin/$name"
        done
        printf '#!/usr/bin/env bash\n[[ ! -e $FAULTS/driver ]] || { echo "libatomic.so.1: cannot open"; exit 127; }\n' \
            >"$driver/node"
        printf '#!/usr/bin/env bash\necho "circusd $* in $PWD, $PYTHONUTF8, ${PATH%%%%:*}"\n' >"$3/bin/circusd"
        chmod +x "$3"/bin/* "$driver/node" ;;
    "-m pip "*)
        echo "pip ${*: -1}" >>"$CALLS"
        [[ ! -e $FAULTS/pip ]] || { echo "ERROR: NewConnectionError"; exit 1; } ;;
    "-m worker.admin.chromium"*)
        [[ ! -e $FAULTS/browser ]] || { echo "looking for Chromium: none"; exit 1; }
        echo /fake/chromium ;;
    "-m playwright "*) exit 1 ;;
    "-m pytest "*) echo "$*" >>"$CALLS"; exit "$(cat "$FAULTS/pytest" 2>/dev/null || echo 0)" ;;
    *"import sys, pip"*) ;;
    "-m worker.cli page --if-new") echo "$*" >>"$CALLS" ;;
    "-m worker.admin.wsl "*) echo "$*" >>"$CALLS" ;;
    *) exec "$REAL_PYTHON" "$@" ;;
esac
"""


#: Where the list of what comes by npm stands.
AXE = Path("tests") / "browser" / "axe"

#: Installs into the folder that it is called in, and writes down what was asked.
PRETENDED_NPM = r"""#!/usr/bin/env bash
echo "npm $*" >>"$CALLS"
[[ ! -e $FAULTS/npm ]] || { echo "npm error network"; exit 1; }
mkdir -p node_modules/axe-core && : >node_modules/axe-core/axe.min.js
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine with a copy of the project, and nothing installed but bash and that Python."""

    root: Path
    project: Path
    port: int

    @property
    def venv(self) -> Path:
        return self.project / ".venv"

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": str(self.root / "bin"),
            "HOME": str(self.root),
            "CALLS": str(self.root / "calls"),
            "FAULTS": str(self.root / "faults"),
            "REAL_PYTHON": sys.executable,
            **more,
        }

    def run(self, script: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one of the scripts to its end; what it says comes back on stdout, in order."""
        return subprocess.run(
            [self.project / "scripts" / script, *arguments],
            env=self.environment(**more),
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=30,
        )

    def fault(self, name: str, text: str = "") -> Path:
        """Make the pretended Python fail in this way."""
        file = self.root / "faults" / name
        file.write_text(text, encoding="utf-8")
        return file

    def calls(self) -> list[str]:
        """Return what was asked of Python and the tools since the last time."""
        file = self.root / "calls"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        file.write_text("", encoding="utf-8")
        return lines

    def tool(self, name: str, text: str) -> None:
        """Put a program on the PATH, instead of the real one if there is one."""
        file = self.root / "bin" / name
        file.unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    project = tmp_path / "데이 브레이크"
    (project / "scripts").mkdir(parents=True)
    for name in ("start", "test", *TOOLS_OF_OURS, "setup.sh"):
        shutil.copy(PROJECT / "scripts" / name, project / "scripts" / name)
    for name in ("scripts/requirements.txt", "scripts/requirements-test.txt", "pyproject.toml"):
        (project / name).write_text("one\n", encoding="utf-8")
    shutil.copytree(PROJECT / AXE, project / AXE)
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        port, other = first.getsockname()[1], second.getsockname()[1]
    (project / "circus.ini").write_text(
        f"[circus]\nendpoint = tcp://127.0.0.1:{port}\npubsub_endpoint = tcp://127.0.0.1:{other}\n", encoding="utf-8"
    )
    made = Machine(root=tmp_path, project=project, port=port)
    (tmp_path / "bin").mkdir()
    (tmp_path / "faults").mkdir()
    for tool in TOOLS.split():
        found = shutil.which(tool)
        assert found is not None, f"{tool} is missing on this machine"
        (tmp_path / "bin" / tool).symlink_to(found)
    made.tool("python3", PRETENDED_PYTHON)
    return made


#: What var/recover does to the folder: another start is there, and it is gone itself.
PUTS_THE_OLD_VERSION_BACK = """#!/bin/sh
echo "putting the old version back"
cd "${0%/*}/.."
printf '#!/bin/sh\necho "the old start $*"\n' >scripts/.start
/bin/chmod +x scripts/.start
/bin/mv scripts/.start scripts/start
/bin/rm var/recover
"""

SET_UP = ["venv", "pip scripts/requirements.txt"]


def test_the_first_start_sets_up_and_hands_over_to_circusd(machine: Machine) -> None:
    done = machine.run("start")

    # On a busy machine a step says how long it took.
    assert [re.sub(r" \(\d+ s\)$", "", line) for line in done.stdout.splitlines()] == [
        "1/4 Python environment … made with Python 3.11.9",
        "2/4 packages … installed",
        "3/4 browser … /fake/chromium",
        "4/4 circusd … starting; Ctrl-C ends it",
        f"circusd circus.ini in {machine.project}, 1, {machine.venv}/bin",
    ]
    assert machine.calls() == [*SET_UP, f"pip {machine.project}"]


def test_the_second_start_installs_nothing(machine: Machine) -> None:
    machine.run("start")
    machine.calls()

    done = machine.run("start")

    assert done.stdout.count("there already") == 2
    assert "circusd circus.ini" in done.stdout
    assert machine.calls() == []


def test_after_an_interrupted_upgrade_the_script_of_the_version_that_was_put_back_goes_on(machine: Machine) -> None:
    recover = machine.project / "var" / "recover"
    recover.parent.mkdir()
    recover.write_text(PUTS_THE_OLD_VERSION_BACK, encoding="utf-8")
    recover.chmod(0o755)

    done = machine.run("start", "--setup-only")

    assert done.stdout == "putting the old version back\nthe old start --setup-only\n"
    assert machine.calls() == []


def test_while_an_upgrade_lives_its_own_start_goes_on(machine: Machine) -> None:
    recover = machine.project / "var" / "recover"
    recover.parent.mkdir()
    recover.write_text("#!/bin/sh\n", encoding="utf-8")
    recover.chmod(0o755)

    done = machine.run("start", "--setup-only")

    assert done.stdout.endswith("set up; ./scripts/start runs it\n")


def test_a_link_to_the_page_is_for_who_sits_there_alone(machine: Machine) -> None:
    machine.run("start")
    assert "-m worker.cli page --if-new" not in machine.calls()
    terminal, other_end = os.openpty()

    subprocess.run(
        [machine.project / "scripts" / "start"], env=machine.environment(), cwd="/", stdout=other_end, timeout=30
    )

    os.close(other_end)
    os.close(terminal)
    assert machine.calls() == ["-m worker.cli page --if-new"]


def test_set_up_alone_does_not_start(machine: Machine) -> None:
    done = machine.run("start", "--setup-only")

    assert done.returncode == 0
    assert done.stdout.endswith("set up; ./scripts/start runs it\n")


@pytest.mark.parametrize("name", TOOLS_OF_OURS)
def test_the_help_of_a_tool_names_each_option_and_installs_nothing(machine: Machine, name: str) -> None:
    done = machine.run(name, "--help")

    source = (PROJECT / "tests" / "tools" / name / "__main__.py").read_text(encoding="utf-8")
    options = re.findall(r'add_argument\(\s*"(--[a-z-]+)"', source)
    assert done.returncode == 0
    assert options
    assert [option for option in options if f"  {option} " not in done.stdout] == []
    assert machine.calls() == []
    assert not machine.venv.exists()


def test_help_and_a_wrong_argument_touch_nothing(machine: Machine) -> None:
    assert machine.run("start", "--help").returncode == 0
    assert machine.run("test", "--help").returncode == 0
    assert machine.run("start", "--fast").returncode == 2

    assert not machine.venv.exists()
    assert not (machine.project / "var").exists()


@pytest.mark.parametrize("name", ["scripts/requirements.txt", "pyproject.toml"])
def test_changed_requirements_are_installed_into_the_same_environment(machine: Machine, name: str) -> None:
    machine.run("start")
    machine.calls()
    (machine.project / name).write_text("two\n", encoding="utf-8")

    machine.run("start")

    assert machine.calls() == [SET_UP[1], f"pip {machine.project}"]


def test_a_failed_install_shows_what_pip_said_and_is_made_good_by_the_next_start(machine: Machine) -> None:
    fault = machine.fault("pip")
    failed = machine.run("start")
    assert failed.returncode == 1
    assert "    ERROR: NewConnectionError\nThe package index can't be reached" in failed.stdout
    fault.unlink()
    machine.calls()

    done = machine.run("start")

    assert "made again (an earlier set-up broke off)" in done.stdout
    assert machine.calls()[:2] == SET_UP


def test_an_environment_from_another_folder_is_made_again(machine: Machine) -> None:
    machine.run("start")
    moved = machine.project.rename(machine.root / "moved")

    done = Machine(root=machine.root, project=moved, port=machine.port).run("start")

    assert "made again (it came from another folder)" in done.stdout
    assert f"in {moved}" in done.stdout


def test_an_environment_whose_python_is_gone_is_made_again(machine: Machine) -> None:
    machine.run("start")
    (machine.venv / "bin" / "python").unlink()

    assert "made again (its Python is gone)" in machine.run("start").stdout


def test_an_environment_made_by_hand_is_completed_not_thrown_away(machine: Machine) -> None:
    machine.run("start")
    (machine.venv / "installed-start").unlink()
    machine.calls()

    machine.run("start")

    assert machine.calls() == [SET_UP[1], f"pip {machine.project}"]


def test_without_a_new_enough_python_it_says_what_to_install(machine: Machine) -> None:
    machine.fault("too-old")

    done = machine.run("start")

    assert done.returncode == 1
    assert "no Python 3.11 or newer among python3" in done.stdout
    assert "sudo apt-get install python3 python3-venv" in done.stdout
    assert "sudo dnf install python3" in done.stdout


def test_a_python_that_makes_no_environments_is_named_with_the_package_it_lacks(machine: Machine) -> None:
    machine.fault("without-venv")

    done = machine.run("start")

    assert done.returncode == 1
    assert "Debian, Ubuntu: sudo apt-get install python3.11-venv" in done.stdout


def test_the_python_named_by_the_caller_is_taken_or_refused(machine: Machine) -> None:
    refused = machine.run("start", PYTHON="/nowhere/python3")
    assert refused.returncode == 1
    assert "PYTHON=/nowhere/python3 is not a Python 3.11 or newer" in refused.stdout

    machine.tool("another python", PRETENDED_PYTHON)
    taken = machine.run("start", PYTHON=str(machine.root / "bin" / "another python"))
    assert taken.returncode == 0


@pytest.mark.parametrize(
    ("system", "why"),
    [
        ("Darwin 24.6.0", "this is Darwin 24.6.0: daybreak runs on Linux and WSL 2 only, because"),
        ("MINGW64_NT-10.0 3.4.10", "daybreak runs on Linux and WSL 2 only, because"),
        ("Linux 4.4.0-19041-Microsoft", "this is WSL 1"),
    ],
)
def test_other_systems_are_refused_with_the_reason(machine: Machine, system: str, why: str) -> None:
    machine.tool("uname", f"#!/usr/bin/env bash\necho '{system}'\n")

    done = machine.run("start")

    assert done.returncode == 1
    assert why in done.stdout


def test_wsl_2_is_welcome(machine: Machine) -> None:
    machine.tool("uname", "#!/usr/bin/env bash\necho 'Linux 6.6.87.2-microsoft-standard-WSL2'\n")

    assert machine.run("start").returncode == 0
    assert "-m worker.admin.wsl on" in machine.calls()


def test_without_a_browser_and_a_package_manager_it_says_what_to_type(machine: Machine) -> None:
    machine.fault("browser")

    done = machine.run("start")

    assert done.returncode == 1
    assert "looking for Chromium: none" in done.stdout
    assert ".venv/bin/python -m playwright install --with-deps --no-shell chromium" in done.stdout


def test_a_driver_that_lacks_a_library_is_named(machine: Machine) -> None:
    machine.fault("driver")

    done = machine.run("start")

    assert done.returncode == 1
    assert "starting Playwright's driver: libatomic.so.1: cannot open" in done.stdout


def test_the_operators_file_is_made_once_and_never_written_again(machine: Machine) -> None:
    machine.run("start")
    local = machine.project / "var" / "local.ini"
    assert "[env:worker]" in local.read_text(encoding="utf-8")
    local.write_text("[env:worker]\nMODE = production\n", encoding="utf-8")

    machine.run("start")

    assert local.read_text(encoding="utf-8") == "[env:worker]\nMODE = production\n"


def test_of_two_set_ups_at_once_the_second_waits_for_the_first(machine: Machine) -> None:
    machine.run("start", "--setup-only")
    with (machine.project / "var" / "setup.lock").open() as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [machine.project / "scripts" / "start", "--setup-only"],
            env=machine.environment(),
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert second.stdout is not None
        assert second.stdout.readline() == f"another set-up is under way in {machine.project}; waiting for it\n"

    said, _ = second.communicate(timeout=10)

    assert second.returncode == 0
    assert said.count("there already") == 2


def test_a_port_held_by_a_stranger_is_named_with_its_holder(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", machine.port)):
        done = machine.run("start")

    assert done.returncode == 1
    assert f"endpoint tcp://127.0.0.1:{machine.port} of circus.ini is held by" in done.stdout
    assert f"(pid {os.getpid()}, since 20" in done.stdout
    assert "circusd circus.ini in" not in done.stdout


@contextmanager
def running(*command: str | Path, executable: str | None = None, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has said that it is up, and ends with the block."""
    with subprocess.Popen(
        command, executable=executable, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_running_circusd_is_named_with_how_to_stop_it(machine: Machine) -> None:
    folder = machine.root / "first tree"
    folder.mkdir()
    (folder / "circusd").write_text(
        f"import socket\nheld = socket.create_server(('127.0.0.1', {machine.port}))\nprint('up', flush=True)\ninput()\n"
    )

    with running(sys.executable, folder / "circusd", cwd=folder) as circusd:
        done = machine.run("start")

    assert done.returncode == 1
    assert f"circusd is running already (pid {circusd.pid}, since 20" in done.stdout
    assert f"in {folder}); stop it first: " in done.stdout
    assert "circusd circus.ini in" not in done.stdout


def test_an_environment_in_use_is_not_changed(machine: Machine) -> None:
    machine.run("start")
    machine.calls()
    (machine.project / "pyproject.toml").write_text("two\n", encoding="utf-8")
    (machine.root / "circusd").write_text("echo up; read -r\n", encoding="utf-8")

    with running(
        f"{machine.venv}/bin/python", machine.root / "circusd", executable=shutil.which("bash"), cwd=machine.root
    ) as circusd:
        done = machine.run("start")

    assert done.returncode == 1
    assert f".venv has to change, but circusd (pid {circusd.pid}) runs from it" in done.stdout
    assert machine.calls() == []
    assert machine.run("start").returncode == 0


def test_on_a_clean_checkout_the_tests_are_compiled_once_beside_the_checks(machine: Machine) -> None:
    shutil.rmtree(machine.project / "tests" / "__pycache__", ignore_errors=True)

    machine.run("test")

    calls = machine.calls()
    assert sum("--collect-only" in one for one in calls) == 1
    assert "--collect-only" not in calls[-1]


def test_the_tests_run_in_order_after_the_checks(machine: Machine) -> None:
    (machine.project / "tests" / "__pycache__").mkdir(parents=True, exist_ok=True)
    done = machine.run("test")

    assert done.returncode == 0
    assert machine.calls() == [
        "venv",
        "pip scripts/requirements-test.txt",
        f"pip {machine.project}",
        "ruff format --check .",
        "ruff check .",
        "mypy ",
        f"-m pytest tests/supervision tests/browser tests/unit {OPTIONS}",
    ]


def test_axe_core_comes_by_npm_once_and_again_when_its_list_changes(machine: Machine) -> None:
    machine.tool("npm", PRETENDED_NPM)
    machine.run("test")
    ordered = "npm ci --omit=dev --ignore-scripts --no-audit --no-fund"
    assert machine.calls().count(ordered) == 1

    assert "4/4 axe-core … there already" in machine.run("test").stdout
    assert ordered not in machine.calls()

    (machine.project / AXE / "package-lock.json").write_text("{}\n", encoding="utf-8")
    assert "4/4 axe-core … installed" in machine.run("test").stdout
    assert ordered in machine.calls()


@pytest.mark.parametrize("has_npm", [True, False])
def test_without_axe_core_the_tests_run_and_it_is_said_which_will_fail(machine: Machine, has_npm: bool) -> None:
    if has_npm:
        machine.tool("npm", PRETENDED_NPM)
        machine.fault("npm")

    done = machine.run("test")

    assert "4/4 axe-core … not to be had" in done.stdout
    assert machine.calls()[-1].startswith("-m pytest ")


def test_what_comes_by_npm_is_of_one_version_by_its_sum_and_from_no_named_place() -> None:
    for folder in (AXE, Path("tests") / "tryton" / "client"):
        (_, *packages) = json.loads((PROJECT / folder / "package-lock.json").read_text(encoding="utf-8"))[
            "packages"
        ].values()
        assert packages
        assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in packages)


def test_the_fast_tests_need_no_browser_and_pass_on_what_else_is_said(machine: Machine) -> None:
    machine.fault("browser")

    done = machine.run("test", "--fast", "-k", "a beat")

    assert done.returncode == 0
    assert machine.calls()[-1] == f"-m pytest tests/unit {OPTIONS} -k a beat"


def test_the_first_failing_stage_is_named_and_ends_the_run(machine: Machine) -> None:
    machine.fault("mypy")

    done = machine.run("test", "--fast")

    assert done.returncode == 1
    assert re.search(r"== mypy failed after \d+ s \(exit code 1\); what comes after it was not run\n", done.stdout)
    assert machine.calls()[-1] == "mypy "


def test_the_exit_code_of_pytest_comes_through(machine: Machine) -> None:
    machine.fault("pytest", "2")

    assert machine.run("test", "--fast").returncode == 2
