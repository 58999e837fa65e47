// 입금보고서조회: the deposits that were stored.
import { el } from "/static/dom.js";
import { call } from "/static/calls.js";
import { Grid } from "/static/grid.js";
import { contents } from "/static/screen.js";
import * as keys from "/static/keys.js";

export async function openDeposits({ isCurrent, done }) {
  const place = el("div", { class: "list" });
  const remark = el("input", { id: "searchRemark", class: "field", placeholder: "적요", autocomplete: "off" });
  const period = el("span", { id: "searchPeriod", class: "field fixed" });
  let search = "";
  const grid = new Grid({
    place,
    isCurrent,
    load: async (page) => {
      const data = await call("app.deposit/action/ListDeposits", { page, search });
      period.textContent = data.period;
      return data;
    },
  });
  const find = () => {
    search = remark.value;
    grid.show(1);
  };
  remark.addEventListener("keydown", (event) => {
    if (event.key === "Enter") find();
  });
  contents().append(
    el("div", { class: "search" },
      el("label", {}, "기간 ", period),
      el("label", {}, "적요 ", remark),
      el("button", { type: "button", id: "search", class: "primary", onclick: find }, "검색(F8)")),
    place);
  keys.onF8(find);
  await grid.show(1, { first: true, done });
}
