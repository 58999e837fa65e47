// A table's columns and rows, as a person sees them: titles of the first header, cells by their column's place.

const isOff = (e) => e.hidden || e.classList.contains('hide') || e.classList.contains('hidden')
  || getComputedStyle(e).display === 'none';

// By style alone: laying out a list takes ten times as long as all the rest.
const isShown = (e) => {
  for (let one = e; one; one = one.parentElement) if (isOff(one)) return false;
  return !!e && getComputedStyle(e).visibility !== 'hidden';
};

const compact = (text) => text.replace(/\s+/g, '');

// A title without the mark for a required one and without the sign of a sorting.
const title = (text) => compact(text).replace('(필수)', '').replace(/[▲▼△▽↑↓*]+$/, '');

const SUM = /^(총?합계|소계|총계|누계|\d{4}\/\d{2}(\/\d{2})?계)$/;

// Text of a cell: what is hidden in it is no part of it.
const textOf = (cell) => {
  if (!cell.childElementCount) return cell.textContent.trim();
  if (![...cell.querySelectorAll('.hide, .hidden, [hidden]')].length) return cell.textContent.trim();
  const copy = cell.cloneNode(true);
  copy.querySelectorAll('.hide, .hidden, [hidden]').forEach(one => one.remove());
  return copy.textContent.trim();
};

// The cells of a row with their places, a merged one at its first.
const placed = (cells) => {
  let at = 0;
  return cells.map(cell => {
    const place = {cell, at, span: cell.colSpan || 1};
    at += place.span;
    return place;
  });
};

const idOf = (cell) => cell.dataset.columnid || cell.querySelector('[data-column-id]')?.getAttribute('data-column-id') || '';

// The header of a table: of its first rows the one with most titles; null where there is none.
const headOf = (table) => {
  const rows = [...(table.tHead?.rows ?? [])].filter(tr => tr.querySelector('th'));
  if (!rows.length) return null;
  const row = rows.reduce((most, tr) => tr.cells.length > most.cells.length ? tr : most);
  const cells = placed([...row.cells]);
  const heads = cells.map(({cell, at, span}) => ({id: idOf(cell), label: title(cell.textContent), at, span, off: isOff(cell), cell}));
  return {heads, width: cells.reduce((all, {span}) => all + span, 0)};
};

// The table that a list stands in: of those outside every copy the one with most of the titles that are looked for, the
// one with rows before the one without. Several that are alike are told, never chosen among.
const findTable = (m, root = document) => {
  const known = new Set(m.labels.map(title));
  const found = [];
  for (const table of root.querySelectorAll('table')) {
    if ((m.clone && table.closest(m.clone)) || (root === document && table.closest(m.dialog))) continue;
    const head = headOf(table);
    if (!head) continue;
    const score = new Set(head.heads.filter(one => !one.off && known.has(one.label)).map(one => one.label)).size;
    if (score && isShown(table)) found.push({table, ...head, score});
  }
  const most = Math.max(0, ...found.map(one => one.score));
  const best = found.filter(one => one.score === most);
  const filled = best.filter(one => one.table.tBodies[0]?.rows.length);
  const chosen = filled.length ? filled : best.slice(0, 1);
  return chosen.length ? {...chosen[0], alike: chosen.length} : null;
};

// Cells of a body row in the order of the shown columns; null where they can't be told.
const cellsOf = (places, {heads, width}) => {
  const total = places.reduce((all, {span}) => all + span, 0);
  const shown = heads.filter(one => !one.off);
  const byId = new Map();
  for (const {cell} of places) {
    const id = cell.dataset.columnid;
    if (id) byId.set(id, byId.has(id) ? null : cell);
  }
  const byPlace = new Map(places.map(({cell, at}) => [at, cell]));
  const cells = shown.map((head, k) => {
    const named = head.id ? byId.get(head.id) : undefined;
    if (named) return named;
    if (byId.size && head.id) return null;
    if (total === width) return byPlace.get(head.at) ?? null;
    return total === shown.length ? byPlace.get(k) ?? null : null;
  });
  return cells.includes(null) ? null : cells;
};

// The rows of a table: {rows, empty, odd}. `odd` holds the text of a row that fits no columns.
const rowsOf = (m, found) => {
  const rows = [], odd = [];
  let empty = '', count = 0;
  const shown = found.heads.filter(one => !one.off);
  // A column without a title holds a box to tick and the row's number, which is no part of what the row says.
  const named = shown.map((one, k) => one.label ? k : -1).filter(k => k >= 0);
  const key = named.findIndex(k => shown[k].label === title(m.labels[0]));
  for (const body of found.table.tBodies) for (const tr of body.rows) {
    if (tr.hidden || tr.classList.contains('hide') || tr.classList.contains('hidden') || tr.style.display === 'none') continue;
    const own = [...tr.cells].filter(cell => cell.localName === 'td');
    if (!own.length) continue;
    count++;
    const places = placed(own);
    const isMerged = places.some(({span}) => span > 1);
    if (own.length === 1 && isMerged) {
      empty = textOf(own[0]);
      continue;
    }
    const cells = isMerged ? null : cellsOf(places, found);
    const texts = (cells ? named.map(k => cells[k]) : own).map(textOf);
    if (texts.some(text => SUM.test(compact(text))) && (!cells || key < 0 || !texts[key] || SUM.test(compact(texts[key])))) continue;
    if (cells) rows.push(texts);
    else odd.push(texts.filter(Boolean).join(' | ').slice(0, 200));
  }
  return {rows, odd, empty: count === 1 && !rows.length ? empty : ''};
};
