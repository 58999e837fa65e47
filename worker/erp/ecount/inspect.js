// How the marks of a screen are found: by their text, by their id, by their place.
const howTab = (m) => {
  const tab = findTab(m);
  if (!tab) return null;
  const hinted = [...document.querySelectorAll(m.tabHint)].some(one => (one.closest('li') ?? one) === tab);
  return {text: tabText(tab) === compact(m.tab), id: hinted};
};

const howButton = (m) => {
  const button = findButton(m);
  if (!button) return null;
  return {text: compact(button.textContent) === compact(m.label), id: button.matches(m.hint)};
};

const howPopup = (m) => {
  const sheet = findSheet(m);
  if (!sheet.popup) return null;
  return {
    id: sheet.popup.matches(m.popup), count: sheet.popups, heads: sheet.heads ?? [], rows: sheet.rows?.length ?? 0,
    editor: !!sheet.first && !!findEditor(sheet.popup, sheet.first[0]),
  };
};
