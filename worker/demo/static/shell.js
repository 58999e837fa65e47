// The shell: menu, routing by hash, which page is shown.
import { el } from "/static/dom.js";
import { begin, behaviour, boot, fetchBehaviour } from "/static/calls.js";
import { busy, clear, contents } from "/static/screen.js";
import { showLayers } from "/static/layers.js";
import * as keys from "/static/keys.js";
import { menu, pageOf, search } from "/static/menu.js";
import { openPayments } from "/static/payments.js";
import { openDeposit } from "/static/deposit.js";
import { openDeposits } from "/static/deposits.js";
import { openHome } from "/static/home.js";

const SCREENS = {
  MENUTREE_000001: openHome,
  MENUTREE_002905: openPayments,
  MENUTREE_000069: openDeposit,
  MENUTREE_000070: openDeposits,
};

let turn = 0;

// Shows the page of the hash. A page asks `isCurrent` before it draws, so that a slow one never overwrites another;
// `done` takes the progress mark away.
async function route() {
  const mine = ++turn;
  const isCurrent = () => mine === turn;
  const seq = new URLSearchParams(location.hash.slice(1)).get("menuSeq") || "MENUTREE_000001";
  const page = pageOf(seq);
  keys.clear();
  document.querySelectorAll("aside.menu a").forEach((link) => link.classList.toggle("on", link.hash.includes(`menuSeq=${seq}&`)));
  clear(page?.title, seq);
  const done = busy();
  await fetchBehaviour();
  if (!isCurrent() || behaviour.never_loads) return;
  if (!behaviour.progress) done();
  if (!SCREENS[seq] || behaviour.forbidden_menu === seq) {
    done();
    clear("", seq);
    contents().append(el("p", { class: "page-message" }, "존재하지 않는 메뉴이거나 사용 권한이 없습니다."));
    return;
  }
  if (behaviour.content_in_frame && !document.body.classList.contains("in-frame")) {
    done();
    clear("", seq);
    contents().append(
      el("iframe", { name: "content_frame", class: "content-frame", src: boot.content + location.hash }));
    return;
  }
  await SCREENS[seq]({ isCurrent, done });
}

export function start(state) {
  begin(state);
  const aside = document.querySelector("aside.menu");
  if (!aside.classList.contains("no-menu")) {
    aside.append(menu((hash) => {
      if (location.hash === hash) route();
      else location.hash = hash;
    }));
  }
  const logout = document.getElementById("logout");
  if (!behaviour.logout_control) logout.remove();
  logout.addEventListener("click", (event) => {
    event.preventDefault();
    window.top.location.href = boot.logout;
  });
  const quick = document.getElementById("quick_search");
  quick.addEventListener("input", () => search(quick.value));
  window.addEventListener("hashchange", route);
  keys.listen();
  if (behaviour.layers) showLayers();
  route();
}

export function startContent(state) {
  begin(state);
  keys.listen();
  route();
}
