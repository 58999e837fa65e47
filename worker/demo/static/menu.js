// The menu: pages the demo has, and some it only names.
import { el } from "/static/dom.js";
import { behaviour } from "/static/calls.js";

const page = (title, depth, menuType, menuSeq, groupSeq, prgId) => ({
  title,
  seq: menuSeq,
  links: {
    link_depth: `link_depth${depth}_${menuSeq}`,
    link_prg: `link_prg_${prgId}`,
    ma: `ma${menuSeq.replace("MENUTREE_", "")}`,
  },
  hash: `#menuType=${menuType}&menuSeq=${menuSeq}&groupSeq=${groupSeq}&prgId=${prgId}&depth=${depth}`,
});

const ACCOUNTING = "MENUTREE_000001";
const PAYMENT = "MENUTREE_000004";

const TREE = [
  ["기초등록", [
    page("거래처등록", 3, ACCOUNTING, "MENUTREE_000021", "MENUTREE_000009", "E010101"),
    page("계좌등록", 3, ACCOUNTING, "MENUTREE_000022", "MENUTREE_000009", "E010102"),
  ]],
  ["입금/지급", [
    page("입금보고서", 3, ACCOUNTING, "MENUTREE_000069", "MENUTREE_000010", "E010403"),
    page("입금보고서조회", 3, ACCOUNTING, "MENUTREE_000070", "MENUTREE_000010", "E010404"),
    page("지출결의서", 3, ACCOUNTING, "MENUTREE_000071", "MENUTREE_000010", "E010405"),
  ]],
  ["결제관리", [
    page("결제내역조회", 4, PAYMENT, "MENUTREE_002905", "MENUTREE_000030", "E040254"),
    page("결제대행사매출조회", 3, ACCOUNTING, "MENUTREE_002566", "MENUTREE_002562", "E010207"),
  ]],
  ["출력물", [
    page("일계표", 3, ACCOUNTING, "MENUTREE_000091", "MENUTREE_000012", "E010501"),
    page("거래처원장", 3, ACCOUNTING, "MENUTREE_000092", "MENUTREE_000012", "E010502"),
  ]],
];

const HOME = { title: "마이페이지", seq: "MENUTREE_000001" };

export const pageOf = (seq) =>
  seq === HOME.seq ? HOME : TREE.flatMap(([, pages]) => pages).find((known) => known.seq === seq);

// Shows only the pages whose name holds a text.
export function search(text) {
  for (const item of document.querySelectorAll("aside.menu li")) item.hidden = !item.textContent.includes(text.trim());
}

export function menu(go) {
  const link = (target) => el("li", {}, el("a", {
    id: target.links[behaviour.menu_ids],
    href: target.hash,
    onclick: (event) => {
      event.preventDefault();
      go(target.hash);
    },
  }, target.title));
  return el("nav", { class: "tree" }, ...TREE.map(([title, pages]) =>
    el("section", {}, el("h2", {}, title), el("ul", { class: behaviour.menu_folded ? "hidden" : null }, ...pages.map(link)))));
}
