// How old the screen is, and that it is old: nothing here decides or sends anything.
(() => {
  "use strict";
  const OLD_MS = 30000;
  let seen = Date.now();
  let epoch = "";
  const age = () => {
    const part = document.getElementById("parts");
    if (!part) return;
    if (part.dataset.at !== epoch) {
      epoch = part.dataset.at;
      seen = Date.now();
    }
    // By this computer's own clock since the news came: the machine's may be set differently.
    const seconds = Math.max(0, Math.round((Date.now() - seen) / 1000));
    const shown = document.getElementById("age");
    if (shown) {
      const text = seconds < 90 ? shown.dataset.seconds.replace("{}", seconds)
        : shown.dataset.minutes.replace("{}", Math.round(seconds / 60));
      if (shown.textContent !== text) shown.textContent = text;
    }
    const old = Date.now() - seen > OLD_MS;
    document.documentElement.classList.toggle("is-old", old);
    const told = document.getElementById("stale");
    if (told && told.hidden === old) told.hidden = !old;
  };
  setInterval(age, 1000);
  // What may be ordered has changed: the buttons stand outside the part that refreshes itself.
  document.addEventListener("htmx:after:swap", () => {
    const part = document.getElementById("parts");
    const buttons = document.getElementById("orders");
    if (part && buttons && part.dataset.paused !== buttons.dataset.paused) location.reload();
    age();
  });
  document.addEventListener("DOMContentLoaded", age);
})();
