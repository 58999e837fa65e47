// The sign-in form: sends what was typed, shows a refusal without leaving the page.
import { el } from "/static/dom.js";

const field = (id) => document.getElementById(id);

function refuse(message, code = "") {
  field("error_msg").value = message;
  field("error_code").value = code;
  const shown = document.querySelector(".login_error");
  shown.textContent = message;
  shown.hidden = false;
  field("passwd").value = "";
}

async function signIn() {
  const button = field("save");
  if (button.disabled) return;
  button.disabled = true;
  const body = new URLSearchParams();
  for (const id of ["com_code", "id", "passwd"]) body.set(id, field(id).value);
  try {
    const response = await fetch("/ec5/view/app.login/erp_login_processor", { method: "POST", body });
    if (!response.ok) {
      document.body.innerHTML = await response.text();
      return;
    }
    const answer = await response.json();
    if (answer.to) location.href = answer.to;
    else refuse(answer.error_msg, answer.error_code);
  } catch {
    refuse("서버에 연결할 수 없습니다. 잠시 후 다시 시도해 주십시오.");
  } finally {
    button.disabled = false;
  }
}

function notice() {
  const overlay = el("div", { class: "notice-overlay" },
    el("section", {},
      el("h2", {}, "서비스 점검 안내"),
      el("p", {}, "이번 주 일요일 02:00~04:00 정기 점검으로 접속이 제한될 수 있습니다."),
      el("button", { type: "button", onclick: () => overlay.remove() }, "닫기")));
  document.body.append(overlay);
}

export function start(options) {
  field("save").addEventListener("click", signIn);
  field("passwd").addEventListener("keydown", (event) => {
    if (event.key === "Enter") signIn();
  });
  if (options.notice) notice();
}
