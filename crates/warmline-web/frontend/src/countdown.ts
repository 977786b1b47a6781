// Times that run: how long an answer can still be taken back, how long a call lasts, when a caller was promised to be back.

export function countdowns(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-until]:not([data-running])")) {
    element.dataset.running = "";
    tick(element);
  }
  clocks();
}

let clock = 0;

function clocks(): void {
  const all = document.querySelectorAll<HTMLElement>("[data-since], [data-left]");
  for (const element of all) {
    const { since, left } = element.dataset;
    const seconds = since ? (Date.now() - Number(since)) / 1000 : (Number(left) - Date.now()) / 1000;
    element.textContent = span(Math.max(0, Math.round(seconds)));
  }
  if (all.length > 0 && clock === 0) {
    clock = window.setTimeout(() => {
      clock = 0;
      clocks();
    }, 500);
  }
}

function span(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function tick(element: HTMLElement): void {
  const left = Math.ceil((Number(element.dataset.until) - Date.now()) / 1000);
  if (!element.isConnected) return;
  const undo = element.closest<HTMLElement>(".undo");
  if (left <= 0) {
    if (undo) undo.hidden = true;
    return;
  }
  element.textContent = left > 120 ? "" : `${left} s to undo`;
  setTimeout(() => tick(element), 250);
}
