// 웹자료올리기: the popup that takes a pasted sheet and saves it.
import { el, wait } from "/static/dom.js";
import { behaviour, failed, fetchBehaviour, send, url, use } from "/static/calls.js";
import { ask, open, tell } from "/static/dialog.js";
import { Sheet } from "/static/sheet.js";

const HELP = [
  "엑셀서식내려받기로 받은 서식에 자료를 입력할 수 있습니다.",
  "엑셀에서 복사한 자료를 첫 번째 칸을 선택한 후 붙여넣기(Ctrl+V) 하세요.",
  "(필수) 표시된 항목은 반드시 입력하고, 저장 전에 자료를 확인바랍니다.",
];

let count = 0;

export async function openPopup() {
  await fetchBehaviour();
  const place = el("div", { class: "sheet-place __ecGridContainer" });
  const sheet = new Sheet(place);
  const name = behaviour.generation === "old" ? { "data-popup-id": `BulkUploadForm_${++count}` } : {};
  const body = el("div", { ...name, "data-container": "popup-body", class: "bulk" },
    el("div", { class: "wrapper-title" }, el("span", { class: "page-name" }, "웹자료올리기")),
    el("div", { class: "help" }, ...HELP.map((line) => el("p", {}, line))), place);
  const dialog = open({
    title: "웹자료올리기",
    name: "bulk-dialog",
    content: body,
    buttons: [
      { label: "저장(F8)", primary: true, act: () => dialog.save() },
      { label: "닫기(Esc)" },
    ],
    mayClose: async () => !behaviour.discard_question || sheet.isEmpty() || (await discards()),
    onclose: () => sheet.end(),
  });
  let saving = false;
  dialog.save = async () => {
    if (saving) return;
    sheet.commit();
    const rows = sheet.filled();
    if (!rows.length) {
      sheet.requireDate();
      return;
    }
    saving = true;
    dialog.element.classList.add("saving");
    try {
      await showResult(await post(rows.map(({ cells }) => cells)), { dialog, sheet, rows });
    } catch (error) {
      await failed(error);
    } finally {
      saving = false;
      dialog.element.classList.remove("saving");
    }
  };
  await wait(behaviour.popup_grid_late_s);
  place.append(sheet.element);
  if (behaviour.editor_open) sheet.begin();
  if (behaviour.grid_overlay) place.append(el("div", { class: "grid-overlay" }));
}

const discards = async () =>
  (await ask({
    title: "확인",
    text: "입력한 자료가 저장되지 않았습니다. 닫으시겠습니까?",
    buttons: [{ label: "확인", primary: true }, { label: "취소" }],
    otherwise: "취소",
  })) === "확인";

function packed(rows) {
  const json = JSON.stringify({ rows });
  switch (behaviour.payload_format) {
    case "form":
      return [new URLSearchParams({ data: json }).toString(), "application/x-www-form-urlencoded"];
    case "base64":
      return [JSON.stringify({ d: btoa(String.fromCharCode(...new TextEncoder().encode(json))) }), "application/json"];
    case "plain":
      return [rows.map((cells) => cells.join("\t")).join("\r\n"), "text/plain;charset=UTF-8"];
    default:
      return [json, "application/json"];
  }
}

async function post(rows) {
  if (behaviour.save_beacon) {
    fetch(url("app.log/action/Track"), { method: "POST", body: "{}" }).catch(() => {});
  }
  const [body, type] = packed(rows);
  return send(behaviour.save_path, body, type);
}

async function showResult(answer, { dialog, sheet, rows }) {
  if (answer.show === "no_dialog") return;
  if (answer.show === "notice_first") await tell("공지", "오늘 18:00부터 시스템 점검이 예정되어 있습니다.");
  const refused = answer.refused.map(({ row, reason }) => ({ row: rows[row - 1].index + 1, reason }));
  if (answer.show === "native_alert") {
    alert([answer.text, ...refused.map(({ row, reason }) => `${row} : ${reason}`)].join("\n"));
  } else {
    const buttons = behaviour.result_button === "×" ? [] : [{ label: behaviour.result_button, primary: true }];
    const shown = ask({ title: "결과", text: answer.text, name: "result-dialog", buttons, extra: refused.length ? reasons(refused) : null });
    if (answer.show === "behind") tell("공지", "오늘 18:00부터 시스템 점검이 예정되어 있습니다.");
    await shown;
  }
  if (refused.length) sheet.keep(refused.map(({ row }) => row - 1));
  else if (!answer.popup_stays) dialog.close();
}

const reasons = (refused) => el("table", { class: "reasons" },
  el("thead", {}, el("tr", {}, el("th", {}, "행"), el("th", {}, "사유"))),
  el("tbody", {}, ...refused.map(({ row, reason }) =>
    el("tr", {}, el("td", {}, String(row)), el("td", {}, reason)))));
