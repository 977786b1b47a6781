// The page customers chat from. Without this script it works by sending forms and loading the page again.

const talk = () => document.querySelector<HTMLElement>("#talk");

function begin(): void {
  const going = talk();
  if (!going) return;
  toNewest();
  sayRead();
  if (going.dataset.goingOn === undefined) return;
  const source = new EventSource("/chat/changes");
  const offline = document.querySelector<HTMLElement>("[data-offline]");
  source.onopen = () => offline && (offline.hidden = true);
  source.onerror = () => offline && (offline.hidden = false);
  source.onmessage = (event) => (event.data === "typing" ? typing() : void refresh());
  addEventListener("pagehide", () => source.close());
  document.addEventListener("visibilitychange", sayRead);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.closest("#talk, #write")) return;
    event.preventDefault();
    const by = (event as SubmitEvent).submitter;
    void send(form, by instanceof HTMLButtonElement ? by : null);
  });
  const area = document.querySelector<HTMLTextAreaElement>("#write textarea");
  let said = 0;
  area?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    area.form?.requestSubmit();
  });
  area?.addEventListener("input", () => {
    if (Date.now() - said < 3000) return;
    said = Date.now();
    void fetch("/chat/typing", { method: "POST" });
  });
  area?.focus();
}

// What was typed stays until the desk has it.
async function send(form: HTMLFormElement, by: HTMLButtonElement | null): Promise<void> {
  const body = new URLSearchParams();
  new FormData(form, by ?? undefined).forEach((value, name) => body.set(name, String(value)));
  const area = form.querySelector<HTMLTextAreaElement>("textarea");
  const button = form.querySelector<HTMLButtonElement>("button");
  const sent = area?.value;
  if (area && area.value.trim() === "") return;
  if (button) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const page = await answer.text();
    if (answer.ok && area && area.value === sent) area.value = "";
    draw(page, answer.ok);
  } catch {
    problem("No connection. Your words are still here; send them again in a moment.");
  } finally {
    if (button) button.disabled = false;
  }
}

let running = false;
let again = false;

async function refresh(): Promise<void> {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    const answer = await fetch("/chat");
    if (answer.ok) draw(await answer.text(), true);
  } catch {
    // The connection says when it is back, and then all is fetched.
  } finally {
    running = false;
    if (again) {
      again = false;
      void refresh();
    }
  }
}

// New lines are added, so that a reader is told of them and nothing else; the rest is replaced.
function draw(page: string, fresh: boolean): void {
  const next = new DOMParser().parseFromString(page, "text/html");
  for (const part of ["#status", "#question", "#over", "#problem"]) {
    const old = document.querySelector(part);
    const now = next.querySelector(part);
    if (old && now && old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
  }
  const list = document.querySelector("#lines");
  const known = new Set([...document.querySelectorAll("#lines > li")].map((line) => line.id));
  const atEnd = isAtEnd();
  let added = false;
  next.querySelectorAll("#lines > li").forEach((line) => {
    if (known.has(line.id) || !list) return;
    list.append(document.importNode(line, true));
    added = true;
  });
  const message = next.querySelector<HTMLInputElement>("#write input[name=message]");
  const own = document.querySelector<HTMLInputElement>("#write input[name=message]");
  if (fresh && message && own) own.value = message.value;
  const write = document.querySelector<HTMLElement>("#write");
  if (write && !next.querySelector("#write")) write.hidden = true;
  document.querySelector<HTMLElement>("[data-writes]")?.setAttribute("hidden", "");
  if (added && atEnd) toNewest();
  sayRead();
}

function problem(words: string): void {
  const place = document.querySelector("#problem");
  if (!place) return;
  const note = document.createElement("p");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  note.textContent = words;
  place.replaceChildren(note);
}

let typed = 0;

function typing(): void {
  const note = document.querySelector<HTMLElement>("[data-writes]");
  if (!note) return;
  note.hidden = false;
  window.clearTimeout(typed);
  typed = window.setTimeout(() => (note.hidden = true), 5000);
}

function isAtEnd(): boolean {
  const box = document.querySelector("#scroll");
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < 60;
}

function toNewest(): void {
  document.querySelector("#scroll")?.scrollTo(0, 1e9);
}

const told = new Set<string>();

// Only what somebody can see is read.
function sayRead(): void {
  if (document.visibilityState !== "visible") return;
  const lines = [...document.querySelectorAll<HTMLElement>("#lines > li.ours")].map((line) => line.id.slice(1)).filter((id) => !told.has(id));
  if (lines.length === 0) return;
  lines.forEach((id) => told.add(id));
  const again = () => lines.forEach((id) => told.delete(id));
  void fetch("/chat/read", { method: "POST", body: new URLSearchParams({ lines: lines.join(" ") }) }).then((answer) => answer.ok || again(), again);
}

begin();
