// The pager of a list: the page that is shown is the active item; an input takes a number and says none.
import { el } from "/static/dom.js";
import { behaviour, use } from "/static/calls.js";

const NUMBERS = 10;

export class Pager {
  constructor({ page, pages, show }) {
    Object.assign(this, { page, pages, show });
  }

  async go(number) {
    if (!Number.isInteger(number) || number < 1) return;
    if (behaviour.pager_ignored && (await use("pager_ignored"))) {
      behaviour.pager_ignored -= 1;
      return;
    }
    this.show(Math.min(number, this.pages));
  }

  item(kind, target, { text = "", hidden = false } = {}) {
    const names = [kind, text && target === this.page ? "active" : "", hidden ? "hidden" : ""].filter(Boolean).join(" ");
    return el("li", { class: names || null }, el("a", {
      href: "#",
      onclick: (event) => {
        event.preventDefault();
        if (target !== this.page) this.go(target);
      },
    }, text || el("i", { class: `icon-${kind}` })));
  }

  element() {
    const { page, pages } = this;
    const start = Math.floor((page - 1) / NUMBERS) * NUMBERS + 1;
    const input = el("input", { type: "text", class: "form-control", value: behaviour.pager_input === "filled" ? page : "" });
    const apply = el("button", { type: "button", class: "hidden", onclick: () => this.go(Number(input.value)) });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") apply.click();
    });
    const numbers = Array.from({ length: NUMBERS }, (_, k) =>
      this.item("", start + k, { text: String(start + k), hidden: start + k > pages }));
    // One step of an arrow is ten pages.
    const list = el("ul", { class: "pagination" },
      this.item("first", 1, { hidden: start === 1 }),
      this.item("prev", Math.max(1, page - NUMBERS), { hidden: start === 1 }),
      ...numbers,
      this.item("next", Math.min(pages, page + NUMBERS), { hidden: start + NUMBERS > pages }),
      this.item("last", pages, { hidden: start + NUMBERS > pages }));
    const hidden = pages === 1 && behaviour.one_page_pager === "hidden" ? " hidden" : "";
    return el("div", { class: `wrapper-grid-pagination pager${hidden}` },
      el("div", { class: "wrapper-pagination" }, list, el("span", { "data-cid": "paging" }, input, apply), `/ ${pages}`));
  }
}
