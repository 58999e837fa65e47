// The grid of the lists, and its pager.
import { el, wait } from "/static/dom.js";
import { behaviour, use } from "/static/calls.js";

const REPEAT_EVERY = 30;

const headRow = (columns) => el("tr", {}, el("th", { class: "no" }, el("span", {}, "")),
  ...columns.map((column) => el("th", { class: column.kind }, el("span", { "data-column-id": column.id }, column.label))));

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

// Rows are written as text: a page of them is drawn in a fifth of the time elements take.
function bodyRow(row, index, number, columns) {
  const cells = columns.map(({ id, kind }) => {
    const text = row.cells[id];
    return `<td class="${kind}">${text === null ? "" : `<span data-column-id="${id}">${escaped(text)}</span>`}</td>`;
  });
  const disabled = row.selectable ? "" : " disabled";
  return `<tr data-index="${index}"><td class="no"><button type="button" class="row-select" data-id="${row.id}"${disabled}>`
    + `${number}</button></td>${cells.join("")}</tr>`;
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
    this.body = el("tbody", { onclick: (event) => event.target.closest(".row-select")?.classList.toggle("selected") });
    this.place.append(el("div", { class: "grid-wrap" },
      el("div", { class: "grid-fixed-header" }, el("table", {}, el("thead", {}, headRow(columns)))),
      el("table", { class: "grid" }, el("thead", {}, headRow(columns)), this.body)));
  }

  drawRows(data) {
    const { columns, rows } = data;
    const drawn = rows.map((row, index) => {
      const again = behaviour.header_repeated && index && index % REPEAT_EVERY === 0;
      return (again ? headRow(columns).outerHTML : "") + bodyRow(row, index, data.first + index, columns);
    });
    if (!rows.length) drawn.push(`<tr class="no-data"><td colspan="${columns.length + 1}">조회된 데이터가 없습니다.</td></tr>`);
    this.body.innerHTML = drawn.join("");
    if (data.pages > 1) this.place.querySelector(".grid-wrap").before(this.pager(data));
  }

  pager({ page, pages }) {
    const go = async (number) => {
      if (number < 1 || number > pages || !Number.isInteger(number)) return;
      if (behaviour.pager_ignored && (await use("pager_ignored"))) {
        behaviour.pager_ignored -= 1;
        return;
      }
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
