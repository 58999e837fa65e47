// A tab of a list: the item whose text it is, among neighbours that are tabs of the same list.

const tabText = (item) => compact(item.textContent).replace(/[(\[]?[\d,]*[)\]]?$/, '');

// `m.tabs` are the texts of all tabs that are known, `m.tab` is the one that is looked for, `m.tabHint` its selector.
const findTab = (m) => {
  const items = new Set();
  for (const item of document.querySelectorAll('li')) {
    if (tabText(item) === compact(m.tab) && !item.closest(m.dialog)) items.add(item);
  }
  const hinted = new Set([...document.querySelectorAll(m.tabHint)].map(one => one.closest('li') ?? one));
  let found = [...items].filter(isShown);
  const both = found.filter(item => hinted.has(item));
  if (both.length || !found.length) found = both.length ? both : [...hinted].filter(isShown);
  if (found.length > 1) {
    const known = m.tabs.map(compact);
    found = found.filter(item => [...(item.parentElement?.children ?? [])].some(
      other => other !== item && known.includes(tabText(other))));
  }
  return found.length === 1 ? found[0] : null;
};

const isActive = (item) => item.classList.contains('active') || !!item.closest('.active')
  || !!item.querySelector('[aria-selected="true"]');
