"""What is wrong with a setting, and what to write instead."""

_READABLE = "다른 사용자가 읽을 수 있습니다"

TABLE = (
    ("the settings are wrong", "설정이 잘못되었습니다"),
    ("reading the settings: {path} is missing", "설정 읽기: {path} 파일이 없습니다"),
    ("reading the settings: {path}: {error}", "설정 읽기: {path}: {error}"),
    ("{name} must be set, because {other} is", "{other} 을(를) 적었으므로 {name} 도 적어야 합니다"),
    ("{name} is no setting; do you mean {other}?", "{name} 은(는) 없는 설정입니다. {other} 을(를) 뜻합니까?"),
    ("{name} is no setting; take the line out", "{name} 은(는) 없는 설정입니다. 그 줄을 지워 주십시오"),
    (
        "[markers] {name} is no marker; do you mean {other}?",
        "[markers] {name} 은(는) 없는 항목입니다. {other} 을(를) 뜻합니까?",
    ),
    (
        "[markers] {name} is no marker; daybreak probe names them",
        "[markers] {name} 은(는) 없는 항목입니다. daybreak probe 가 이름을 보여 줍니다",
    ),
    (
        "[markers] is for ERP = ecount, not for {erp}: take the section out",
        "[markers] 은(는) ERP = ecount 에만 쓰며 {erp} 에는 쓰지 않습니다. 그 구역을 지워 주십시오",
    ),
    (
        "{setting}: it is empty; take the line out to have the table's own",
        "{setting}: 비어 있습니다. 기본값을 쓰려면 그 줄을 지워 주십시오",
    ),
    (
        "{setting}: it must have two groups: how many were stored, how many were refused",
        "{setting}: 저장 건수와 거부 건수를 나타내는 그룹 두 개가 있어야 합니다",
    ),
    (
        "{setting}: it must have {brackets} where the number stands, such as {example}",
        "{setting}: 번호 자리에 {brackets} 이(가) 있어야 합니다 (예: {example})",
    ),
    (
        "{setting}: write the column's id, a blank and its label, such as {example}",
        "{setting}: 열 id, 빈칸, 열 이름을 차례로 적어 주십시오 (예: {example})",
    ),
    (
        "{setting}: write {count} labels with commas between",
        "{setting}: 열 이름 {count}개를 쉼표로 구분하여 적어 주십시오",
    ),
    ("{setting}: write a number from 1 to 9999", "{setting}: 1~9999 사이의 숫자를 적어 주십시오"),
    ("{setting}: write on or off", "{setting}: on 또는 off 로 적어 주십시오"),
    (
        "{setting}: write {known}, or package.module:Class of your own",
        "{setting}: {known} 또는 직접 만든 package.module:Class 를 적어 주십시오",
    ),
    (
        "{setting} can't be loaded: {error}. Is its package installed in .venv?",
        "{setting}: 불러올 수 없습니다 ({error}). 패키지가 .venv 에 설치되어 있는지 확인해 주십시오",
    ),
    ("{setting}: write en or ko", "{setting}: en 또는 ko 로 적어 주십시오"),
    ("{setting}: write starttls, ssl or off", "{setting}: starttls, ssl 또는 off 로 적어 주십시오"),
    (
        "{setting}: write it like 06:00-18:00, or leave it empty for a day off",
        "{setting}: 06:00-18:00 형식으로 적거나, 휴무일이면 비워 주십시오",
    ),
    (
        "{setting}: the end must come after the start, between 00:00 and 24:00",
        "{setting}: 00:00~24:00 안에서 끝이 시작보다 늦어야 합니다",
    ),
    ("{setting}: write whole won, such as 100,000,000", "{setting}: 100,000,000 처럼 원 단위 정수로 적어 주십시오"),
    ("{setting}: write it like 12:00, or leave it empty", "{setting}: 12:00 형식으로 적거나 비워 주십시오"),
    (
        "{setting}: write dates like 2026-05-04, with commas between: {error}",
        "{setting}: 날짜를 2026-05-04 형식으로, 쉼표로 구분하여 적어 주십시오 ({error})",
    ),
    (
        "{setting}: it must start with http:// or https://, such as https://login.example.com",
        "{setting}: https://login.example.com 처럼 http:// 또는 https:// 로 시작해야 합니다",
    ),
    (
        "{setting}: it must divide 60 evenly: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60",
        "{setting}: 60을 나누어떨어지게 하는 수여야 합니다: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60",
    ),
    (
        "{setting}: it is no time zone; write one like Asia/Seoul",
        "{setting}: 없는 시간대입니다. Asia/Seoul 형식으로 적어 주십시오",
    ),
    ("{setting}: it is no regular expression: {error}", "{setting}: 올바른 정규식이 아닙니다 ({error})"),
    (
        "{setting}: it must be an address like https://hc-ping.com/your-uuid, or empty, or off",
        "{setting}: https://hc-ping.com/your-uuid 형식의 주소, 빈칸 또는 off 여야 합니다",
    ),
    (
        "{setting}: write a number from 1 to 65535, or leave it empty",
        "{setting}: 1~65535 사이의 숫자를 적거나 비워 주십시오",
    ),
    (
        "{setting}: input should be a valid integer, unable to parse string as an integer",
        "{setting}: 정수를 적어 주십시오",
    ),
    (
        "{setting}: input should be a valid number, unable to parse string as a number",
        "{setting}: 숫자를 적어 주십시오",
    ),
    ("{setting}: input should be greater than or equal to {least}", "{setting}: {least} 이상이어야 합니다"),
    ("{setting}: input should be less than or equal to {most}", "{setting}: {most} 이하여야 합니다"),
    ("{setting}: input should be greater than {least}", "{setting}: {least} 보다 커야 합니다"),
    ("{setting}: input should be {one} or {other}", "{setting}: {one} 또는 {other} 로 적어 주십시오"),
    ("{setting} can be read by others: {command}", f"{{setting}}: {_READABLE}. 실행해 주십시오: {{command}}"),
    (
        "{setting} holds no URL. Put one Apprise URL a line there.",
        "{setting}: 주소가 없습니다. Apprise 주소를 한 줄에 하나씩 넣어 주십시오",
    ),
    ("{setting} is empty. {cure}.", "{setting}: 비어 있습니다. {cure}"),
    ("reading {setting}: {error}. {cure}.", "{setting} 읽기: {error}. {cure}"),
    ("Put the password there", "비밀번호를 넣어 주십시오"),
    ("Put one Apprise URL a line there", "Apprise 주소를 한 줄에 하나씩 넣어 주십시오"),
    ("it is not UTF-8 text", "UTF-8 텍스트가 아닙니다"),
    (
        "{setting}: write the name of the mail server only, such as smtp.example.com",
        "{setting}: smtp.example.com 처럼 메일 서버 이름만 적어 주십시오",
    ),
    (
        "SMTP_TLS='off' is for a server on this machine only, not for {host}: write starttls or ssl",
        "SMTP_TLS='off' 는 이 컴퓨터의 메일 서버에만 쓸 수 있습니다. {host} 에는 starttls 또는 ssl 을 적어 주십시오",
    ),
    (
        "{setting}: write one address like daybreak@example.com",
        "{setting}: daybreak@example.com 형식의 주소 하나를 적어 주십시오",
    ),
    (
        "{setting}: {one} is no address like office@example.com; put commas between addresses",
        "{setting}: {one} 은(는) office@example.com 형식의 주소가 아닙니다. 주소 사이에 쉼표를 넣어 주십시오",
    ),
    (
        "{setting} lies on {mount} ({kind}): the ledger needs a disk of this Linux machine",
        "{setting}: {mount}({kind})에 있습니다. 장부는 이 Linux 컴퓨터의 디스크에 있어야 합니다",
    ),
    ("{setting} can't be made: {error}", "{setting}: 만들 수 없습니다 ({error})"),
    (
        "MODE='production': {what}. Then prove it: daybreak alert-test, and circusctl start worker",
        "MODE='production': {what}. 그런 다음 확인해 주십시오: daybreak alert-test, circusctl start worker",
    ),
    (
        "nobody is told of problems. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE",
        "문제가 생겨도 알릴 곳이 없습니다. SMTP_HOST, MAIL_FROM, MAIL_TO 또는 APPRISE_URLS_FILE 을 적어 주십시오",
    ),
    (
        "the way to tell people was changed since its last test",
        "전달 경로를 마지막으로 시험한 뒤 설정이 바뀌었습니다",
    ),
    (
        "no test message has shown that people can be told of problems",
        "시험 메시지로 전달 경로를 확인하지 않았습니다",
    ),
)
