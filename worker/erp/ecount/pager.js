// The pager of a list, by role: the active item is the page that is shown, the text after "/" says how many there are,
// an item with a number leads there, one without text is an arrow.

const number = (text) => /^[\d,]+$/.test(text) ? Number(text.replace(/,/g, '')) : 0;

const findPager = (m) => {
  for (const list of document.querySelectorAll('ul, ol')) {
    const items = [...list.children].filter(one => one.localName === 'li');
    if (!items.some(one => number(one.textContent.trim())) || list.closest(m.dialog)) continue;
    if (m.clone && list.closest(m.clone)) continue;
    const marked = items.filter(one => one.classList.contains('active') || one.querySelector('.active, [aria-current]'));
    let total = 0, box = list;
    for (let steps = 0; steps < 3 && !total && box.parentElement; steps++) {
      box = box.parentElement;
      total = number((box.textContent.replace(list.textContent, ' ').match(/\/\s*([\d,]+)/) ?? ['', ''])[1]);
    }
    // A list of numbers that is none: of the two signs of a pager at least one.
    if (!total && !(m.pager && list.closest(m.pager))) continue;
    const typed = number(box.querySelector('input')?.value.trim() ?? '');
    const active = marked.length === 1 ? number(marked[0].textContent.trim()) : 0;
    // Two pages at once are none: it is being drawn.
    const page = typed && active && typed !== active ? 0 : active || typed;
    return {list, items, page, total, off: !isShown(list)};
  }
  return null;
};

const target = (item) => item.querySelector('a, button') ?? item;

const findPage = (pager, wanted) => {
  const item = pager?.items.find(one => !isOff(one) && number(one.textContent.trim()) === wanted);
  return item ? target(item) : null;
};

// The arrow towards a page whose number is not among those that are shown: the one next to the numbers.
const findArrow = (pager, wanted) => {
  if (!pager) return null;
  const items = pager.items.filter(one => !isOff(one));
  const places = items.map((one, k) => number(one.textContent.trim()) ? k : -1).filter(k => k >= 0);
  if (!places.length) return null;
  const item = wanted > number(items[places[places.length - 1]].textContent.trim())
    ? items[places[places.length - 1] + 1] : items[places[0] - 1];
  return item ? target(item) : null;
};
