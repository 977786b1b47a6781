// How long an answer can still be taken back.

export function countdowns(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-until]:not([data-running])")) {
    element.dataset.running = "";
    tick(element);
  }
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
