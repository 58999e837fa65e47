// Dialogs: title bar, content, buttons; the top one takes Esc.
import { el } from "/static/dom.js";
import { behaviour } from "/static/calls.js";

const stack = [];

export const top = () => stack[stack.length - 1];

// Opens a dialog; `close()` on what is returned closes it. `mayClose` may refuse (or promise to decide).
export function open({ title, content, buttons = [], name = "", kind = "panel-modal", onclose, mayClose }) {
  const dialog = { name, onclose, mayClose };
  const close = () => tryClose(dialog);
  dialog.close = () => {
    const place = stack.indexOf(dialog);
    if (place < 0) return;
    stack.splice(place, 1);
    dialog.element.remove();
    dialog.veil.remove();
    top()?.element.focus();
    if (dialog.onclose) dialog.onclose();
  };
  dialog.veil = el("div", { class: "ui-widget-overlay" });
  dialog.element = el("div", { class: `ui-dialog ${kind} ${name}`, role: "dialog", tabindex: "-1" },
    el("div", { class: "ui-dialog-titlebar" },
      el("span", { class: "ui-dialog-title" }, title),
      el("button", { type: "button", class: "ui-dialog-titlebar-close", title: "닫기 (Esc)", onclick: close }, "×")),
    content,
    el("div", { class: "ui-dialog-buttonpane" }, ...buttons.map((button) =>
      el("button", {
        type: "button",
        id: button.id,
        class: button.primary ? "primary" : null,
        onclick: () => (button.act ? button.act(dialog) : close()),
      }, button.label))));
  stack.push(dialog);
  const layer = 100 + stack.length * 10;
  dialog.veil.style.zIndex = layer;
  dialog.element.style.zIndex = layer + 1;
  document.body.append(dialog.veil, dialog.element);
  dialog.element.focus();
  return dialog;
}

export async function tryClose(dialog) {
  if (!dialog.mayClose || (await dialog.mayClose())) dialog.close();
}

// Shows a text; resolves with the label of the button pressed, or `otherwise` when closed without one.
export function ask({ title, text, buttons, otherwise = "", name, kind, extra }) {
  return new Promise((done) => {
    let answer = otherwise;
    const content = el("div", { class: "ui-dialog-content" },
      ...text.split("\n").map((line) => el("p", {}, line)), extra);
    const needsAnswer = !otherwise && buttons.length > 1;
    open({
      title,
      name,
      kind,
      content,
      buttons: buttons.map((button) => ({
        ...button,
        act: (dialog) => {
          answer = button.label;
          dialog.close();
        },
      })),
      mayClose: () => !needsAnswer,
      onclose: () => done(answer),
    });
  });
}

//: What the button of an alert is called, in each generation of screens.
const OK = { old: "btn_alert_ok", new: "confirm" };

export const tell = (title, text, options = {}) =>
  ask({ title, text, kind: "panel-alert custom-alert", buttons: [{ label: "확인", id: OK[behaviour.generation ?? "old"], primary: true }], ...options });
