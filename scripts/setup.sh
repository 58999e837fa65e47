# shellcheck shell=bash
# What start and test do first: the Python environment, the packages, a browser. Sourced by both, never run.
# All of it may be repeated, interrupted and started twice at the same time.

project=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
venv=$project/.venv
var=$project/var
log=$var/setup.log

# Packages from elsewhere would hide ours, and a wrong PYTHONHOME keeps every Python from starting.
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX
# Each of our processes would compile our code anew.
unset PYTHONDONTWRITEBYTECODE
# Korean text must come out whole wherever LANG is C or not set. Python 3.11 reads the path of this folder, which its
# environment holds, in the locale's encoding even in UTF-8 mode.
export PYTHONUTF8=1
[[ $(locale charmap 2>/dev/null) == UTF-8 ]] || export LC_ALL=C.UTF-8

# --- What is said -----------------------------------------------------------------------------------------------------

step_number=0
step_count=0
mid_line=

say() {
    [[ -z $mid_line ]] || echo
    mid_line=
    printf '%s\n' "$*"
}

fail() {
    say "$*" >&2
    exit 1
}

step() { # name: begins a line that `result` ends
    step_number=$((step_number + 1))
    printf '%d/%d %s … ' "$step_number" "$step_count" "$1"
    mid_line=yes
    step_began=$SECONDS
}

result() { # what came of the step
    mid_line=
    local seconds=$((SECONDS - step_began))
    if ((seconds < 2)); then printf '%s\n' "$1"; else printf '%s (%d s)\n' "$1" "$seconds"; fi
}

logged() { # command...: its noise goes to the log
    printf '\n%(%F %T)T  %s\n' -1 "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null
}

fail_with_log() { # what failed, what to do: shows the end of the log between the two
    say "$1. The last lines of $log:" >&2
    grep -v -e '^[[:space:]]*$' -e '^Ignoring ' "$log" | tail -n 8 | cut -c1-300 | sed 's/^/    /' >&2
    printf '%s\n' "$2" >&2
    exit 1
}

# --- Where we are -----------------------------------------------------------------------------------------------------

require_linux() {
    local system
    system=$(uname -sr)
    case $system in
        *-Microsoft) fail "this is WSL 1, which lacks the Linux kernel's process control and locks. In PowerShell: wsl --set-version <distribution> 2" ;;
        Linux*) ;;
        *) fail "this is $system: daybreak runs on Linux and WSL 2 only, because Circus's process control, the kernel's locks and the signal at a parent's death do not exist here. On Windows: wsl --install, then start it in there" ;;
    esac
}

take_turns() { # holds the set-up's lock until `end_turn` or the end of this process and what it started
    local lock
    for lock in setup.lock start.lock; do
        if [[ ! -e $var/$lock ]] && ! { mkdir -p "$var" && : >"$var/$lock"; } 2>/dev/null; then
            fail "setting up: $var can't be written to. Run this as the user who owns $project"
        fi
    done
    # Opened for reading only: a service user who may not write here can still start what others have set up.
    exec 9<"$var/setup.lock"
    if ! flock --nonblock 9; then
        say "another set-up is under way in $project; waiting for it"
        flock 9
    fi
}

end_turn() {
    exec 9<&-
}

# The script that was called, and its words.
script=("$(readlink -f "$0")" "$@")

recover() { # word...: settles an upgrade that was interrupted: the old version is put back; a living upgrade is left alone
    if [[ -x $var/recover ]]; then
        "$var/recover" "$@" || fail "An upgrade was interrupted and can't be settled; see above"
        # This script is of the version that was taken away: what is there now goes on, as it was called.
        [[ -x $var/recover ]] || exec "${script[@]}"
    fi
    [[ -e $project/circus.ini ]] || fail "an upgrade is under way in $project, or circus.ini is gone: wait for its end"
}

# --- 1. The Python environment ----------------------------------------------------------------------------------------

# Prints "version program"; ends with 3 if this Python is too old, with 4 if it can't make environments.
probe_python='
import sys
if sys.version_info < (3, 11):
    sys.exit(3)
from importlib.util import find_spec
if not (find_spec("venv") and find_spec("ensurepip")):
    print("%d.%d" % sys.version_info[:2])
    sys.exit(4)
