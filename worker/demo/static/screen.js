// The frame around every screen: progress mark, overlay, title, contents, footer.
import { el, wait } from "/static/dom.js";
import { behaviour } from "/static/calls.js";

const body = () => document.querySelector(".wrapper-frame-body");
const page = () => document.getElementById("mainPage");

export const contents = () => page().querySelector(":scope > .contents");
export const footer = () => page().querySelector(":scope > .footer");

let shows = 0;

// Shows the progress mark, at once or after some seconds; what is returned takes it away.
export function busy(after = 0) {
  const mine = ++shows;
  const mark = body().querySelector(".page-progress-icon");
  if (behaviour.progress) {
    wait(after).then(() => {
      if (mine === shows) mark.classList.remove("hidden");
    });
  }
  return () => {
    if (mine !== shows) return;
    shows += 1;
    mark.classList.add("hidden");
  };
}

// Empties the screen for another one.
export function clear(title, id) {
  page().classList.remove("page-loadComplete");
  page().dataset.ecpageid = id;
  page().querySelector(":scope > .header").replaceChildren(
    ...(title ? [el("div", { class: "wrapper-title" }, el("span", { id: "btn-header-bookmark", class: "page-name" }, title))] : []));
  contents().replaceChildren();
  footer().replaceChildren();
}

// Says that the screen is drawn. For some time an overlay may lie over it that no mark tells of.
export async function drawn() {
  page().classList.add("page-loadComplete");
  const overlay = body().querySelector(".wrapper-overlay");
  if (behaviour.overlay_s > 0) {
    overlay.classList.remove("hidden");
    await wait(behaviour.overlay_s);
    overlay.classList.add("hidden");
  }
}

// A button of a toolbar, as each generation of screens writes it.
export const button = (id, label, attributes = {}) =>
  el("button", { type: "button", id, "data-cid": id, ...attributes }, label);

export const toolbar = (...buttons) => footer().append(el("div", { class: "wrapper-toolbar toolbar" }, ...buttons));
