// One look at a page of a list, and the turning of pages within the page itself.

const titled = (m) => [...document.querySelectorAll(m.title)].some(
  one => one.textContent.trim() === m.wanted && !one.closest(m.dialog) && isShown(one));

const isExpired = (m) => [...document.querySelectorAll(m.dialog)].some(
  one => isShown(one) && one.textContent.includes(m.expired));

const isBusy = (m) => [...document.querySelectorAll(m.progress)].some(isShown);

// A row that stood there before a tab was clicked and reads the same counts for nothing until it goes.
const isStale = (tr) => tr.daybreakStale !== undefined && tr.daybreakStale === tr.textContent;
const makeStale = (m) => {
  const found = findTable(m);
  for (const body of found?.table.tBodies ?? []) for (const tr of body.rows) tr.daybreakStale = tr.textContent;
};

const see = (m) => {
  if (!titled(m)) return isExpired(m) ? {expired: true} : null;
  const found = findTable(m);
  const pager = findPager(m);
  const tab = m.tab ? findTab(m) : null;
  const {rows, odd, empty} = found ? rowsOf(m, found) : {rows: [], odd: [], empty: ''};
  const first = found?.table.tBodies[0]?.rows[0];
  return {
    busy: isBusy(m),
    stale: !!first && isStale(first),
    expired: isExpired(m),
    tab: m.tab ? tab && isActive(tab) : true,
    heads: found ? found.heads.filter(one => !one.off && one.label).map(({id, label}) => [id, label]) : [],
    alike: found?.alike ?? 0,
    rows, odd,
    empty: !!empty,
    pager: pager !== null,
    one: !!pager?.off,
    page: pager ? pager.page : 1,
    pages: pager ? pager.total : 1,
  };
};

const isDrawn = (seen, number) => seen && !seen.busy && !seen.stale && seen.tab && seen.page === number
  && number <= seen.pages && (!seen.one || seen.pages === 1) && seen.heads.length > 0
  && (seen.rows.length + seen.odd.length > 0) !== seen.empty && (!seen.empty || seen.pages === 1);
