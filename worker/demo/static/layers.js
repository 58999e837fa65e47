// What may lie over the shell after signing in: a notice for today, a survey, the messenger.
import { el } from "/static/dom.js";

function layer(name, title, text, ...labels) {
  const element = el("div", { class: `layer ${name}` }, el("h2", {}, title), el("p", {}, text));
  element.append(...labels.map((label) => el("button", { type: "button", onclick: () => element.remove() }, label)));
  return element;
}

export function showLayers() {
  document.body.append(
    layer("survey", "만족도 조사", "잠시 시간을 내어 설문에 참여해 주십시오.", "참여하기", "닫기"),
    layer("notice-today", "공지", "이번 주 일요일 정기 점검이 있습니다.", "오늘하루그만보기", "확인"));
}
