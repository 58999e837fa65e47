"""What an operator's command answers or refuses, and what a start refuses."""

TABLE = (
    # starting
    (
        "taking the lock: {path} is a folder. Remove it, then start again.",
        "잠금 얻기: {path} 은(는) 폴더입니다. 지운 뒤 다시 시작해 주십시오",
    ),
    (
        "another worker is running ({holder}); stop it first: circusctl stop worker",
        "다른 처리 프로그램이 실행 중입니다 ({holder}). 먼저 중지해 주십시오: circusctl stop worker",
    ),
    (
        "another worker posts to {where} ({holder}); stop it first",
        "다른 처리 프로그램이 {where} 에 입금을 올리고 있습니다 ({holder}). 먼저 중지해 주십시오",
    ),
    ("{origin} and company {company}", "{origin} 회사 {company}"),
    ("unknown holder", "사용자 미상"),
    (
        "what an earlier worker left can't be ended (pid {pids}); nothing is posted beside it",
        "이전 처리 프로그램이 남긴 프로세스를 종료할 수 없어(PID {pids}) 입금을 올리지 않습니다",
    ),
    ("asked to stop ({why}) before {step}", "중지 요청 ({why}, {step} 전)"),
    # asking the running worker
    (
        "asking the running worker for a {what}: no answer within {seconds} s. See daybreak status",
        "실행 중인 처리 프로그램에 {what} 요청: {seconds}초 안에 응답이 없습니다. daybreak status 를 확인해 주십시오",
    ),
    # pausing, resuming, stopping
    (
        "pausing until {until}: that has passed, it is {now}",
        "{until}까지 일시 중지: 이미 지난 시각입니다 (현재 {now})",
    ),
    (
        "pausing until {until}: that is more than {days} days. To stop the worker until you start it again: circusctl "
        "stop worker",
        "{until}까지 일시 중지: {days}일을 넘습니다. 다시 시작할 때까지 멈추려면: circusctl stop worker",
    ),
    (
        "pausing: the pause until {until} is written down, but a worker still runs ({holder}): {error}. To end the "
        "whole tree: daybreak stop",
        "일시 중지: {until}까지로 기록했으나 처리 프로그램이 아직 실행 중입니다 ({holder}): {error}. 전체를 종료하려면: "
        "daybreak stop",
    ),
    ("pausing until {until}: {error}", "{until}까지 일시 중지: {error}"),
    (
        "Paused until {until}: no worker runs. It starts again by itself then, or with: daybreak resume",
        "{until}까지 일시 중지했습니다. 그때 자동으로 다시 시작하며, 바로 시작하려면: daybreak resume",
    ),
    (
        "Paused until {until}. circusd does not run; the pause holds when it is started.",
        "{until}까지 일시 중지했습니다. circusd가 실행되지 않고 있으며, 시작해도 일시 중지는 유지됩니다",
    ),
    (
        "resuming: the worker refuses its settings (exit 78). See daybreak status",
        "재개: 설정이 잘못되어 처리 프로그램이 시작되지 않습니다 (종료 코드 78). daybreak status 를 확인해 주십시오",
    ),
    (
        "resuming: circusd does not run, and nothing without it. Start it with ./scripts/start",
        "재개: circusd가 실행되고 있지 않습니다. ./scripts/start 로 시작해 주십시오",
    ),
    ("The worker runs (pid {pid}) and beats.", "처리 프로그램이 정상 작동 중입니다 (PID {pid})"),
    (
        "stopping: no circusd runs, but these do and can't be ended: {pids}",
        "중지: circusd는 없으나 다음 프로세스를 종료할 수 없습니다: {pids}",
    ),
    (
        "stopping: circusd ended, but these survive: {pids}",
        "중지: circusd는 끝났으나 다음 프로세스가 남아 있습니다: {pids}",
    ),
    (
        "stopping: {unit} would start circusd (pid {pid}) again. Stop it with: {command}",
        "중지: {unit} 이(가) circusd(PID {pid})를 다시 시작합니다. 다음 명령으로 중지해 주십시오: {command}",
    ),
    ("Nothing runs.", "실행 중인 것이 없습니다"),
    (
        "Stopped: circusd (pid {pid}) and everything below it ended.",
        "중지했습니다: circusd(PID {pid})와 하위 프로세스가 모두 종료되었습니다",
    ),
    (
        "Stopped: circusd (pid {pid}) and everything below it ended (it was frozen, and was killed).",
        "중지했습니다: circusd(PID {pid})와 하위 프로세스가 모두 종료되었습니다 (멈춰 있어 강제 종료함)",
    ),
    (
        "Stopped: circusd (pid {pid}) and everything below it ended (it did not end within {seconds} s, and was "
        "killed).",
        "중지했습니다: circusd(PID {pid})와 하위 프로세스가 모두 종료되었습니다 ({seconds}초 안에 끝나지 않아 강제 종료함)",
    ),
    (
        "writing down that the worker is to be {wanted}: {error}. Nothing was changed",
        "처리 프로그램 지시({wanted}) 기록: {error}. 아무것도 바꾸지 않았습니다",
    ),
    (
        "asking circusd to {command} the worker: no effect within {seconds} s",
        "circusd에 처리 프로그램 {command} 요청: {seconds}초 안에 반영되지 않았습니다",
    ),
    (
        "asking circusd to {command} the worker: no effect within {seconds} s ({why})",
        "circusd에 처리 프로그램 {command} 요청: {seconds}초 안에 반영되지 않았습니다 ({why})",
    ),
    # closing and opening days
    ("closing {day}", "{day} 휴무 지정"),
    ("opening {day}", "{day} 업무일 지정"),
    ("undoing {day}", "{day} 지정 취소"),
    ('say why: --why "company outing"', '사유를 적어 주십시오: --why "회사 행사"'),
    (
        "that day has passed, today is {day}. Nothing was changed",
        "이미 지난 날짜입니다 (오늘 {day}). 아무것도 바꾸지 않았습니다",
    ),
    (
        "nobody closed or opened that day by hand; by hand are: {known}",
        "직접 지정한 날이 아닙니다. 직접 지정한 날: {known}",
    ),
    ("writing {path}: {error}. Nothing was changed", "{path} 기록: {error}. 아무것도 바꾸지 않았습니다"),
    (
        "{path} can't be read: the days that were closed or opened by hand are not in force. Move it away",
        "{path} 을(를) 읽을 수 없어 직접 지정한 휴무일과 업무일이 적용되지 않습니다. 파일을 옮겨 주십시오",
    ),
    ("{day} is closed by {by}: {why}", "{day} 휴무 지정 (지시: {by}): {why}"),
    ("{day} is opened by {by}: {why}", "{day} 업무일 지정 (지시: {by}): {why}"),
    ("{day} follows the calendar again, says {by}", "{day} 은(는) 다시 달력을 따릅니다 (지시: {by})"),
    ("{day} follows the calendar again, says {by}: {why}", "{day} 은(는) 다시 달력을 따릅니다 (지시: {by}): {why}"),
    (
        "changing the schedule: say one of --close, --open, --undo at a time",
        "일정 변경: --close, --open, --undo 중 하나만 적어 주십시오",
    ),
    (
        "changing the schedule: the demo works at any hour of any day; set ERP_URL first",
        "일정 변경: 데모는 언제나 작동합니다. 먼저 ERP_URL 을 적어 주십시오",
    ),
    # adopting
    (
        "adopting: --nothing excludes --until, --list and --record",
        "인수: --nothing 은 --until, --list, --record 와 함께 쓸 수 없습니다",
    ),
    (
        "adopting: what was posted before daybreak? Say it with one of --record FILE (the old script's record), "
        "--until TIME, --list FILE, or --nothing if really nothing was. The README explains each",
        "인수: daybreak 이전에 무엇이 입금 처리되었습니까? 다음 중 하나로 알려 주십시오: --record 파일(기존 스크립트의 기록), "
        "--until 시각, --list 파일, 정말로 아무것도 처리되지 않았다면 --nothing. README에 각각의 설명이 있습니다",
    ),
    (
        "adopting by the old script's record: the list was not read yet, there is nothing to hold it against. First: "
        "daybreak once --test",
        "기존 스크립트의 기록으로 인수: 목록을 아직 조회하지 않아 비교할 수 없습니다. 먼저 실행해 주십시오: daybreak once "
        "--test",
    ),
    ("adopting by the old script's record: {path}", "기존 스크립트의 기록으로 인수: {path}"),
    ("exporting to {path}: {error}. Nothing was written", "{path} 에 내보내기: {error}. 아무것도 쓰지 않았습니다"),
    ("exporting: {one} comes before {other}", "내보내기: {one} 이(가) {other} 보다 앞섭니다"),
    (
        "making a report: another program keeps the ledger {path} to itself. Close that program (a database browser, a "
        "copy under way) and try again",
        "보고서 만들기: 다른 프로그램이 장부 {path} 을(를) 혼자 사용하고 있습니다. 그 프로그램(데이터베이스 보기, 복사 중인 "
        "프로그램)을 닫고 다시 시도해 주십시오",
    ),
    (
        "{question} Nobody is here to answer; say --yes if it is so",
        "{question} 답할 사람이 없습니다. 맞다면 --yes 를 적어 주십시오",
    ),
    ("Is the old script switched off, on every machine?", "모든 컴퓨터에서 기존 스크립트를 껐습니까?"),
    ("Is that what you mean?", "이대로 진행합니까?"),
    ("Replace the ledger in {folder} with {path}?", "{folder} 의 장부를 {path}(으)로 바꿉니까?"),
    # the other verbs
    (
        'reading FROM and TO: {error}. Write "2026-01-13 18:00", 2026-01-13 or 18:00',
        'FROM, TO 읽기: {error}. "2026-01-13 18:00", 2026-01-13 또는 18:00 형식으로 적어 주십시오',
    ),
    (
        "reading FROM and TO: {since} is not before {until}",
        "FROM, TO 읽기: {since} 이(가) {until} 보다 앞서지 않습니다",
    ),
    ("reading the logs: {folder} is no folder", "로그 읽기: {folder} 은(는) 폴더가 아닙니다"),
    (
        "resolving {key}: say one of --posted, --not-posted, --never, and --why",
        "{key} 처리: --posted, --not-posted, --never 중 하나와 --why 를 적어 주십시오",
    ),
    ("{key} was never seen", "{key} 은(는) 조회된 적이 없습니다"),
    ("{key} is settled: {verdict}.", "{key} 처리 완료: {verdict}"),
    (
        "asking the running worker for a cycle: none ended within {seconds} s. See daybreak status",
        "실행 중인 처리 프로그램에 사이클 요청: {seconds}초 안에 끝난 사이클이 없습니다. daybreak status 를 확인해 주십시오",
    ),
    ("{error} That could not be written down: {why}", "{error} 기록하지 못했습니다: {why}"),
    ("That could not be written down: {error}", "기록하지 못했습니다: {error}"),
    (
        "testing the channels: none is configured. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE",
        "전달 경로 시험: 설정된 경로가 없습니다. SMTP_HOST, MAIL_FROM, MAIL_TO 또는 APPRISE_URLS_FILE 을 적어 주십시오",
    ),
    (
        "making a report of {what}: write day, week, month, or two days like 2026-11-02..2026-11-06",
        "{what} 보고서: day, week, month 또는 2026-11-02..2026-11-06 형식으로 적어 주십시오",
    ),
    (
        "reporting {first} to {last}: write FROM..TO, of at most {days} days, in order",
        "{first} ~ {last} 보고서: FROM..TO 를 순서대로, 최대 {days}일로 적어 주십시오",
    ),
    (
        "reporting {day}: that day has not begun yet, today is {today}",
        "{day} 보고서: 아직 시작되지 않은 날입니다 (오늘 {today})",
    ),
    (
        "backing up the ledger: {path} is there already. Name a file that is not",
        "장부 백업: {path} 이(가) 이미 있습니다. 아직 없는 파일 이름을 적어 주십시오",
    ),
    ("The ledger is backed up to {path}.", "장부를 {path} 에 백업했습니다"),
    ("Adopted. The next cycle goes on from here.", "인수했습니다. 다음 사이클부터 이어서 처리합니다"),
    ("Nothing waits for a person.", "확인할 건이 없습니다"),
    (
        "Settle one with: daybreak resolve KEY --posted | --not-posted | --never --why TEXT",
        "처리 방법: daybreak resolve 키 --posted | --not-posted | --never --why 사유",
    ),
    (
        "The worker is {wish}. A cycle by hand is not kept back by that.",
        "처리 프로그램: {wish}. 직접 실행하는 사이클에는 적용되지 않습니다",
    ),
    ("The cycle {outcome}: {why}", "사이클 결과: {outcome} ({why})"),
    ("The cycle {outcome}.", "사이클 결과: {outcome}"),
    ("ran", "완료"),
    ("failed", "실패"),
    ("The cycle ran.", "사이클이 완료되었습니다"),
    ("The cycle failed: {why}", "사이클이 실패했습니다: {why}"),
    ("The cycle stopped: {why}", "사이클이 중간에 멈췄습니다: {why}"),
    ("Restored and proved.", "복원하고 확인했습니다"),
    (
        "Restored and proved. The old ledger is now {path}.",
        "복원하고 확인했습니다. 이전 장부는 {path} 에 있습니다",
    ),
    ("Start the worker: circusctl start worker", "처리 프로그램을 시작해 주십시오: circusctl start worker"),
    ("Nothing was changed.", "아무것도 바꾸지 않았습니다"),
    ("{channel}: the test message is delivered.", "{channel}: 시험 메시지를 전달했습니다"),
    # what an adoption would do
    ("Waiting to be posted: {total}.", "입금 대기: {total}"),
    ("{count} payments of {won} won", "결제 {count}건 {won}원"),
    (
        "Up to {until}: {total} count as posted before, and will not be posted.",
        "{until} 까지: {total}은 이미 입금된 것으로 보고 올리지 않습니다",
    ),
    (
        "By {listed}: {total} count as posted before, and will not be posted.",
        "{listed} 기준: {total}은 이미 입금된 것으로 보고 올리지 않습니다",
    ),
    ("Nothing counts as posted before.", "이미 입금된 것으로 보는 건이 없습니다"),
    (
        "{count} payments count as posted before, as was said earlier; that stays so.",
        "앞서 말한 대로 {count}건을 이미 입금된 것으로 봅니다. 그대로 유지됩니다",
    ),
    (
        "The list has not been read yet; what is said here will count for it.",
        "목록을 아직 조회하지 않았으며, 여기서 정한 내용이 적용됩니다",
    ),
)
