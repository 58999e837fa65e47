"""The texts of the screen 장비."""

from worker.i18n.words import Words

WORDS = {
    "machine": Words("Machine"),
    "machine_parts": Words("Parts of this screen"),
    "machine_state": Words("Processes"),
    "machine_log": Words("Log"),
    "machine_settings": Words("Settings"),
    "look_again": Words("Look again"),
    "process": Words("Process"),
    "process_state": Words("State"),
    "process_pid": Words("Process number"),
    "process_beat": Words("Last sign of life"),
    "process_memory": Words("Memory"),
    "process_started": Words("Started"),
    "process_starts": Words("Starts today"),
    "restart": Words("Restart"),
    "restart_why": Words(
        "A batch under way is finished first. A worker that is paused or stopped is not started by this."
    ),
    "restarting": Words("The page is restarting"),
    "restarting_why": Words("This screen comes back by itself within a few seconds."),
    "starts": Words("Starts of the last 7 days"),
    "no_starts": Words("None are known."),
    "daily_restart": Words("Daily restart"),
    "recycle_last": Words("Last"),
    "recycle_next": Words("Next"),
    "backups": Words("Backups"),
    "backups_why": Words("The ledger is backed up once a day by itself, and each backup is kept for 30 days."),
    "backup_now": Words("Back up now"),
    "no_backups": Words("There is none yet."),
    "rehearse": Words("Rehearse a restore"),
    "rehearse_why": Words(
        "A rehearsal opens the backup beside the ledger and says what a restore would mean. It changes nothing."
    ),
    "backup_at": Words("Written"),
    "backup_size": Words("Size"),
    "backup_more": Words("{} older ones"),
    "load": Words("Load"),
    "load_average": Words("Load (1, 5, 15 min)"),
    "processors": Words("Processors"),
    "memory_free": Words("Memory free"),
    "disk_free": Words("Disk free"),
    "versions": Words("Versions"),
    # --- the log
    "log_day": Words("Day"),
    "log_text": Words("Text"),
    "log_level": Words("From level"),
    "log_source": Words("Process"),
    "log_all": Words("all"),
    "log_show": Words("Show"),
    "log_none": Words("No line of this day fits."),
    "log_lines": Words("Lines of the log"),
    "log_time": Words("Time"),
    # --- settings
    "settings_why": Words(
        "As they are in force. Most are changed under Going live, step 2, the others in var/local.ini; secrets are "
        "never shown."
    ),
    "settings_wrong": Words("What is wrong"),
    "settings_well": Words("Nothing is wrong with them."),
    "settings_last_good": Words("A file is not understood: guards and messages go on with the settings of before."),
    "setting": Words("Setting"),
    "setting_value": Words("Value"),
    "setting_origin": Words("Where it stands"),
    "setting_instead": Words("instead of"),
    "setting_empty": Words("empty"),
    "setting_default": Words("default"),
    "setting_all": Words("Show those too that nobody has set"),
    "setting_some": Words("Show only what is set"),
}

PROCESSES = {
    "worker": Words("Worker"),
    "plugin:heartbeat": Words("Guard of the heartbeat"),
    "plugin:recycle": Words("Guard of the daily restart"),
    "console": Words("This page"),
    "demo-erp": Words("Demo ERP"),
}

#: As circusd says them, and what the kernel and the beats say.
STATES = {
    "active": Words("runs"),
    "starting": Words("starts"),
    "stopping": Words("ends"),
    "stopped": Words("stopped"),
    "silent": Words("does not answer"),
    "gone": Words("does not run"),
}

TONES = {"active": "good", "silent": "bad", "gone": "off", "stopped": "off"}

LEVELS = {
    "DEBUG": Words("everything"),
    "INFO": Words("ordinary events"),
    "WARNING": Words("warnings"),
    "ERROR": Words("errors"),
    "CRITICAL": Words("fatal errors"),
}

#: By worker.operations.settings.Origin.
ORIGINS = {
    "environment": Words("environment"),
    "local.ini": Words("var/local.ini, line {line}"),
    "circus.ini": Words("circus.ini, line {line}"),
    "default": Words("default"),
}

#: What stands among the starts of a process.
ORDERED = Words("restart ordered by {who}")
AGO = Words("{age} s ago, the next within {patience} s")
NO_BEAT = Words("none")
SILENT = Words("silent for {age} s, promised within {patience} s")
PIDS = Words("{pid} and {count} more")
MEGABYTES = Words("{count:,} MB")
OF = Words("{free} of {all}")
MORE_LINES = Words("{count:,} older lines fit as well: narrow the filter.")
CUT = Words("Of {names} only the newest 8 MB were looked at.")
