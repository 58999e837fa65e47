// The popup's input grid: a floating editor over one cell, a paste that any focused cell takes.
import { el } from "/static/dom.js";
import { behaviour, use } from "/static/calls.js";
import { tell, top } from "/static/dialog.js";
import { titled } from "/static/titles.js";

//: Field, title, how its cells look.
const COLUMNS = [
  ["TRX_DATE", "일자 (필수)", "day"], ["SER_NO", "순번", "narrow"], ["ACC_DOC_NO", "회계전표No.", ""],
  ["CASH_CD", "입금계좌코드 (필수)", "account"], ["GYE_CODE", "계정코드", "narrow"], ["CUST", "거래처코드", ""],
  ["CUST_DES", "거래처명 (필수)", "payer"], ["AMT", "금액 (필수)", "money"], ["FEE", "수수료", "money narrow"],
  ["REMARKS", "적요명", "wide"], ["PJT_CD", "프로젝트", ""], ["DEPT", "부서", ""],
];
//: Columns of the template that no person sees: they stand behind every third column.
const HIDDEN = ["TRX_TYPE", "EXCHANGE_RATE", "UPLOAD_SER", "FORM_SER"];
const BLANK = "\u00a0";
const NO_DAY = "====/==/";

//: The template's columns, by their place in COLUMNS.
const TEMPLATES = {
  usual: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  short: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  other_order: [0, 1, 2, 3, 4, 5, 7, 6, 8, 9, 10, 11],
};

export class Sheet {
  // `place` is the grid's container: the editor floats there, outside the rows.
  constructor(place) {
    this.place = place;
    this.cells = [];
    this.shown = TEMPLATES[behaviour.upload_columns];
    this.layout = this.shown.flatMap((column, k) =>
      (behaviour.hidden_columns && k % 3 === 2 ? [column, null] : [column]));
    this.body = el("tbody");
    let hidden = 0;
    const head = this.layout.map((column) => (column === null
      ? el("th", { "data-columnid": HIDDEN[hidden++], class: "hide" }, "환율")
      : el("th", { "data-columnid": COLUMNS[column][0], class: COLUMNS[column][2] }, COLUMNS[column][1])));
    this.element = el("table", { id: "grid-main", class: "sheet" },
      el("thead", {}, el("tr", {}, el("th", { "data-columnid": "CHK_H", class: "no" }),
        el("th", { "data-columnid": "ROW_MOVEABLE", class: "move" }), ...head)),
      this.body);
    this.grow(behaviour.popup_rows);
    this.body.addEventListener("click", (event) => {
      const cell = event.target.closest("td");
      if (cell) this.focus(this.rowOf(cell), this.columnOf(cell) ?? this.shown[0]);
    });
    this.holder = el("div", { class: "grid-input-holder edit_container hidden" });
    this.editor = el("input", { class: "form-control grid-input-data-edit", autocomplete: "off" });
    this.holder.append(this.editor);
    this.editor.addEventListener("keydown", (event) => this.move(event));
    place.append(this.holder);
    this.onPaste = (event) => this.paste(event);
    window.addEventListener("paste", this.onPaste);
    this.dialog = null;
  }

  end() {
    window.removeEventListener("paste", this.onPaste);
  }

  grow(count) {
    while (this.cells.length < count) {
      const row = this.cells.length;
      this.cells.push(COLUMNS.map(() => ""));
      let hidden = 0;
      const key = behaviour.generation === "new" ? { "data-row-sid": `sheet-${row}` } : { "data-key": row };
      this.body.append(el("tr", key,
        el("td", { "data-columnid": "CHK_H", class: "no" }, el("div", {}, String(row + 1))),
        el("td", { "data-columnid": "ROW_MOVEABLE", class: "move" }, "⋮"),
        ...this.layout.map((column) => (column === null
          ? el("td", { "data-columnid": HIDDEN[hidden++], class: "hide" }, el("span", { class: "grid-input-data" }, "1"))
          : el("td", { "data-columnid": COLUMNS[column][0], class: COLUMNS[column][2] },
            el("span", { class: "grid-input-data" }, column === 0 ? NO_DAY : BLANK))))));
    }
  }

  rowOf(cell) {
    return [...this.body.rows].indexOf(cell.parentElement);
  }

  columnOf(cell) {
    const place = COLUMNS.findIndex(([field]) => field === cell.dataset.columnid);
    return place < 0 ? null : place;
  }

  at(row, column) {
    return this.body.rows[row].querySelector(`td[data-columnid="${COLUMNS[column][0]}"]`);
  }

  set(row, column, text) {
    this.cells[row][column] = text;
    const cell = this.at(row, column);
    if (!cell) return;
    cell.firstChild.textContent = text || (column === 0 ? NO_DAY : BLANK);
    if (text) cell.classList.remove("has-error");
  }

  // Opens the editor over the first cell, as the popup does when it opens.
  begin() {
    this.focus(0, this.shown[0]);
  }

  focus(row, column) {
    this.commit();
    this.current = { row, column };
    this.editor.value = this.cells[row][column];
    this.holder.classList.remove("hidden");
    this.follow();
    this.editor.focus();
    if (behaviour.focus_stolen > 0) {
      behaviour.focus_stolen -= 1;
      use("focus_stolen");
      this.editor.blur();
    }
  }

