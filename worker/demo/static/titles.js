// A first line of titles: all of its cells are titles, then they name the columns; or some, then nothing is read.

export function titled(cells, titles) {
  const texts = cells.map((text) => text.trim()).filter(Boolean);
  const found = texts.filter((text) => titles.includes(text));
  if (!found.length) return {};
  if (found.length < texts.length) return { problem: "항목명을 확인바랍니다. 붙여넣은 자료를 읽을 수 없습니다." };
  return { header: cells.map((text) => titles.indexOf(text.trim())) };
}
