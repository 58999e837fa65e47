// The grid of the lists.
import { el, wait } from "/static/dom.js";
import { behaviour } from "/static/calls.js";
import { Pager } from "/static/pager.js";
import { busy, drawn as screenDrawn } from "/static/screen.js";

const REPEAT_EVERY = 30;
//: A list has as many columns beside its own that no person sees.
const HIDDEN = [{ id: "SETL_SER", label: "결제순번" }, { id: "SETL_AMT_F", label: "결제금액" }];
//: Columns of the copy that stays while the grid scrolls sideways.
const FIXED = 2;

const hides = () => behaviour.generation === "old" && behaviour.hidden_columns;
const isSum = (row) => row.kind === "sum";

// All columns in their order: each hidden one stands between two that are shown.
function spread(columns) {
  if (!hides()) return columns;
  const all = [...columns];
  HIDDEN.forEach((column, k) => all.splice(1 + 3 * k, 0, { ...column, kind: "text", hidden: true }));
  return all;
}

const named = (attributes, column) => (behaviour.column_ids ? { ...attributes, "data-columnid": column } : attributes);

const headCell = (column) => el("th", named({ class: column.hidden ? "hide" : column.kind }, column.id),
  el("span", behaviour.column_ids ? { "data-column-id": column.id } : {}, column.label));

const headRow = (columns) => el("tr", { "data-key": "head" },
  el("th", named({ class: "no" }, "CHK_H"), el("div", {}, el("input", { type: "checkbox", tabindex: "-1" }))), ...columns.map(headCell));

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function cell(row, { id, kind, hidden, linked }) {
  const text = hidden ? (id === "SETL_AMT_F" ? "999,999" : String(row.id)) : row.cells[id];
  const place = behaviour.column_ids ? ` data-columnid="${id}"` : "";
  const span = behaviour.column_ids ? ` data-column-id="${id}"` : "";
  const inner = text === null ? "" : linked && text ? `<a href="#">${escaped(text)}</a>` : `<span${span}>${escaped(text)}</span>`;
  return `<td class="${hidden ? "hide" : kind}"${place}>${inner}</td>`;
}

// Rows are written as text: a page of them is drawn in a fifth of the time elements take.
function bodyRow(row, number, columns) {
  const cells = columns.map((column) => cell(row, column)).join("");
  const disabled = row.selectable ? "" : " disabled";
  const key = behaviour.generation === "new" ? `data-row-sid="grid-${row.id}"` : `data-key="${row.id}"`;
  const check = behaviour.column_ids ? ' data-columnid="CHK_H"' : "";
  return `<tr ${key}><td class="no"${check}><div><button type="button" class="row-select" data-id="${row.id}"${disabled}>`
    + `${number}</button></div></td>${cells}</tr>`;
}

// A sum among the rows: with all its cells, or with its first ones merged.
function sumRow(columns, amount, number) {
  const place = (id) => (behaviour.column_ids ? ` data-columnid="${id}"` : "");
  const money = columns.findIndex((column) => column.kind === "amount" && !column.hidden);
  const text = (k) => (k === money ? amount.toLocaleString("en") : "");
  const merged = number % 2 ? money + 1 : 1;
  const label = `<td class="no" colspan="${merged}"${place("CHK_H")}>${number % 2 ? "2026/11 계" : ""}</td>`;
  const cells = columns.map((column, k) => [column, k]).slice(merged - 1).map(([column, k]) =>
    `<td class="${column.hidden ? "hide" : column.kind}"${place(column.id)}>${!(number % 2) && !column.hidden && k === 2 ? "소계" : text(k)}</td>`);
  return `<tr class="muted" data-key="sum-${number}">${label}${cells.join("")}</tr>`;
}

export class Grid {
  // `load(page)` returns a page of data; `place` is where all is drawn.
  constructor({ place, load, isCurrent }) {
    Object.assign(this, { place, load, isCurrent });
    this.turn = 0;
    place.classList.add("__ecGridContainer");
  }

  selected() {
    return [...this.place.querySelectorAll("#grid-main button.row-select.selected")].map((button) => Number(button.dataset.id));
  }

