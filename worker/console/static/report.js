// The frame of a report is as high as the report, and is printed by one button: nothing here decides or sends anything.
(() => {
  "use strict";
  const frame = document.getElementById("frame");
  const button = document.getElementById("print");
  const paper = document.getElementById("paper");
  if (!frame || !button || !paper) return;
  const fit = () => {
    // A page is never lower than its frame: measured in the frame as it stands, it would only ever grow.
    frame.height = 1;
    const page = frame.contentDocument && frame.contentDocument.documentElement;
    // What refuses a report has no height of its own worth following.
    if (page && page.scrollHeight > 0) frame.height = page.scrollHeight + 8;
  };
  const ready = () => {
    fit();
    button.hidden = false;
    paper.hidden = true;
  };
  frame.addEventListener("load", ready);
  addEventListener("resize", fit);
  if (frame.contentDocument && frame.contentDocument.readyState === "complete" && frame.contentDocument.body.childElementCount) ready();
  button.addEventListener("click", () => frame.contentWindow.print());
})();
