"""The sections and names that may stand in circus.ini and var/local.ini, and what may be meant by another one."""

import difflib

from worker.i18n import message

#: The section of the worker's settings, and Circus's own section for all watchers, which counts as well.
WORKER, EVERYBODY = "env:worker", "env"

#: The names in [env:worker]. The groups of worker/config/settings.py say what each may hold.
SETTINGS = frozenset(
    {
        "ACCOUNT_CARD",
        "ACCOUNT_CODE",
        "APPRISE_URLS_FILE",
        "BACKUP_DIR",
        "BATCH_ROWS",
        "CANCEL_IN_PLACE",
        "CANCEL_NEW_NUMBER",
        "CHROMIUM",
        "CONSOLE_PORT",
        "CONSOLE_URL",
        "DATA_DIR",
        "DAYS_OFF_AFTER_H",
        "DAYS_OFF_CYCLE",
        "DEMO_CONTROL_PORT",
        "DEMO_KNOBS",
        "DEMO_PAYMENTS",
        "DEMO_PORT",
        "DEPOSIT_LIST",
        "ERP",
        "ERP_COMPANY",
        "ERP_HOSTS",
        "ERP_PASSWORD_FILE",
        "ERP_URL",
        "ERP_USER",
        "EXTRA_DAYS_OFF",
        "EXTRA_DAYS_ON",
        "HEADED",
        "HOLIDAYS",
        "HOURS_MON_FRI",
        "HOURS_SAT",
        "HOURS_SUN",
        "INTERVAL_MIN",
        "KEEP_EVIDENCE_DAYS",
        "KEEP_EVIDENCE_MB",
        "KEEP_LOG_DAYS",
        "LIST_S",
        "LOG_FORMAT",
        "MAIL_FROM",
        "MAIL_TO",
        "MAIL_TO_KEEPER",
        "MAINTENANCE",
        "MAX_AHEAD_H",
        "MAX_DAY_TIMES",
        "MAX_WON",
        "MODE",
        "PING_GUARDS_URL",
        "PING_URL",
        "PROXY_LOGIN_FILE",
        "PROXY_URL",
        "REMARK_KEY",
        "REPORT_LANGUAGE",
        "RESULT_S",
        "SAVE_PATTERN",
        "SETTLE_S",
        "SIGN_IN_S",
        "SMTP_HOST",
        "SMTP_PASSWORD_FILE",
        "SMTP_PORT",
        "SMTP_TLS",
        "SMTP_USER",
        "STEP_S",
        "SUMMARY_MON_FRI",
        "SUMMARY_SAT",
        "TAKE_OVER",
        "TZ",
        "WEEKLY_AT",
    }
)

#: The options of each guard.
GUARDS = {
    "plugin:heartbeat": frozenset({"every", "ceiling", "first_beat", "memory"}),
    "plugin:recycle": frozenset({"at", "days", "wait"}),
}

#: The watchers of ours, and what local.ini may say of them: the rest is Circus's, which reads circus.ini alone.
WATCHERS = {name: frozenset({"graceful_timeout"}) for name in ("watcher:worker", "watcher:console", "watcher:demo-erp")}

#: The marks of the ERP's screens; worker/erp/ecount/markers.py knows their names.
MARKERS = "markers"

#: What Circus 0.19 knows in [circus], in a watcher and in a plugin (circus.config, circus.watcher); `*` is any rest.
_CIRCUS = frozenset(
    {
        "endpoint", "endpoint_owner", "pubsub_endpoint", "stats_endpoint", "multicast_endpoint", "papa_endpoint",
        "statsd", "statsd_close_outputs", "httpd", "httpd_host", "httpd_port", "httpd_close_outputs", "check_delay",
        "include", "include_dir", "loglevel", "logoutput", "loggerconfig", "debug", "debug_gc", "umask", "pidfile",
        "stream_backend", "warmup_delay", "proc_name", "ssh_server", "fqdn_prefix",
    }
)  # fmt: skip
_WATCHER = frozenset(
    {
        "cmd", "args", "shell", "shell_args", "executable", "working_dir", "uid", "gid", "copy_env", "copy_path",
        "warmup_delay", "autostart", "numprocesses", "stop_signal", "stop_children", "max_retry", "graceful_timeout",
        "priority", "singleton", "use_sockets", "use_papa", "max_age", "max_age_variance", "on_demand", "respawn",
        "virtualenv", "virtualenv_py_ver", "close_child_stdin", "close_child_stdout", "close_child_stderr", "send_hup",
        "check_flapping", "stdin_socket",
    }
)  # fmt: skip
_WATCHERS_PREFIXES = ("hooks.", "rlimit_", "stdout_stream", "stderr_stream")


#: Sections that both files may have.
OURS = frozenset({EVERYBODY, WORKER, MARKERS, *GUARDS, *WATCHERS})


def meant_section(name: str) -> str:
    """Return the section that a misspelt one is most likely meant to be, or an empty text."""
    return _near(name, OURS)


def why_no_section(name: str, has: frozenset[str], *, is_local: bool) -> str:
    """Say why a section counts for nothing, or return an empty text. `has`: its keys; `is_local`: it is local.ini's."""
    if name in OURS:
        return ""
    if not is_local:
        kind, _, rest = name.partition(":")
        if name == "circus" or (kind == "socket" and rest):
            return ""
        needed = {"watcher": "cmd", "plugin": "use"}.get(kind, "")
        if rest and needed in has and not _near(name, OURS):
            return ""
    elif name == "circus":
        return message("[circus] is read by Circus itself, from circus.ini alone: write it there")
    if near := meant_section(name):
        return message("[{section}] is no section; do you mean [{near}]?", section=name, near=near)
    return message("[{section}] is no section; take it out", section=name)


def why_no_key(section: str, key: str, *, is_local: bool) -> str:
    """Say why a key counts for nothing in its section, or return an empty text."""
    if section in (EVERYBODY, WORKER):
        return why_no_setting(key)
    if section == MARKERS:
        return ""
    known = GUARDS.get(section, WATCHERS.get(section, frozenset()))
    if not is_local:
        circus = _CIRCUS if section == "circus" else _WATCHER
        if section.startswith("plugin:") and section not in GUARDS:
            return ""  # a plugin that is not daybreak's: its options are its own
        known |= circus | ({"use"} if section.startswith("plugin:") else frozenset())
        if section.startswith(("watcher:", "plugin:")) and key.startswith(_WATCHERS_PREFIXES):
            return ""
        if section.startswith("socket:"):
            return ""
    if key in known:
        return ""
    if is_local and section in WATCHERS and key in _WATCHER:
        return message(
            "[{section}] {key} is read by Circus itself, from circus.ini alone: write it there",
            section=section,
            key=key,
        )
    near = _near(key, known)
    if near:
        return message("[{section}] {key} is no option; do you mean {near}?", section=section, key=key, near=near)
    return message("[{section}] {key} is no option; take the line out", section=section, key=key)


def why_no_setting(key: str) -> str:
    """Say that no setting has this name, and which one may be meant, or return an empty text."""
    if key in SETTINGS:
        return ""
    if key.upper() in SETTINGS:
        return message("{key} is no setting; write it in capitals: {near}", key=key, near=key.upper())
    near = _near(key, SETTINGS)
    if near:
        return message("{key} is no setting; do you mean {near}?", key=key, near=near)
    return message("{key} is no setting; take the line out", key=key)


def _near(name: str, known: frozenset[str]) -> str:
    """Return the known name that this one may be meant to be, or an empty text."""
    plain = {one.casefold(): one for one in sorted(known)}
    found = difflib.get_close_matches("".join(name.casefold().split()), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""
