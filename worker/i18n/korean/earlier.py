"""What version 0.1.0 and earlier ones stored as sentences that today's messages no longer say in these words."""

#: The columns in which two rows differed.
_COLUMNS = (("time", "결제일시"), ("payer", "거래처"), ("amount", "금액"), ("approval_no", "승인번호"))

TABLE = (
    # why a payment stands where it stands
    ("listed again with its approval number", "승인번호가 표시되어 목록에 다시 나타났습니다"),
    ("its approval {approval} was {why}", "원승인 {approval} 건이 다음 사유로 제외되었습니다: {why}"),
    *(
        (
            f"differs only in {column} from {{key}}, which was posted and left the list",
            f"이미 입금 처리되고 목록에서 사라진 {{key}} 건과 {korean} 항목만 다릅니다",
        )
        for column, korean in _COLUMNS
    ),
    (
        "the old script recorded this second, perhaps when the row was still an approval",
        "기존 스크립트의 기록에 있는 시각입니다. 승인 상태일 때 처리되었을 수 있습니다",
    ),
    ("{cell} is not a time like '{example}'", "결제일시 형식이 아닙니다: {cell}"),
    # what became of a save, of a cycle and of a time
    ("the page asked for no save", "화면이 저장을 요청하지 않았습니다"),
    ("no answer came", "응답이 없습니다"),
    ("MODE = test, everything was done but the save", "시험 모드(MODE = test): 저장을 제외한 모든 단계를 마쳤습니다"),
    ("the connection ended", "접속이 종료되었습니다"),
    ("the ERP says: {text}", "ERP 메시지: {text}"),
    ("the ERP's page says: {text}", "ERP 화면의 메시지: {text}"),
    (
        "the columns are {found}, expected {wanted}. The template of the upload has changed; nothing was pasted",
        "열이 {found}(으)로 되어 있습니다. 예상한 열: {wanted}. 대량등록 양식이 바뀌어 붙여넣지 않았습니다",
    ),
    ("asked to stop before {step}", "중지 요청 ({step} 전)"),
    ("clock set", "컴퓨터 시계 변경"),
    # what the guards told
    (
        "the worker refuses its settings (exit 78) and stays stopped: see today's worker log for what to write "
        "instead, then circusctl start worker",
        "설정이 잘못되어 처리 프로그램이 멈춰 있습니다 (종료 코드 78). 오늘의 worker 로그에서 고칠 내용을 확인한 뒤 "
        "circusctl start worker 를 실행해 주십시오",
    ),
    ("no worker runs", "실행 중인 처리 프로그램 없음"),
    ("not needed", "필요 없음 (이미 새로 시작됨)"),
    ("done in {seconds} s", "완료 ({seconds}초)"),
    # what a ledger was refused for
    (
        "the ledger is older than its surroundings ({older}): it was restored from a backup. What was posted since "
        "then is looked up in the ERP where that is possible; else check there, then run: daybreak adopt",
        "장부가 실제보다 오래되었습니다 ({older}). 백업에서 복원한 장부입니다. 이후 처리된 입금은 가능한 경우 ERP에서 조회하며, "
        "그렇지 않으면 ERP에서 확인한 뒤 실행해 주십시오: daybreak adopt",
    ),
    (
        "the ledger is older than its surroundings ({older}): it was restored from a backup, and since then deposits "
        "were posted without their key (REMARK_KEY = off), which no look-up finds. Compare the ERP's list of "
        "deposits, then run: daybreak adopt",
        "장부가 실제보다 오래되었습니다 ({older}). 백업에서 복원한 장부이며, 이후 적요에 키 없이 (REMARK_KEY = off) 올린 입금이 있어 "
        "조회로 찾을 수 없습니다. ERP의 입금 목록과 대조한 뒤 실행해 주십시오: daybreak adopt",
    ),
)
