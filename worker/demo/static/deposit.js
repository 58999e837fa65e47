// 입금보고서: the input form, and the way to its upload popup.
import { el, wait } from "/static/dom.js";
import { behaviour, call, use } from "/static/calls.js";
import { tell } from "/static/dialog.js";
import * as keys from "/static/keys.js";
import { openPopup } from "/static/popup.js";

export async function openDeposit({ contents, isCurrent }) {
  await wait(behaviour.header_s);
  if (!isCurrent()) return;
  contents.querySelector(".page-progress-icon")?.remove();
  const field = (label, value = "") =>
    el("label", {}, el("b", {}, label), el("input", { class: "field", value, autocomplete: "off" }));
  const save = async () => {
    const answer = await call("app.deposit/action/Save", {});
    await tell("알림", answer.text);
  };
  const uploader = el("button", {
    type: "button",
    id: "webUploader",
    onclick: async () => {
      if (!(await use("uploader_swallowed"))) openPopup();
    },
  }, "웹자료올리기");
  const bar = el("div", { class: "toolbar" },
    el("button", { type: "button", class: "primary", onclick: save }, "저장(F8)"),
    el("button", { type: "button", disabled: true }, "다시작성"),
    el("button", { type: "button", disabled: true }, "리스트"));
  contents.append(
    el("div", { class: "form" },
      field("일자", behaviour.today), field("거래처"), field("입금계좌"), field("금액"), field("적요"), field("프로젝트")),
    el("table", { id: "grid-main", class: "grid lines" },
      el("thead", {}, el("tr", {}, ...["계정", "거래처", "금액", "수수료", "적요"].map((label) => el("th", {}, label)))),
      el("tbody", {}, ...Array.from({ length: 5 }, () => el("tr", {}, ...Array.from({ length: 5 }, () => el("td")))))),
    bar);
  keys.onF8(save);
  await wait(behaviour.uploader_late_s);
  bar.append(uploader);
}
