// 입금보고서: the input form, and the way to its upload popup.
import { el, wait } from "/static/dom.js";
import { behaviour, call, use } from "/static/calls.js";
import { tell } from "/static/dialog.js";
import { button, contents, drawn, footer, toolbar } from "/static/screen.js";
import * as keys from "/static/keys.js";
import { openPopup } from "/static/popup.js";

const LINES = ["계정", "거래처", "금액", "수수료", "적요"];

// The same button, as each generation of screens writes it.
function uploader(act) {
  if (behaviour.generation === "old") return button("webUploader", "웹자료올리기", { onclick: act });
  return el("div", { id: "toolbar_toolbar_item_web_uploader", "data-item-key": "web_uploader_footer_toolbar" },
    el("button", { type: "button", onclick: act }, "웹자료올리기"));
}

export async function openDeposit({ isCurrent, done }) {
  await wait(behaviour.header_s);
  if (!isCurrent()) return;
  done();
  const field = (label, value = "") =>
    el("label", {}, el("b", {}, label), el("input", { class: "field", value, autocomplete: "off" }));
  const save = async () => {
    const answer = await call("app.deposit/action/Save", {});
    await tell("알림", answer.text);
  };
  const cell = (label, k) => el("td", { "data-columnid": `LINE_${k}` }, el("span", { class: "grid-input-data" }, "\u00a0"));
  contents().append(
    el("div", { class: "form" },
      field("일자", behaviour.today), field("거래처"), field("입금계좌"), field("금액"), field("적요"), field("프로젝트")),
    el("div", { class: "__ecGridContainer" },
      el("table", { id: "grid-main", class: "grid lines" },
        el("thead", {}, el("tr", {}, ...LINES.map((label, k) => el("th", { "data-columnid": `LINE_${k}` }, label)))),
        el("tbody", {}, ...Array.from({ length: 3 }, (_, k) => el("tr", { "data-key": k }, ...LINES.map(cell)))))));
  toolbar(
    button("save", "저장(F8)", { class: "primary", onclick: save }),
    button("rewrite", "다시작성", { disabled: true }),
    button("list", "리스트", { disabled: true }));
  keys.onF8(save);
  drawn();
  await wait(behaviour.uploader_late_s);
  if (!isCurrent()) return;
  footer().querySelector(".wrapper-toolbar").append(uploader(async () => {
    if (!(await use("uploader_swallowed"))) openPopup();
  }));
}
