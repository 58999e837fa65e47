// The popup's editable grid: one focused cell, paste fills right and down from it.
import { el } from "/static/dom.js";
import { behaviour, use } from "/static/calls.js";

const LABELS = ["일자 (필수)", "순번", "회계전표No.", "입금계좌코드 (필수)", "계정코드", "거래처코드", "거래처명 (필수)",
  "금액 (필수)", "수수료", "적요명", "프로젝트", "부서"];
const LETTERS = [..."ABCDEFGHIJKL"];
const ROWS = 20;

export class Sheet {
  constructor() {
    this.cells = [];
    this.body = el("tbody");
    this.element = el("table", { class: "sheet" },
      el("thead", {}, el("tr", {}, el("th", { class: "no" }, ""),
        ...LABELS.map((label, k) => el("th", { "data-columnid": LETTERS[k] }, label)))),
      this.body);
    this.grow(ROWS);
    this.body.addEventListener("click", (event) => {
      const cell = event.target.closest("td[data-columnid]");
      if (cell) this.focus(cell);
    });
    this.element.addEventListener("paste", (event) => this.paste(event));
    this.element.addEventListener("keydown", (event) => this.move(event));
  }

  grow(count) {
    while (this.cells.length < count) {
      const index = this.cells.length;
      this.cells.push(LETTERS.map(() => ""));
      this.body.append(el("tr", { "data-index": index }, el("td", { class: "no" }, String(index + 1)),
        ...LETTERS.map((letter) =>
          el("td", { "data-columnid": letter }, el("span", { class: "grid-input-data" })))));
    }
  }

  at(row, column) {
    return this.body.rows[row].cells[column + 1];
  }

  set(row, column, text) {
    this.cells[row][column] = text;
    const cell = this.at(row, column);
    cell.firstChild.textContent = text;
    if (text) cell.classList.remove("error");
    const input = cell.querySelector("input");
    if (input) input.value = text;
  }

  focus(cell) {
    if (cell.querySelector("input")) return;
    this.body.querySelector("input.form-control")?.remove();
    const row = cell.parentElement.rowIndex - 1;
    const column = cell.cellIndex - 1;
    const input = el("input", { class: "form-control", autocomplete: "off" });
    input.value = this.cells[row][column];
    input.addEventListener("input", () => {
      this.cells[row][column] = input.value;
      cell.firstChild.textContent = input.value;
      if (input.value) cell.classList.remove("error");
    });
    cell.append(input);
    input.focus();
    if (behaviour.focus_stolen > 0) {
      behaviour.focus_stolen -= 1;
      use("focus_stolen");
      input.blur();
    }
  }

  move(event) {
    const cell = event.target.closest("td[data-columnid]");
    if (!cell || !["Enter", "Tab", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    const row = cell.parentElement.rowIndex - 1;
    const column = cell.cellIndex - 1;
    const step = { Enter: [1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0], Tab: [0, event.shiftKey ? -1 : 1] }[event.key];
    const [nextRow, nextColumn] = [row + step[0], column + step[1]];
    if (nextRow < 0 || nextRow >= this.cells.length || nextColumn < 0 || nextColumn >= LETTERS.length) return;
    event.preventDefault();
    this.focus(this.at(nextRow, nextColumn));
  }

  paste(event) {
    const cell = event.target.closest("td[data-columnid]");
    if (!cell) return;
    event.preventDefault();
    let lines = event.clipboardData.getData("text/plain").replace(/(\r?\n)+$/, "").split(/\r?\n/);
    let shift = 0;
    switch (this.pasteFault()) {
      case "ignored":
        return;
      case "first_row":
        lines = lines.slice(0, 1);
        break;
      case "half":
        lines = lines.slice(0, Math.ceil(lines.length / 2));
        break;
      case "shifted":
        shift = 1;
        break;
    }
    const firstRow = cell.parentElement.rowIndex - 1;
    const firstColumn = cell.cellIndex - 1 + shift;
    this.grow(firstRow + lines.length);
    lines.forEach((line, k) => line.split("\t").forEach((text, j) => {
      if (firstColumn + j < LETTERS.length) this.set(firstRow + k, firstColumn + j, text);
    }));
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
    cell.classList.add("error");
    cell.scrollIntoView({ block: "nearest" });
  }

  // Keeps only some rows, moved to the top.
  keep(places) {
    const kept = places.map((place) => this.cells[place]);
    this.body.querySelector("input.form-control")?.remove();
    this.body.replaceChildren();
    this.cells = [];
    this.grow(Math.max(ROWS, kept.length));
    kept.forEach((cells, row) => cells.forEach((text, column) => this.set(row, column, text)));
  }
}
