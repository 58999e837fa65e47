// The dialog that answers a save: one that was not there before and is not the upload's popup. Of several the one with
// the counts is taken, wherever it lies; else the top one, so that it can be put away. Marks what closes it.
const newDialog = (m) => {
  document.querySelectorAll('[data-answer]').forEach(one => delete one.dataset.answer);
  const popups = findPopups(m);
  const found = [...document.querySelectorAll(m.dialog)].filter(one => !one.dataset.seenBefore
    && !popups.some(popup => one.contains(popup)) && isShown(one));
  if (!found.length) return null;
  let result = null;
  try {
    result = new RegExp(m.result, 's');
  } catch { /* A pattern that only Python reads: the top dialog is looked at. */ }
  const layer = (one) => Number(getComputedStyle(one).zIndex) || 0;
  const top = found.reduce((high, one) => layer(one) >= layer(high) ? one : high);
  const dialog = found.find(one => result?.test(one.innerText)) ?? top;
  dialog.dataset.seenBefore = '1';
  const closer = findCloser(m, dialog);
  if (closer) closer.dataset.answer = '1';
  const rows = [...dialog.querySelectorAll('table tr')].map(
    tr => [...tr.querySelectorAll('td')].map(td => td.textContent.trim())).filter(cells => cells.length > 1);
  return {text: dialog.innerText, rows};
};
