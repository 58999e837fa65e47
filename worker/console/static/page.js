// How old the screen is, and that it is old: nothing here decides or sends anything.
(() => {
  "use strict";
  const OLD_MS = 30000;
  let part = null;
  let came = Date.now();
  const age = () => {
    const now = document.getElementById("parts");
    if (!now) return;
    if (now !== part) {
      part = now;
      came = Date.now();
    }
    // How old the news was when it came, by the machine's clock, and the time since by this computer's own.
    const silent = Math.max(0, Date.now() - came);
    const seconds = Math.round(Number(part.dataset.age) + silent / 1000);
    const shown = document.getElementById("age");
    if (shown) {
      const text = seconds < 90 ? shown.dataset.seconds.replace("{}", seconds)
        : shown.dataset.minutes.replace("{}", Math.round(seconds / 60));
      if (shown.textContent !== text) shown.textContent = text;
    }
    // The machine says so itself, or it has not answered for a while.
    const old = part.dataset.old === "yes" || silent > OLD_MS;
    document.documentElement.classList.toggle("is-old", old);
    const told = document.getElementById("stale");
    if (told && told.hidden === old) told.hidden = !old;
  };
  setInterval(age, 1000);
  // What may be ordered has changed: the buttons stand outside the part that refreshes itself.
  document.addEventListener("htmx:after:swap", () => {
    const now = document.getElementById("parts");
    const buttons = document.getElementById("orders");
    if (now && buttons && now.dataset.paused !== buttons.dataset.paused) location.reload();
    age();
  });
  // Who writes a time means that time.
  document.addEventListener("input", (event) => {
    const choice = document.getElementById("how-until");
    if (choice && event.target.name === "until") choice.checked = true;
  });
  document.addEventListener("DOMContentLoaded", age);
})();
