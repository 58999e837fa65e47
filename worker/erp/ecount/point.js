// Marks what a real click is to go to: a tab, or a page's number, or the arrow that leads towards it.
const point = (m) => {
  document.querySelectorAll('[data-daybreak]').forEach(one => delete one.dataset.daybreak);
  let found = null, what = 'tab';
  if (m.number) {
    const pager = findPager(m);
    found = findPage(pager, m.number);
    what = found ? 'page' : 'arrow';
    found ??= findArrow(pager, m.number);
  } else {
    const tab = findTab(m);
    found = tab && (tab.querySelector('a, button') ?? tab);
  }
  if (!found) return null;
  found.dataset.daybreak = 'target';
  return what;
};
