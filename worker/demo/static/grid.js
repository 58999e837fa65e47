// The grid of the lists, and its pager.
import { el, wait } from "/static/dom.js";
import { behaviour, use } from "/static/calls.js";

const REPEAT_EVERY = 30;

const headRow = (columns) => el("tr", {}, el("th", { class: "no" }, el("span", {}, "")),
  ...columns.map((column) => el("th", { class: column.kind }, el("span", { "data-column-id": column.id }, column.label))));

function bodyRow(row, index, number, columns) {
  const button = el("button", { type: "button", class: "row-select", disabled: !row.selectable, "data-id": row.id }, String(number));
  button.addEventListener("click", () => button.classList.toggle("selected"));
  return el("tr", { "data-index": index },
    el("td", { class: "no" }, button),
    ...columns.map((column) => {
      const text = row.cells[column.id];
      const span = text === null ? null : el("span", { "data-column-id": column.id }, text);
      return el("td", { class: column.kind }, span);
    }));
}

export class Grid {
  // `load(page)` returns a page of data; `progress()` makes the mark; `place` is where all is drawn.
  constructor({ place, progress, load, isCurrent }) {
    Object.assign(this, { place, progress, load, isCurrent });
    this.turn = 0;
    this.columns = [];
  }

  selected() {
    return [...this.place.querySelectorAll("button.row-select.selected")].map((button) => Number(button.dataset.id));
  }

  // Empties the grid, loads a page, draws it; `drawn(data)` is called when its rows begin to be drawn.
  async show(page, { first = false, drawn = () => {} } = {}) {
    const mine = ++this.turn;
    const isMine = () => mine === this.turn && this.isCurrent();
    this.empty(first);
    const [data] = await Promise.all([this.load(page), first ? wait(behaviour.header_s) : null]);
    if (!isMine()) return;
    drawn(data);
    this.drawHead(data);
    if (first) this.place.querySelector(".page-progress-icon")?.remove();
    await wait(behaviour.rows_s);
    if (!isMine() || behaviour.rows_never) return;
    this.place.querySelector(".page-progress-icon")?.remove();
    this.drawRows(data);
  }

  empty(first) {
    this.place.querySelector(".pager")?.remove();
    if (first) this.place.querySelector(".grid-wrap")?.remove();
    else this.place.querySelector("table.grid > tbody")?.replaceChildren();
    if (behaviour.progress && !this.place.querySelector(".page-progress-icon")) this.place.append(this.progress());
  }

  drawHead({ columns }) {
    this.place.querySelector(".grid-wrap")?.remove();
    this.body = el("tbody");
    this.place.append(el("div", { class: "grid-wrap" },
      el("div", { class: "grid-fixed-header" }, el("table", {}, el("thead", {}, headRow(columns)))),
      el("table", { class: "grid" }, el("thead", {}, headRow(columns)), this.body)));
  }

  drawRows(data) {
    const { columns, rows } = data;
    const drawn = [];
    rows.forEach((row, index) => {
      if (behaviour.header_repeated && index && index % REPEAT_EVERY === 0) drawn.push(headRow(columns));
      drawn.push(bodyRow(row, index, data.first + index, columns));
    });
    if (!rows.length) {
      drawn.push(el("tr", { class: "no-data" }, el("td", { colspan: columns.length + 1 }, "조회된 데이터가 없습니다.")));
    }
    this.body.replaceChildren(...drawn);
    if (data.pages > 1) this.place.querySelector(".grid-wrap").before(this.pager(data));
  }

  pager({ page, pages }) {
    const go = async (number) => {
      if (number < 1 || number > pages || !Number.isInteger(number)) return;
      if (await use("pager_ignored")) return;
      this.show(number);
    };
    const link = (number) => el("a", {
      class: number === page ? "page active" : "page",
      "data-page": number,
      href: "#",
      onclick: (event) => {
        event.preventDefault();
        go(number);
      },
    }, String(number));
    const start = Math.max(1, Math.min(page - 4, pages - 9));
    const near = Array.from({ length: Math.min(10, pages) }, (_, k) => start + k);
    const input = el("input", { class: "page-now", value: page, inputmode: "numeric", "aria-label": "페이지" });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") go(Number(input.value));
    });
    return el("div", { class: "pager" },
      ...(start > 1 ? [link(1), el("span", { class: "gap" }, "…")] : []),
      ...near.map(link),
      el("a", {
        class: page < pages ? "next" : "next disabled",
        href: "#",
        onclick: (event) => {
          event.preventDefault();
          go(page + 1);
        },
      }, "»"),
      input,
      el("span", { class: "page-total" }, `/ ${pages}`));
  }
}