print("%d.%d.%d" % sys.version_info[:3], getattr(sys, "_base_executable", sys.executable))
'

find_python() { # sets python and python_version, or fails and says what to install
    local candidates=(python3 python3.14 python3.13 python3.12 python3.11) candidate answer without_venv=
    [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        if answer=$("$candidate" -c "$probe_python" 2>/dev/null); then
            read -r python_version python <<<"$answer"
            return
        elif (($? == 4)); then
            without_venv=${without_venv:-$answer}
        fi
    done
    if [[ -n $without_venv ]]; then
        fail "looking for Python: Python $without_venv is here, but without its part that makes environments.
  Debian, Ubuntu: sudo apt-get install python$without_venv-venv
  Fedora:         sudo dnf install python3
Then type the same again"
    elif [[ -n ${PYTHON:-} ]]; then
        fail "looking for Python: PYTHON=$PYTHON is not a Python 3.11 or newer. Name another, or unset PYTHON to have one found"
    fi
    fail "looking for Python: no Python 3.11 or newer among ${candidates[*]}.
  Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3 python3-venv
  Ubuntu 22.04:                     sudo apt-get install python3.11 python3.11-venv
  Fedora:                           sudo dnf install python3
Then type the same again. Is it in an unusual place? PYTHON=/path/to/python3 $0"
}

why_not_usable() { # says why .venv must be made (again); nothing while it is sound
    if [[ ! -e $venv && ! -L $venv ]]; then
        echo "made"
    elif [[ -e $venv/unfinished ]]; then
        echo "made again (an earlier set-up broke off)"
    elif ! grep -qsF -e "$venv" -e "$(readlink -f "$venv")" "$venv/bin/activate"; then
        echo "made again (it came from another folder)"
    elif ! "$venv/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "made again (its Python is gone)"
    fi
}

require_changeable() { # a running tree must not lose its packages
    local folder program script
    if [[ ! -w $project || ( -e $venv && ! -w $venv ) ]]; then
        fail "setting up: $venv has to change and can't be written to. Run this as the user who owns $project"
    fi
    for folder in /proc/[0-9]*; do
        { IFS= read -r -d '' program && IFS= read -r -d '' script; } 2>/dev/null <"$folder/cmdline" || continue
        if [[ $program == "$venv/bin/"* && $script == *circusd ]]; then
            fail "setting up: .venv has to change, but circusd (pid ${folder#/proc/}) runs from it. Stop that first: cd '$project' && .venv/bin/circusctl quit"
        fi
    done
}

make_environment() {
    step "Python environment"
    local reason
    reason=$(why_not_usable)
    if [[ -z $reason ]]; then
        result "there already"
        return
    fi
    find_python
    require_changeable
    rm -rf "$venv"
    # The mark stays until the packages are in: pip can't mend what a kill left half installed.
    mkdir "$venv" && : >"$venv/unfinished"
    logged "$python" -m venv "$venv" ||
        fail_with_log "making the Python environment with $python failed" "Is there room on the disk? On Debian and Ubuntu, is python${python_version%.*}-venv installed? Then type the same again"
    result "$reason with Python $python_version"
}

# --- 2. The packages --------------------------------------------------------------------------------------------------

fingerprint() { # file...: of all that an installed set of packages depends on
    {
        "$venv/bin/python" -c 'import sys, sysconfig; print(sys.version_info[:2], sysconfig.get_platform())'
        printf '%s\n' "$venv"
        cat "$@"
    } | sha256sum
}

install_packages() { # name of the set, its locked lists...
    local stamp=$venv/installed-$1 files=("${@:2}") wanted list=() file
    step "packages"
    wanted=$(fingerprint "${files[@]}" "$project/pyproject.toml")
    if [[ ! -e $venv/unfinished && $(cat "$stamp" 2>/dev/null) == "$wanted" ]]; then
        result "there already"
        return
    fi
    for file in "${files[@]}"; do list+=(-r "$file"); done
    require_changeable
    : >"$venv/unfinished"
    local pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input install --progress-bar off --no-user)
    logged "${pip[@]}" --require-hashes "${list[@]}" || fail_with_log "installing the packages failed" "$(pip_advice)"
    logged "${pip[@]}" --no-deps --no-build-isolation -e "$project" ||
        fail_with_log "installing daybreak itself failed" "$(pip_advice)"
    printf '%s\n' "$wanted" >"$stamp"
    rm "$venv/unfinished"
    result "installed"
}

