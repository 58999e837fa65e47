// The keyboard: F8 and Esc go to the top dialog, else to the page.
import { top, tryClose } from "/static/dialog.js";

let pageSave = null;

// Called at each change of page; the page then says what its F8 does.
export const clear = () => { pageSave = null; };
export const onF8 = (act) => { pageSave = act; };

export function listen() {
  document.addEventListener("keydown", (event) => {
    const dialog = top();
    if (event.key === "F8") {
      event.preventDefault();
      if (dialog) dialog.save?.();
      else pageSave?.();
    }
    if (event.key === "Escape" && dialog) {
      event.preventDefault();
      tryClose(dialog);
    }
  });
}
