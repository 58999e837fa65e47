// Turns page after page and looks at each until it stands still; returns those it got, as JSON. What is left is
// for real clicks. It looks when something has changed, and closely only once the page seems to be there. Meanwhile the
// rows are not laid out, which takes ten times as long as all the rest, and nothing is painted: with HEADED = on the
// window is blank for as long.
const turn = async (m) => {
  const around = findTable(m)?.table.parentElement;
  if (around?.classList.length && !document.getElementById(m.unseen)) {
    const box = [...around.classList].map(one => '.' + CSS.escape(one)).join('');
    const clicked = [findPager(m)?.list, m.tab ? findTab(m) : null, ...document.querySelectorAll(m.menu)];
    if (!clicked.some(one => one?.closest(box))) {
      const style = document.createElement('style');
      style.id = m.unseen;
      style.textContent = `${box} { content-visibility: hidden; } body { opacity: 0; }`;
      document.head.append(style);
    }
  }
  let wake = () => {}, changes = 0;
  const observer = new MutationObserver(() => { changes++; wake(); });
  observer.observe(document.documentElement,
    {childList: true, subtree: true, characterData: true, attributes: true});
  const change = (ms) => new Promise(done => { wake = done; setTimeout(done, ms); });
  const time = (ms) => new Promise(done => setTimeout(done, ms));
  const seems = (number) => findPager(m)?.page === number;
  const look = (number) => {
    const seen = see(m);
    return [seen, !!isDrawn(seen, number)];
  };
  const packed = (seen) => [JSON.stringify(seen), JSON.stringify(seen.rows)];
  const expired = '{"expired": true}';
  // The cells of the page that is left: what is read of the next one must differ, or stand still for long.
  const start = see(m);
  let before = start?.rows ? packed(start)[1] : '';
  const press = (link) => {
    if (!link || !link.getClientRects().length) return false;
    link.scrollIntoView({block: 'nearest'});
    const box = link.getBoundingClientRect();
    if (!link.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))) return false;
    link.click();
    return true;
  };
  // Shows the ten numbers that a page is among; they may show it already.
  const reach = async (number, end) => {
    for (let tries = 0; tries < 3; tries++) {
      const pager = findPager(m);
      if (findPage(pager, number)) return true;
      const from = pager?.page;
      if (!press(findArrow(pager, number))) return false;
      while (performance.now() < end) {
        const now = findPager(m)?.page;
        if (now && now !== from && look(now)[1]) break;
        if (isExpired(m)) return false;
        await change(m.every);
      }
    }
    return false;
  };
  const goTo = async (number) => {
    const end = performance.now() + m.patience;
    if (m.byTab) {
      makeStale(m);
      const tab = findTab(m);
      if (!tab || !press(tab.querySelector('a, button') ?? tab)) return null;
    } else {
      if (!(await reach(number, end))) return isExpired(m) ? expired : null;
      if (!seems(number) && !press(findPage(findPager(m), number))) return null;
    }
    while (performance.now() < end) {
      if (!seems(number)) {
        if (isExpired(m)) return expired;
        await change(m.every);
        continue;
      }
      const [seen, isThere] = look(number);
      if (seen?.expired) return expired;
      if (!isThere) {
        await change(m.every);
        continue;
      }
      const [page, cells] = packed(seen);
      observer.takeRecords();
      const now = changes;
      await time(seen.rows.length >= m.full && seen.page < seen.pages && cells !== before ? m.fullStill : m.still);
      const isUntouched = changes === now && !observer.takeRecords().length && seems(number);
      if (isUntouched || JSON.stringify(look(number)) === JSON.stringify([seen, true])) {
        before = cells;
        return page;
      }
    }
    return null;
  };
  const found = [];
  const stop = performance.now() + m.atOnceFor;
  try {
    for (let number = m.number; number <= m.last && performance.now() < stop; number++) {
      const page = await goTo(number);
      if (page === null) break;
      found.push(page);
    }
  } finally {
    observer.disconnect();
    // Real clicks come next: they need to see what they click.
    if (!found.length) document.getElementById(m.unseen)?.remove();
  }
  return '[' + found.join() + ']';
};
