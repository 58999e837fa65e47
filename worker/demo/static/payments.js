// 결제내역조회: the payment list, its tabs, what a person does with its rows.
import { el, progress } from "/static/dom.js";
import { behaviour, call } from "/static/calls.js";
import { tell } from "/static/dialog.js";
import { Grid } from "/static/grid.js";
import * as keys from "/static/keys.js";

const TABS = [
  ["all", "tabAll", "전체"],
  ["unreflected", "tabUnReflect", "미반영"],
  ["reflected", "tabReflect", "회계반영"],
  ["forced", "tabForceReflect", "강제회계반영"],
];

export async function openPayments({ contents, isCurrent }) {
  let tab = behaviour.first_tab;
  const tabs = el("ul", { class: "tabs" });
  const place = el("div", { class: "list" });
  const grid = new Grid({
    place,
    progress,
    isCurrent,
    load: (page) => call("app.payment/action/ListPayments", { tab: shown(), page }),
  });
  let wrongRows = null;
  const shown = () => wrongRows ?? tab;
  const mark = (active) => tabs.querySelectorAll("li").forEach((item) => item.classList.toggle("active", item.id === `item-${active}`));

  const choose = (next) => {
    const returns = next === "unreflected" && tab !== "unreflected";
    if (returns && behaviour.tab_return === "ignored") return;
    wrongRows = returns && behaviour.tab_return === "wrong_rows" ? tab : null;
    tab = next;
    mark(null);
    grid.show(1, { drawn: () => mark(tab) });
  };
  const offered = TABS.filter(([name]) => !behaviour.tabs_missing.includes(name));
  tabs.append(...offered.map(([name, id, label]) => el("li", { id: `item-${name}` }, el("a", {
    id,
    href: "#",
    onclick: (event) => {
      event.preventDefault();
      choose(name);
    },
  }, label))));

  const reflect = async (to) => {
    const ids = grid.selected();
    if (!ids.length) {
      await tell("알림", "선택된 자료가 없습니다.");
      return;
    }
    await call("app.payment/action/Reflect", { ids, to });
    choose(tab);
  };
  const bar = el("div", { class: "toolbar" },
    el("button", { type: "button", id: "search", class: "primary", onclick: () => choose(tab) }, "검색(F8)"),
    el("button", { type: "button", id: "reflect", onclick: () => reflect("reflected") }, "회계반영"),
    el("button", { type: "button", id: "forceReflect", onclick: () => reflect("forced") }, "강제회계반영"),
    el("button", { type: "button", id: "unReflect", onclick: () => reflect("unreflected") }, "반영취소"),
    el("button", { type: "button", disabled: true }, "Excel"));

  const mark0 = contents.querySelector(".page-progress-icon");
  if (mark0) place.append(mark0);
  contents.append(tabs, place, bar);
  keys.onF8(() => choose(tab));
  await grid.show(1, { first: true, drawn: () => mark(tab) });
}
