// 결제내역조회: the payment list, its tabs, what a person does with its rows.
import { el } from "/static/dom.js";
import { behaviour, call } from "/static/calls.js";
import { tell } from "/static/dialog.js";
import { Grid } from "/static/grid.js";
import { button, contents, toolbar } from "/static/screen.js";
import * as keys from "/static/keys.js";

const TABS = [
  ["all", "tabAll", "전체"],
  ["unreflected", "tabUnReflect", "미반영"],
  ["reflected", "tabReflect", "회계반영"],
  ["forced", "tabForceReflect", "강제회계반영"],
];

// Item, link and text carry the same id.
const tabItem = (id, label, act) => el("li", { id }, el("a", {
  id,
  href: "#",
  onclick: (event) => {
    event.preventDefault();
    act();
  },
}, el("span", { id }, label)));

export async function openPayments({ isCurrent, done }) {
  let tab = behaviour.first_tab;
  const tabs = el("ul", { class: "nav nav-tabs tabs" });
  const place = el("div", { class: "list" });
  const grid = new Grid({
    place,
    isCurrent,
    load: (page) => call("app.payment/action/ListPayments", { tab: shown(), page }),
  });
  let wrongRows = null;
  const shown = () => wrongRows ?? tab;
  const offered = TABS.filter(([name]) => !behaviour.tabs_missing.includes(name));
  const mark = (active) => [...tabs.children].forEach((item, k) => item.classList.toggle("active", offered[k][0] === active));

  const choose = (next) => {
    const returns = next === "unreflected" && tab !== "unreflected";
    if (returns && behaviour.tab_return === "ignored") return;
    wrongRows = returns && behaviour.tab_return === "wrong_rows" ? tab : null;
    tab = next;
    mark(behaviour.tab_marked === "at_once" ? tab : null);
    grid.show(1, { drawn: () => mark(tab) });
  };
  tabs.append(...offered.map(([name, id, label]) => tabItem(id, label, () => choose(name))));

  const reflect = async (to) => {
    const ids = grid.selected();
    if (!ids.length) {
      await tell("알림", "선택된 자료가 없습니다.");
      return;
    }
    await call("app.payment/action/Reflect", { ids, to });
    choose(tab);
  };
  // A second bar of tabs, of the search panel.
  const search = el("div", { class: "search-panel" },
    el("ul", { class: "nav nav-tabs small" },
      el("li", { class: "active" }, el("a", { href: "#" }, "기본")), el("li", {}, el("a", { href: "#" }, "양식"))),
    el("span", { class: "field fixed" }, "최근 7일"));
  contents().append(search, tabs, place);
  toolbar(
    button("search", "검색(F8)", { class: "primary", onclick: () => choose(tab) }),
    button("reflect", "회계반영", { onclick: () => reflect("reflected") }),
    button("forceReflect", "강제회계반영", { onclick: () => reflect("forced") }),
    button("unReflect", "반영취소", { onclick: () => reflect("unreflected") }),
    ...(behaviour.report_button ? [button("depositReport", "입금보고서작성", { disabled: true })] : []),
    button("excel", "Excel", { disabled: true }));
  keys.onF8(() => choose(tab));
  await grid.show(1, { first: true, done, drawn: () => mark(tab) });
}