pip_advice() { # what to do, by what pip said last
    case $(tail -n 40 "$log") in
        *"No space left"*) echo "The disk is full: make room, then type the same again" ;;
        *"DO NOT MATCH THE HASHES"*) echo "A package is not the one that was locked: don't go on, ask who runs your package index" ;;
        *NewConnectionError* | *"name resolution"* | *"Read timed out"* | *ConnectTimeout* | *ProxyError* | *SSLError* | *"Network is unreachable"*)
            echo "The package index can't be reached: check the network (a proxy goes into HTTPS_PROXY, a mirror into PIP_INDEX_URL), then type the same again" ;;
        *"No matching distribution"*) echo "There is no such package for this Python and machine: Python 3.11 to 3.14 on 64-bit Linux with glibc has them all" ;;
        *) echo "Mend what it names, then type the same again" ;;
    esac
}

# --- 3. A browser -----------------------------------------------------------------------------------------------------

prepare_browser() {
    local answer status=0
    step "browser"
    find_package_manager
    require_driver
    answer=$(find_browser --check) || status=$?
    if ((status == 0)); then
        result "$answer"
        return
    fi
    if ((status != 1)) || [[ -z $answer ]]; then # a wrong setting or a crash: another browser would not mend it
        fail "$answer"
    fi
    say "none yet"
    download_browser
    if ! find_browser --check >/dev/null && may_be_root; then
        install_browser
    fi
    answer=$(find_browser --check) || fail "$answer
Type one of these yourself, then the same again:
$(browser_commands | sed 's/^/  /')"
    say "    $answer"
}

find_browser() { # prints its path, or the sentence that says why there is none
    "$venv/bin/python" -m worker.admin.chromium "$@"
}

require_driver() { # the program between Playwright and the browser wants a library that a small system lacks
    local node answer
    node=$(printf '%s' "$venv"/lib/python3*/site-packages/playwright/driver/node)
    answer=$("$node" --version 2>&1) && return
    if [[ -n $manager && $answer == *libatomic* ]] && may_be_root; then
        say "    installing $libatomic, which Playwright needs, with $manager"
        system_install "$libatomic" || true
    fi
    answer=$("$node" --version 2>&1) && return
    if [[ -n $manager && $answer == *libatomic* ]]; then
        answer+="
Type: sudo $manager $verb $libatomic"
    fi
    fail "starting Playwright's driver: $answer"
}

download_browser() {
    say "    downloading Chromium (180 MB, at most 10 min)"
    # Playwright tries five times and waits 30 s for an answer each time: too long where the network is closed.
    PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=${PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT:-8000} \
        logged timeout --kill-after=5 600 "$venv/bin/python" -m playwright install --no-shell chromium ||
        say "    not to be had ($log says why)"
}

find_package_manager() { # sets manager, its verb for installing, and what it calls what we need
    manager='' verb='' korean_font='' libatomic=''
    local name
    for name in apt-get dnf zypper pacman apk; do
        if command -v "$name" >/dev/null; then
            manager=$name
            break
        fi
    done
    case $manager in
        apt-get) verb=install korean_font=fonts-noto-cjk libatomic=libatomic1 ;;
        dnf) verb=install korean_font=google-noto-sans-cjk-vf-fonts libatomic=libatomic ;;
        zypper) verb=install korean_font=google-noto-sans-cjk-fonts libatomic=libatomic1 ;;
        pacman) verb=-S korean_font=noto-fonts-cjk libatomic=gcc-libs ;;
        apk) verb=add korean_font=font-noto-cjk libatomic=libatomic ;;
    esac
}

may_be_root() {
    ((EUID == 0)) || sudo -n true 2>/dev/null
}

