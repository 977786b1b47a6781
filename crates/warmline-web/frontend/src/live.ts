// The server says what changed; every element that shows it fetches its page again and morphs itself. An element being
// edited is left alone. A lost connection is repaired by sequence number.
import { morph } from "./navigation";
import { countdowns } from "./countdown";
import { players } from "./player";

const SLOW = 60_000;

export function live(): void {
  const start = document.body.dataset.sequence;
  if (!start) return;
  const source = new EventSource(`/changes?since=${encodeURIComponent(start)}`);
  const offline = banner();
  source.onopen = () => (offline.hidden = true);
  source.onerror = () => setTimeout(() => (offline.hidden = source.readyState === EventSource.OPEN), 1500);
  source.onmessage = (event) => {
    const topics = new Set(String(event.data).split(" "));
    typing(topics);
    void refresh(topics);
  };
  document.addEventListener("warmline:offline", () => (offline.hidden = false));
  document.addEventListener("warmline:drawn", showWriting);
  addEventListener("pagehide", () => source.close());
  // "4 min" becomes "5 min" without anybody doing anything.
  setInterval(() => refresh(new Set(["list"])), SLOW);
  document.addEventListener("change", (event) => {
    const form = (event.target as Element).closest("form");
    if (form?.closest("aside, #promises, #calendar")) form.dataset.touched = "";
  });
}

function banner(): HTMLElement {
  const element = document.createElement("div");
  element.className = "offline";
  element.setAttribute("role", "status");
  element.textContent = "No connection. Nothing is sent until it is back; what you type is kept here.";
  element.hidden = true;
  document.documentElement.append(element);
  return element;
}

// A chosen but not yet saved value, or a field somebody is in.
function isBeingEdited(element: HTMLElement): boolean {
  const active = document.activeElement;
  const inside = active !== null && element.contains(active) && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName);
  return inside || element.querySelector("form[data-touched]") !== null;
}

let running = false;
let again = new Set<string>();

// Somebody writes in a chat; nothing was said yet. A redraw must not hide it again.
const writing = new Map<string, number>();

function typing(topics: Set<string>): void {
  for (const topic of topics) {
    if (!topic.startsWith("typing:")) continue;
    writing.set(topic, Date.now() + 5000);
    window.setTimeout(showWriting, 5050);
  }
  showWriting();
}

function showWriting(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-typing^='typing:']")) {
    element.hidden = (writing.get(element.dataset.typing ?? "") ?? 0) < Date.now();
  }
}

async function refresh(topics: Set<string>): Promise<void> {
  if (running) {
    topics.forEach((t) => again.add(t));
    return;
  }
  const stale = [...document.querySelectorAll<HTMLElement>("[data-live]")].filter((element) => {
    const about = (element.dataset.live ?? "").split(" ");
    const concerned = topics.has("all") || about.some((topic) => topics.has(topic));
    return concerned && (element.dataset.state !== undefined || !isBeingEdited(element));
  });
  if (stale.length === 0) return;
  running = true;
  try {
    const place = location.href;
    const answer = await fetch(place, { headers: { accept: "text/html" }, credentials: "same-origin" });
    // Somebody navigated meanwhile, or signed out in another window: the next page will be right.
    if (!answer.ok || answer.redirected || location.href !== place) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const element of stale) {
      const fresh = element.id ? next.getElementById(element.id) : null;
      // A field somebody is in must not hide that the phone rings or that the caller has gone.
      const same = fresh instanceof HTMLElement && fresh.dataset.state === element.dataset.state;
      if (fresh && element.isConnected && !(same && isBeingEdited(element))) morphQuietly(element, fresh);
    }
    countdowns();
    players();
    document.dispatchEvent(new Event("warmline:drawn"));
  } catch {
    document.dispatchEvent(new Event("warmline:offline"));
  } finally {
    running = false;
    if (again.size > 0) {
      const topics = again;
      again = new Set();
      void refresh(topics);
    }
  }
}

function morphQuietly(element: HTMLElement, fresh: Element): void {
  const scroller = element.closest<HTMLElement>(".scroll") ?? element;
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
  morph(element, fresh, true);
  if (atEnd && scroller.classList.contains("scroll")) scroller.scrollTo(0, scroller.scrollHeight);
}
