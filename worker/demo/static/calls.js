// Calls to the server; a session that is over ends here.
import { tell } from "/static/dialog.js";

export const boot = {};
export let behaviour = {};

export function begin(state) {
  Object.assign(boot, state);
  behaviour = state.behaviour;
}

const never = () => new Promise(() => {});

export const url = (action, query = {}) =>
  `${action.startsWith("/") ? action : boot.api + action}?${new URLSearchParams({ ec_req_sid: boot.sid, xce: "none", ...query })}`;

async function expired(how) {
  if (how === "dialog") {
    await tell("알림", "세션이 만료되었습니다. 다시 로그인해 주십시오.");
  }
  window.top.location.href = boot.login;
  return never();
}

async function answer(response) {
  if (!response.ok) throw new Error(String(response.status));
  const told = await response.json();
  if (told.expired) return expired(told.expired);
  if (told.behaviour) behaviour = told.behaviour;
  return told;
}

// Sends a body; rejects when the server fails or cannot be reached.
export async function send(action, body, type = "application/json") {
  return answer(await fetch(url(action), { method: "POST", headers: { "Content-Type": type }, body }));
}

// Sends JSON; a failure is told to the user, and the caller hears no more.
export async function call(action, body) {
  try {
    return await send(action, JSON.stringify(body));
  } catch (error) {
    return failed(error);
  }
}

export async function fetchBehaviour() {
  try {
    await answer(await fetch(url("app.common/action/Behaviour")));
  } catch (error) {
    await failed(error);
  }
}

// Counts one use of a fault that happens here; false when none is due.
export async function use(knob) {
  try {
    return (await answer(await fetch(url("app.common/action/Use", { knob })))).used;
  } catch {
    return false;
  }
}

export async function failed(error) {
  const text = /^\d+$/.test(error.message)
    ? `처리 중 오류가 발생하였습니다. (${error.message})`
    : "서버와의 연결이 끊어졌습니다. 잠시 후 다시 시도해 주십시오.";
  await tell("오류", text);
  return never();
}
