// Buttons, links and dialogs of a screen, by what stands on them; a selector only narrows.

const marked = (element, name) => {
  document.querySelectorAll(`[data-daybreak="${name}"]`).forEach(one => delete one.dataset.daybreak);
  if (element) element.dataset.daybreak = name;
  return element ? true : null;
};

const isPressable = (e) => isShown(e) && e.getClientRects().length > 0;

// The link of a page in the menu: by its id, or by the ids that each generation of screens gives it; only one that shows.
const findMenu = (m) => {
  const hash = new URLSearchParams(m.hash);
  const sequence = hash.get('menuSeq') ?? '', program = hash.get('prgId') ?? '', depth = hash.get('depth') ?? '';
  const number = sequence.replace(/^MENUTREE_/, '');
  const ids = [`link_depth${depth}_${sequence}`, `link_depth${depth}_${number}`, `link_prg_${program}`, `ma${number}`];
  const known = [...document.querySelectorAll(m.link)];
  const others = ids.map(id => document.getElementById(id)).filter(one => one?.localName === 'a');
  return [...known, ...others].find(isPressable) ?? null;
};

// A button by its selector, else by its text.
const findButton = (m) => {
  const shown = [...document.querySelectorAll(m.hint)].filter(isPressable);
  if (shown.length) return shown[0];
  const named = [...document.querySelectorAll('button, a, [role=button]')].filter(
    one => compact(one.textContent) === compact(m.label) && !one.closest(m.dialog) && isPressable(one));
  return named.length === 1 ? named[0] : null;
};

// What closes a dialog or a layer: the first of the words that is there, else its cross.
const findCloser = (m, root) => {
  const buttons = [...root.querySelectorAll('button, a, [role=button]')].filter(isPressable);
  for (const word of m.closers) {
    const named = buttons.filter(one => compact(one.textContent) === compact(word));
    if (named.length) return named[0];
  }
  return [...root.querySelectorAll(m.dialogClose)].find(isPressable) ?? null;
};

// What stands at a point where an element is to be clicked: 'free', 'covered'; 'closer' where what lies over it can be put
// away: then its button is marked. Nothing that asks a question is touched.
const uncoverAt = (m, element, x, y) => {
  const over = document.elementFromPoint(x, y);
  if (over && (element.contains(over) || over.contains(element))) return 'free';
  if (!over) return 'covered';
  let layer = over;
  while (layer.parentElement && !layer.parentElement.contains(element)) layer = layer.parentElement;
  if (layer.matches(m.dialog) || m.questions.some(words => layer.textContent.includes(words))) return 'covered';
  return marked(findCloser(m, layer), 'closer') ? 'closer' : 'covered';
};

// Whether an element takes a click in its own frame, and where that would be; null where it is not there.
const uncover = (m) => {
  const element = document.querySelector(m.target);
  if (!element || !isPressable(element)) return null;
  element.scrollIntoView({block: 'nearest'});
  const box = element.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  return {found: element.disabled ? 'covered' : uncoverAt(m, element, x, y), x, y};
};

// The same for the place of a frame in which something is to be clicked, at x and y of that frame.
const uncoverFrame = (m) => {
  const element = document.querySelector(m.target);
  if (!element) return null;
  const box = element.getBoundingClientRect();
  const x = box.x + element.clientLeft + m.x, y = box.y + element.clientTop + m.y;
  return {found: uncoverAt(m, element, x, y), x, y};
};