  // Empties the grid, loads a page, draws it; `drawn(data)` is called when its rows begin to be drawn.
  async show(page, { first = false, done = null, drawn = () => {} } = {}) {
    const mine = ++this.turn;
    const isMine = () => mine === this.turn && this.isCurrent();
    const loaded = done ?? busy(behaviour.progress_after_s);
    this.empty(first);
    const [data] = await Promise.all([this.load(page), first ? wait(behaviour.header_s) : null]);
    if (!isMine()) return;
    if (!behaviour.rows_stay || first) {
      drawn(data);
      this.drawHead(data);
    }
    if (first) loaded();
    await wait(behaviour.rows_s);
    if (!isMine() || behaviour.rows_never) return;
    loaded();
    if (behaviour.rows_stay && !first) {
      drawn(data);
      this.drawHead(data);
    }
    this.drawRows(data);
    screenDrawn();
  }

  empty(first) {
    if (behaviour.rows_stay && !first) return;
    this.place.querySelectorAll(".wrapper-grid-pagination").forEach((pager) => pager.remove());
    if (first) this.place.querySelector(".grid-wrap")?.remove();
    else this.place.querySelectorAll("#grid-main > tbody, .grid-clone-left tbody").forEach((body) => body.replaceChildren());
  }

  drawHead(data) {
    const columns = spread(data.columns);
    this.place.querySelector(".grid-wrap")?.remove();
    this.body = el("tbody", { onclick: (event) => event.target.closest(".row-select")?.classList.toggle("selected") });
    const copy = behaviour.cloned_header
      ? el("div", { class: "grid-clone-top" }, el("table", {}, el("thead", {}, headRow(columns)), el("tbody")))
      : null;
    this.left = behaviour.cloned_left
      ? el("div", { class: "grid-clone-left" },
        el("table", {}, el("thead", {}, headRow(columns.filter((column) => !column.hidden).slice(0, FIXED))), el("tbody")))
      : null;
    this.place.append(el("div", { class: "grid-wrap" }, copy, this.left,
      el("table", { id: "grid-main", class: "grid" }, el("thead", {}, headRow(columns)), this.body,
        el("tfoot"))));
    if (!this.place.querySelector(".grid-bottom-toolbar")) {
      // A stray mark, as it stands in toolbars.
      this.place.append(el("div", { class: "grid-bottom-toolbar" }, el("span", { "data-column-id": ",", hidden: true })));
    } else {
      this.place.append(this.place.querySelector(".grid-bottom-toolbar"));
    }
  }

  drawRows(data) {
    const { rows } = data;
    const columns = spread(data.columns);
    const money = data.columns.find((column) => column.kind === "amount")?.id;
    let sum = 0;
    const total = (some) => some.reduce((all, row) => all + (Number(String(row.cells[money] ?? "").replace(/[^\d-]/g, "")) || 0), 0);
    const drawn = rows.map((row, index) => {
      const comes = index && index % REPEAT_EVERY === 0;
      const again = behaviour.header_repeated && comes ? headRow(columns).outerHTML : "";
      const added = behaviour.subtotal_rows && comes ? sumRow(columns, total(rows.slice(index - REPEAT_EVERY, index)), ++sum) : "";
      return again + added + bodyRow(row, data.first + index, columns);
    });
    if (behaviour.subtotal_rows && rows.length) drawn.push(sumRow(columns, total(rows), ++sum));
    const width = columns.filter((column) => !column.hidden).length + 1;
    if (!rows.length) drawn.push(`<tr><td class="nothing" colspan="${width}">${"조회된 데이터가 없습니다."}</td></tr>`);
    this.body.innerHTML = drawn.join("");
    if (this.left) {
      const shown = columns.filter((column) => !column.hidden).slice(0, FIXED);
      this.left.querySelector("tbody").innerHTML = rows.map((row, index) => bodyRow(row, data.first + index, shown)).join("");
    }
    const foot = this.body.nextSibling;
    foot.innerHTML = rows.length ? sumRow(columns, total(rows), 0) : "";
    this.drawPager(data);
  }

  drawPager({ page, pages, total }) {
    this.place.querySelectorAll(".wrapper-grid-pagination").forEach((pager) => pager.remove());
    if (!total || (pages === 1 && behaviour.one_page_pager === "absent")) return;
    const wrap = this.place.querySelector(".grid-wrap");
    const pager = new Pager({ page, pages, show: (number) => this.show(number) });
    wrap.before(pager.element());
    // The copy of the toolbar that a long grid keeps in view.
    let copy = this.place.querySelector(".grid-clone-topToolbar");
    if (!copy) {
      copy = el("div", { class: "grid-clone-topToolbar hidden" });
      this.place.prepend(copy);
    }
    copy.replaceChildren(pager.element());
  }
}
