"""What is said of moving the books from one machine to another."""

TABLE = (
    ("excluded ({why})", "제외({why})"),
    ("posted as {slip}", "입금 처리 (전표 {slip})"),
    # leaving
    (
        "moving to {path}: that file is there already. Nothing was changed",
        "{path}(으)로 옮기기: 이미 있는 파일입니다. 아무것도 바꾸지 않았습니다",
    ),
    ("moving to {path}: {error}. {what}", "{path}(으)로 옮기기: {error}. {what}"),
    (
        "moving: {count} payments are in doubt. Let a cycle look them up, or settle them with daybreak resolve; to "
        "move "
        "them as they are: --although-in-doubt. Nothing was changed",
        "옮기기: 입금 여부 확인이 필요한 건이 {count}건 있습니다. 사이클의 자동 조회를 기다리거나 daybreak resolve "
        "로 처리해 "
        "주십시오. 그대로 옮기려면: --although-in-doubt. 아무것도 바꾸지 않았습니다",
    ),
    (
        "This side is sealed; try again, or call it off: daybreak move --undo",
        "이쪽 장부는 봉인되었습니다. 다시 시도하거나 취소해 주십시오: daybreak move --undo",
    ),
    (
        "moving: say one of TARGET.tar.gz, --unpack FILE and --undo",
        "옮기기: TARGET.tar.gz, --unpack FILE, --undo 중 하나를 적어 주십시오",
    ),
    ("calling a move off: say --why", "옮기기 취소: --why 로 사유를 적어 주십시오"),
    (
        "calling a move off: these books were not moved away. Nothing was changed",
        "옮기기 취소: 이 장부는 옮겨지지 않았습니다. 아무것도 바꾸지 않았습니다",
    ),
    (
        "The move is called off. What waits is looked up in the ERP before anything is posted here.",
        "옮기기를 취소했습니다. 대기 중인 건을 ERP에서 조회한 뒤에 입금 처리합니다.",
    ),
    (
        "Is it certain that the other side has posted nothing and never will?",
        "다른 쪽에서 입금을 올리지 않았고 앞으로도 올리지 않을 것이 확실합니까?",
    ),
    (
        "Pack the books of {folder} into {path}, and never post from here again?",
        "{folder} 의 장부를 {path}에 담고, 이곳에서는 더 이상 입금을 올리지 않겠습니까?",
    ),
    (
        "these books were moved away on {at} by {who}, into {path}: this side is sealed and posts no more. If the "
        "other "
        "side never posted, call the move off: daybreak move --undo",
        "이 장부는 {at} {who} 님이 {path}(으)로 옮겼습니다. 이쪽은 봉인되어 더 이상 입금을 올리지 않습니다. 다른 "
        "쪽에서 입금을 "
        "올린 적이 없다면 취소할 수 있습니다: daybreak move --undo",
    ),
    (
        "these books were moved away from here on {at} by {who}; restore it there, or call the move off first: "
        "daybreak "
        "move --undo",
        "이 장부는 {at} {who} 님이 다른 곳으로 옮겼습니다. 그곳에서 복원하거나 먼저 옮기기를 취소해 주십시오: "
        "daybreak move "
        "--undo",
    ),
    (
        "Packed {payments} payments and {files} files of evidence into {path}.",
        "결제 {payments}건과 증빙 파일 {files}개를 {path}에 담았습니다.",
    ),
    (
        "This side is sealed: its worker refuses from now on, and says so. Nothing was removed here.",
        "이쪽은 봉인되어 처리 프로그램이 더 이상 입금을 올리지 않습니다. 삭제한 것은 없습니다.",
    ),
    ("Not packed, because they are secrets: {names}.", "비밀 정보이므로 담지 않았습니다: {names}."),
    (
        "No file of a password is packed either. On the other machine:",
        "비밀번호 파일도 담지 않았습니다. 다른 컴퓨터에서:",
    ),
    (
        "1. ./scripts/start --setup-only, then .venv/bin/daybreak move --unpack {path}",
        "1. ./scripts/start --setup-only, 그다음 .venv/bin/daybreak move --unpack {path}",
    ),
    (
        "2. put the files of the passwords there (mode 0600), as it says then",
        "2. 안내에 따라 비밀번호 파일을 그곳에 둡니다 (권한 0600)",
    ),
    (
        "3. .venv/bin/daybreak adopt --this-machine, then ./scripts/start",
        "3. .venv/bin/daybreak adopt --this-machine, 그다음 ./scripts/start",
    ),
    (
        "moving: these books were packed already, on {at} into {path}, and may go on in one place only. If that "
        "archive is "
        "lost and was unpacked nowhere: daybreak move --undo. Nothing was changed",
        "옮기기: 이 장부는 이미 {at} {path}에 담았으며 한 곳에서만 이어 쓸 수 있습니다. 그 파일을 잃어버렸고 "
        "어디에도 풀지 않았다면: daybreak move --undo. 아무것도 바꾸지 않았습니다",
    ),
    # how far a ledger is that may be behind
    (
        "the ledger may be behind the ERP ({older}) and posts nothing yet: {count} payments wait; step 1 of 2, the "
        "first look-up in the ERP, comes with the next cycle",
        "장부가 ERP보다 오래되었을 수 있어({older}) 아직 입금하지 않습니다: 대기 {count}건, 1/2단계(첫 번째 ERP "
        "조회)는 다음 사이클에서 합니다",
    ),
    (
        "the ledger may be behind the ERP ({older}) and posts nothing yet: {count} payments wait; step 2 of 2: the "
        "look-up of {at} found {found}, the one that ends it comes with the first cycle after {due} that finds no more",
        "장부가 ERP보다 오래되었을 수 있어({older}) 아직 입금하지 않습니다: 대기 {count}건, 2/2단계: {at} 조회에서 "
        "{found}건 발견, {due} 이후의 사이클에서 더 발견되지 않으면 끝납니다",
    ),
    (
        "the ledger may be behind the ERP ({older}) and posts nothing: {count} payments wait, and nothing can be "
        "looked up here. Compare them with the ERP, then: daybreak adopt",
        "장부가 ERP보다 오래되었을 수 있어({older}) 입금하지 않습니다: 대기 {count}건. 이곳에서는 조회할 수 없으니 "
        "ERP와 대조한 뒤 실행해 주십시오: daybreak adopt",
    ),
    # arriving
    (
        "unpacking {path}: {error}. No books are kept here; try again",
        "{path} 풀기: {error}. 이곳에는 아직 장부가 없습니다. 다시 시도해 주십시오",
    ),
    (
        "unpacking {path}: there is no such file. Nothing was changed",
        "{path} 풀기: 그런 파일이 없습니다. 아무것도 바꾸지 않았습니다",
    ),
    (
        "unpacking {path}: books are kept in {folder} already ({name}). Move them away first, or use another folder. "
        "Nothing was changed",
        "{path} 풀기: {folder} 에 이미 장부가 있습니다 ({name}). 먼저 옮기거나 다른 폴더를 사용해 주십시오. 아무것도 "
        "바꾸지 않았습니다",
    ),
    (
        "unpacking {path}: it holds {name}, which daybreak did not pack",
        "{path} 풀기: daybreak 가 담지 않은 {name} 이(가) 들어 있습니다",
    ),
    (
        "unpacking {path}: it is no archive of daybreak move. Nothing was changed",
        "{path} 풀기: daybreak move 로 만든 파일이 아닙니다. 아무것도 바꾸지 않았습니다",
    ),
    (
        "unpacking {path}: {name} is not what was packed. Nothing was changed",
        "{path} 풀기: {name} 이(가) 담은 내용과 다릅니다. 아무것도 바꾸지 않았습니다",
    ),
    (
        "unpacking {path}: it is damaged, cut off or no archive of daybreak move ({error}). Nothing was changed",
        "{path} 풀기: 손상되었거나 잘렸거나 daybreak move 로 만든 파일이 아닙니다 ({error}). 아무것도 바꾸지 "
        "않았습니다",
    ),
    (
        "unpacking {path}: its ledger: {error}. Nothing was changed",
        "{path} 풀기: 장부: {error}. 아무것도 바꾸지 않았습니다",
    ),
    (
        "unpacking {path}: it holds the books of {what} {one}, the settings here are for {other}. Nothing was changed",
        "{path} 풀기: {what} {one} 의 장부입니다. 이곳의 설정은 {other} 입니다. 아무것도 바꾸지 않았습니다",
    ),
    ("unpacking {path}: {error}", "{path} 풀기: {error}"),
    (
        "Unpacked {payments} payments and {files} files of evidence into {folder}.",
        "결제 {payments}건과 증빙 파일 {files}개를 {folder}에 풀었습니다.",
    ),
    (
        "There are settings here already; the moved ones are {path}. Compare them.",
        "이곳에 이미 설정이 있습니다. 옮겨 온 설정은 {path}에 있으니 비교해 주십시오.",
    ),
    ("The settings are {path}.", "설정 파일: {path}."),
    ("to be put there by you: {name}", "직접 넣어 주셔야 합니다: {name}"),
    (
        "Then, when the other machine's worker has ended: daybreak adopt --this-machine",
        "그다음, 다른 컴퓨터의 처리 프로그램이 끝난 뒤: daybreak adopt --this-machine",
    ),
    # machines
    (
        "the ledger was adopted for machine {one}, not {other}. If it was moved here, and the other machine posts no "
        "more, run: daybreak adopt --this-machine",
        "장부는 컴퓨터 {one} 용으로 인수되었으며 {other} 용이 아닙니다. 이곳으로 옮겼고 다른 컴퓨터가 더 이상 입금을 "
        "올리지 "
        "않는다면 실행해 주십시오: daybreak adopt --this-machine",
    ),
    ("adopting this machine: {why}", "이 컴퓨터로 인수: {why}"),
    (
        "adopting this machine: the ledger has no adoption record. Run: daybreak adopt",
        "이 컴퓨터로 인수: 장부 인수 기록이 없습니다. 실행해 주십시오: daybreak adopt",
    ),
    (
        "adopting this machine: the ledger is adopted for it already. Nothing was changed",
        "이 컴퓨터로 인수: 장부가 이미 이 컴퓨터 용으로 인수되어 있습니다. 아무것도 바꾸지 않았습니다",
    ),
    (
        "adopting: --this-machine stands alone; what was posted before is not asked again",
        "인수: --this-machine 은 다른 옵션 없이 사용합니다. 이전에 처리된 입금은 다시 묻지 않습니다",
    ),
    ("Has the other machine's worker ended, for ever?", "다른 컴퓨터의 처리 프로그램은 완전히 끝났습니까?"),
    ("Adopted for this machine ({note}).", "이 컴퓨터 용으로 인수했습니다 ({note})."),
    ("moved from machine {name}", "컴퓨터 {name} 에서 옮김"),
    ("copied from machine {name}", "컴퓨터 {name} 에서 복사"),
    (
        "These books did not come by daybreak move: what waits is looked up in the ERP before it is posted.",
        "daybreak move 로 옮긴 장부가 아닙니다. 대기 중인 건을 ERP에서 조회한 뒤에 입금 처리합니다.",
    ),
    ("a backup", "백업"),
    ("a move that was called off", "취소된 옮기기"),
    ("a copy of another machine", "다른 컴퓨터의 사본"),
    # the backup process
    (
        "backing up the ledger: it hangs since {minutes} min; does the disk of {path} answer?",
        "장부 백업: {minutes}분 동안 멈춰 있습니다. {path} 디스크가 응답하는지 확인해 주십시오",
    ),
    ("The rehearsal went well. Nothing was changed.", "복원 연습을 마쳤습니다. 아무것도 바꾸지 않았습니다."),
)
