// The first page after signing in.
import { el } from "/static/dom.js";
import { contents, drawn } from "/static/screen.js";

export async function openHome({ done }) {
  done();
  contents().append(
    el("div", { class: "home" },
      el("section", {},
        el("h2", {}, "공지사항"),
        el("ul", {},
          el("li", {}, "데모 ERP에 오신 것을 환영합니다. 모든 자료는 가상입니다."),
          el("li", {}, "결제내역은 최근 7일 자료가 조회됩니다."),
          el("li", {}, "입금보고서는 웹자료올리기로 한 번에 등록할 수 있습니다."))),
      el("section", {},
        el("h2", {}, "자주 쓰는 메뉴"),
        el("ul", {},
          el("li", {}, "결제관리 › 결제내역조회"),
          el("li", {}, "입금/지급 › 입금보고서"),
          el("li", {}, "입금/지급 › 입금보고서조회")))));
  drawn();
}