  // Lays the editor over its cell.
  follow() {
    const { row, column } = this.current;
    const cell = this.at(row, column);
    Object.assign(this.holder.style, {
      left: `${cell.offsetLeft}px`, top: `${cell.offsetTop}px`, width: `${cell.offsetWidth}px`, height: `${cell.offsetHeight}px`,
    });
  }

  // Writes what was typed into the cell.
  commit() {
    if (!this.current) return;
    const { row, column } = this.current;
    if (row < this.cells.length && this.editor.value !== this.cells[row][column]) this.set(row, column, this.editor.value);
  }

  close() {
    this.commit();
    this.holder.classList.add("hidden");
    this.current = null;
  }

  move(event) {
    if (!this.current || !["Enter", "Tab", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    const { row, column } = this.current;
    const step = { Enter: [1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0], Tab: [0, event.shiftKey ? -1 : 1] }[event.key];
    const next = this.shown[this.shown.indexOf(column) + step[1]];
    const nextRow = row + step[0];
    if (nextRow < 0 || nextRow >= this.cells.length || next === undefined) return;
    event.preventDefault();
    this.focus(nextRow, next);
  }

  // The row that a paste begins at, or null where no cell takes it.
  target(event) {
    if (event.target === this.editor && this.current) return this.current.row;
    const cell = event.target.closest?.("td");
    return cell && this.body.contains(cell) ? this.rowOf(cell) : null;
  }

  paste(event) {
    if (top()?.element.contains(this.element) !== true) return;
    const row = this.target(event);
    if (row === null) return;
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain");
    const fault = this.pasteFault();
    if (fault === "ignored") return;
    this.fill(lines(text), row, fault);
    if (fault === "twice") this.fill(lines(text), row + lines(text).length, fault);
  }

  fill(rows, start, fault) {
    const titles = COLUMNS.map(([, title]) => title.replace("(필수)", "").trim());
    const { header, problem } = behaviour.titles_in_paste ? titled(rows[0] ?? [], titles) : {};
    if (problem) {
      tell("알림", problem);
      return;
    }
    const columns = header ?? this.shown;
    let taken = header ? rows.slice(1) : rows;
    if (fault === "first_row") taken = taken.slice(0, 1);
    if (fault === "half") taken = taken.slice(0, Math.ceil(taken.length / 2));
    const first = start + (fault === "lower" ? 1 : 0);
    const width = rows[0]?.length ?? 0;
    if (width > columns.length) {
      tell("알림", "붙여넣을 항목의 수가 화면의 항목보다 많습니다.");
      return;
    }
    for (const [k, cells] of taken.entries()) {
      if (cells.length < width) {
        tell("알림", `${k + 1}번째 행의 항목 수가 첫 행과 다릅니다.`);
        break;
      }
      this.grow(first + k + 1);
      cells.forEach((text, j) => {
        const column = columns[j + (fault === "shifted" ? 1 : 0)];
        if (column !== undefined) this.set(first + k, column, text);
      });
      if (fault === "two_cells" && !k) this.set(first, columns[1], cells[0]);
    }
    if (!this.current) return;
    if (fault === "editor_keeps" || behaviour.editor_after_paste === "kept") return;
    if (behaviour.editor_after_paste === "closed") {
      this.editor.value = this.cells[this.current.row][this.current.column];
      this.holder.classList.add("hidden");
      this.current = null;
      this.element.tabIndex = -1;
      this.element.focus();
      return;
    }
    this.editor.value = this.cells[this.current.row][this.current.column];
    this.follow();
  }

  pasteFault() {
    const fault = behaviour.paste_fault;
    if (fault === "none") return fault;
    use("paste_fault");
    if (behaviour.paste_fault_times > 0 && --behaviour.paste_fault_times === 0) behaviour.paste_fault = "none";
    return fault;
  }

  // Rows that are not blank, with their place.
  filled() {
    return this.cells.map((cells, index) => ({ cells, index })).filter(({ cells }) => cells.some((text) => text.trim()));
  }

  isEmpty() {
    return this.filled().length === 0;
  }

  requireDate() {
    const cell = this.at(0, 0);
    cell.classList.add("has-error");
    cell.scrollIntoView({ block: "nearest" });
  }

  // Keeps only some rows, moved to the top.
  keep(places) {
    const kept = places.map((place) => this.cells[place]);
    this.holder.classList.add("hidden");
    this.current = null;
    this.body.replaceChildren();
    this.cells = [];
    this.grow(Math.max(behaviour.popup_rows, kept.length));
    kept.forEach((cells, row) => cells.forEach((text, column) => this.set(row, column, text)));
  }
}

// A pasted text as rows of cells: where it holds the product's name, it is split there, else at line ends.
function lines(text) {
  const name = behaviour.paste_splits && text.match(/ecount|Ecount|ECOUNT/);
  const parts = name ? text.split(/ecount|Ecount|ECOUNT/) : text.includes("\r") ? text.split(/\r\n?/) : text.split("\n");
  while (parts.length && !parts[parts.length - 1].trim()) parts.pop();
  return parts.map((line) => line.split("\t"));
}
