// The page between sign-in form and shell: asks about a new device and about a session elsewhere.
import { el, wait } from "/static/dom.js";
import { ask } from "/static/dialog.js";

const view = "/ec5/view/app.login/";

async function post(name, query) {
  const response = await fetch(`${view}${name}?${new URLSearchParams(query)}`, { method: "POST" });
  return response.json();
}

async function newDevice(sid) {
  const choice = await ask({
    title: "새로운 기기 로그인 알림",
    text: "등록되지 않은 기기에서 로그인하였습니다. 이 기기를 등록하시겠습니까?",
    buttons: [
      { label: "등록", primary: true },
      { label: "등록안함", id: "toolbar_sid_toolbar_item_non_regist" },
    ],
  });
  if (choice === "등록") await post("erp_login_device", { ec_req_sid: sid });
}

async function sessionElsewhere() {
  return ask({
    title: "접속현황",
    text: "동일한 ID로 현재 접속중인 사용자가 있습니다.\n확인을 누르면 기존 접속이 종료됩니다.",
    buttons: [{ label: "확인", primary: true }, { label: "닫기" }],
    otherwise: "닫기",
  });
}

function leave(to, state) {
  if (state.stays) return;
  if (!state.in_frame) {
    location.replace(to);
    return;
  }
  document.body.className = "framed";
  document.body.replaceChildren(el("iframe", { name: "shell_frame", class: "shell-frame", src: to }));
}

export async function start(state) {
  if (state.new_device) await newDevice(state.sid);
  let answer = await post("erp_login_enter", { ec_req_sid: state.sid });
  if (answer.rival) {
    if ((await sessionElsewhere()) !== "확인") {
      location.replace(state.login);
      return;
    }
    answer = await post("erp_login_enter", { ec_req_sid: state.sid, kick: "1" });
  }
  await wait(state.wait_s);
  leave(answer.to, state);
}
