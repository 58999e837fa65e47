// The upload's popup, its input grid and the editor that floats over a cell.

// The popup: by its mark, else the dialog that offers the template.
const findPopups = (m) => {
  const marked = [...document.querySelectorAll(m.popup)].filter(isShown);
  if (marked.length) return marked;
  return [...document.querySelectorAll(m.dialog)].filter(isShown).filter(dialog =>
    [...dialog.querySelectorAll(m.dialogTitle)].some(one => compact(one.textContent) === compact(m.popupTitle))
    && compact(dialog.textContent).includes(compact(m.popupWords)));
};

const isEditable = (e) => e.matches('input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=button]), textarea')
  || e.isContentEditable;

// What takes typing and lies over a cell: most of it, wherever it stands in the document.
const findEditor = (popup, cell) => {
  const place = cell.getBoundingClientRect();
  const found = [...popup.querySelectorAll('input, textarea, [contenteditable]')].filter(e => {
    if (!isEditable(e) || !isShown(e)) return false;
    const box = e.getBoundingClientRect();
    const width = Math.min(box.right, place.right) - Math.max(box.left, place.left);
    const height = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
    return width > 0 && height > 0 && width * height > place.width * place.height / 2;
  });
  return found.length === 1 ? found[0] : null;
};

const cellText = (cell) => {
  const text = textOf(cell);
  return /^=+[/=\-.]*$/.test(text) && text.includes('/') ? '' : text;
};

// The grid of the popup: {popups, popup, heads, rows, cells, editor}; `cells` are those of its first row.
const findSheet = (m) => {
  const popups = findPopups(m);
  if (popups.length !== 1) return {popups: popups.length};
  const [popup] = popups;
  const table = findTable({...m, clone: m.clone}, popup);
  if (!table) return {popups: 1, popup};
  const named = table.heads.map((head, k) => [head, k]).filter(([head]) => !head.off && head.label);
  const rows = [...(table.table.tBodies[0]?.rows ?? [])].filter(tr => tr.querySelector('td') && !isOff(tr));
  const cellsOfRow = (tr) => {
    const cells = cellsOf(placed([...tr.cells]), table);
    const shown = table.heads.filter(head => !head.off);
    return cells && named.map(([head]) => cells[shown.indexOf(head)]);
  };
  const first = rows.length ? cellsOfRow(rows[0]) : null;
  return {popups: 1, popup, heads: named.map(([head]) => head.label), rows, cellsOfRow, first, alike: table.alike};
};

// The grid as it stands: {popups, ready, heads, rows, odd, editor}. Rows that are blank at the end are left out.
const readSheet = (m) => {
  const sheet = findSheet(m);
  if (sheet.popups !== 1 || !sheet.heads) return sheet.popups ? {popups: sheet.popups, ready: false, heads: []} : null;
  const cells = sheet.rows.map(sheet.cellsOfRow);
  const texts = cells.map(row => row && row.map(cellText));
  while (texts.length && texts[texts.length - 1]?.every(text => !text)) texts.pop();
  const editors = [...sheet.popup.querySelectorAll('input, textarea, [contenteditable]')].filter(
    e => isEditable(e) && isShown(e) && sheet.popup.contains(e));
  let editor = null;
  for (const e of editors) {
    const box = e.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const cell = cells.flat().find(one => {
      const place = one?.getBoundingClientRect();
      return place && place.left < x && x < place.right && place.top < y && y < place.bottom;
    });
    if (cell) editor = {text: (e.value ?? e.textContent).trim(), cell: cell.contains(e) ? (e.value ?? e.textContent).trim() : cellText(cell)};
  }
  return {
    popups: 1, ready: !!sheet.first, heads: sheet.heads,
    rows: texts.filter(Boolean), odd: texts.includes(null), editor,
  };
};

const firstTarget = (m) => {
  const {first, popup} = findSheet(m);
  if (!first) return {};
  return {cell: first[0], editor: findEditor(popup, first[0])};
};

const pointFirst = (m) => {
  const {cell, editor} = firstTarget(m);
  if (!cell) return null;
  document.querySelectorAll('[data-daybreak="first"]').forEach(one => delete one.dataset.daybreak);
  const target = editor ?? [...cell.querySelectorAll('span')].find(isShown) ?? cell;
  target.dataset.daybreak = 'first';
  return true;
};

// An editor over the first cell has the focus; it becomes what `pointFirst` marked.
const hasFocus = (m) => {
  const {editor} = firstTarget(m);
  if (!editor || document.activeElement !== editor) return false;
  document.querySelectorAll('[data-daybreak="first"]').forEach(one => delete one.dataset.daybreak);
  editor.dataset.daybreak = 'first';
  return true;
};
