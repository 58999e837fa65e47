// A page as it is kept: what is hidden stays so without its style sheets, what was typed stands in its field, no script.
const kept = () => {
  const originals = [document.documentElement, ...document.documentElement.querySelectorAll('*')];
  const copy = document.documentElement.cloneNode(true);
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((one, k) => {
    const style = getComputedStyle(one);
    if (style.display === 'none') copies[k].hidden = true;
    else if (style.visibility === 'hidden') copies[k].style.visibility = 'hidden';
    if (one.matches('input, textarea')) copies[k].setAttribute('value', one.type === 'password' ? '' : one.value);
  });
  copy.querySelectorAll('script, noscript, link, base, meta[http-equiv]').forEach(one => one.remove());
  for (const one of copy.querySelectorAll('*')) {
    for (const {name} of [...one.attributes]) if (name.startsWith('on')) one.removeAttribute(name);
  }
  return copy.outerHTML;
};

// Takes out what is personal: letters and digits become the same ones, but for titles, tabs, buttons, pagers, states.
const mask = () => {
  const words = new Set(['승인', '취소', '승인실패', '취소실패', '요청중', '오전', '오후', '카드', '합계', '소계']);
  const veil = (text) => text.split(/(\s+)/).map(word => words.has(word) ? word : word
    .replace(/[0-9]/g, '1').replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]/g, '가')
    .replace(/[\u3400-\u9fff]/g, '字')).join('');
  const isKept = (node) => node.parentElement.closest('th, button, li, label, legend, h1, h2, h3, h4, .page-name, [class*=titlebar], style')
    || node.parentElement.querySelector(':scope > ul') || /성공\s*[:：].*실패\s*[:：]/s.test(node.textContent);
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!isKept(walker.currentNode)) walker.currentNode.textContent = veil(walker.currentNode.textContent);
  for (const one of document.querySelectorAll('*')) {
    for (const name of ['value', 'title', 'alt', 'placeholder', 'content', 'href', 'src']) {
      if (one.hasAttribute(name)) one.setAttribute(name, name === 'href' || name === 'src' ? '#' : veil(one.getAttribute(name)));
    }
  }
};