as_root() { # command...
    local command=(env "PATH=$PATH:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive "$@")
    ((EUID == 0)) || command=(sudo -n "${command[@]}")
    # The lock stays here: a package may start a service, which would hold it for ever.
    logged "${command[@]}" 9<&-
}

system_install() { # package
    local apt=(apt-get -q -y -o DPkg::Lock::Timeout=120)
    case $manager in
        apt-get)
            [[ -n ${lists_are_fresh:-} ]] || as_root "${apt[@]}" update || true
            lists_are_fresh=yes
            as_root "${apt[@]}" --no-install-recommends install "$1"
            ;;
        dnf) as_root dnf -y install "$1" ;;
        zypper) as_root zypper --non-interactive install "$1" ;;
        pacman) as_root pacman -S --noconfirm --needed "$1" ;;
        apk) as_root apk add "$1" ;;
    esac
}

has_only_the_snap() { # Ubuntu's chromium package is an empty shell around the snap
    grep -qsx 'ID=ubuntu' /etc/os-release
}

install_browser() { # what fails here shows when the browser is looked for again
    if [[ $manager == apt-get ]] && find_browser >/dev/null; then
        say "    installing the libraries it lacks with apt-get (a minute or more)"
        as_root "$venv/bin/python" -m playwright install-deps chromium || true
    elif [[ -z $manager ]] || has_only_the_snap; then
        return 0
    else
        say "    installing Chromium with $manager (a minute or more)"
        system_install chromium || true
        [[ $manager != apt-get ]] || system_install chromium-sandbox || true
    fi
    # Without it, Korean text is squares in the pictures kept as evidence.
    system_install "$korean_font" || true
}

browser_commands() { # prints what a person may type
    local refresh=
    [[ $manager != apt-get ]] || refresh="sudo apt-get update && "
    if [[ -n $manager ]] && ! has_only_the_snap; then
        echo "${refresh}sudo $manager $verb chromium $korean_font"
    fi
    echo "cd '$project' && .venv/bin/python -m playwright install --with-deps --no-shell chromium"
}

# --- For tests: what comes by npm -------------------------------------------------------------------------------------

has_npm() { # installs it where that may be done
    command -v npm >/dev/null && return
    find_package_manager
    if [[ -n $manager ]] && may_be_root; then
        say "    none yet: installing npm with $manager (a minute or more)"
        logged system_install npm || true
    fi
    command -v npm >/dev/null
}

npm_ci() { # folder with the locked list, folder to install into, option of npm...
    rm -rf "$2"
    mkdir -p "$2"
    cp "$1/package.json" "$1/package-lock.json" "$2/"
    (cd "$2" && logged npm ci --omit=dev --ignore-scripts --no-audit --no-fund "${@:3}")
}

prepare_axe() { # what can't be had fails the tests that need it, by name, and no others
    local list=$project/tests/browser/axe home=$var/axe wanted
    step "axe-core"
    wanted=$(cat "$list/package-lock.json" 2>/dev/null | sha256sum)
    if [[ $(cat "$home/done" 2>/dev/null) == "$wanted" && -e $home/node_modules/axe-core/axe.min.js ]]; then
        result "there already"
    elif has_npm && npm_ci "$list" "$home"; then
        printf '%s\n' "$wanted" >"$home/done"
        result "installed"
    else
        result "not to be had ($log says why): the tests of the page's screens will fail"
    fi
}

# --- 4. The operator's own settings -----------------------------------------------------------------------------------

make_local_ini() {
    [[ ! -e $var/local.ini && -w $var ]] || return 0
    cat >"$var/local.ini" <<'INI'
# Your own settings. What stands here wins over circus.ini, and no update ever touches this file.
# Write a value under the same [section] as in circus.ini, where each is explained; the rest stays as it is there.
# [env:worker] is for the worker and takes effect at its next start: circusctl restart worker
# The other sections are for circusd and the guards: stop circusd and start it again.
# A comment stands on a line of its own. Passwords stand in files of their own, which only you can read.
# As long as ERP_URL is empty, daybreak works with the ERP it brings along, to be tried out without harm.

[env:worker]
# ERP_URL = https://login.ecount.com
# ERP_PASSWORD_FILE = /etc/daybreak/erp-password

[plugin:recycle]
# at = 05:55
INI
}
