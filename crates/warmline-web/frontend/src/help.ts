// Pages for customers work without this: it only finds while somebody types.
const PAUSE = 200;
let timer = 0;
let asked = 0;

document.addEventListener("input", (event) => {
  const form = event.target instanceof HTMLElement ? event.target.closest<HTMLFormElement>("form[data-typing]") : null;
  if (!form) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void find(form), PAUSE);
});

async function find(form: HTMLFormElement): Promise<void> {
  const mine = ++asked;
  const shown = document.getElementById(form.dataset.typing ?? "");
  const typed = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  try {
    const answer = await fetch(`${form.action}?${typed}`);
    if (!answer.ok || mine !== asked || !shown) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(shown.id);
    if (fresh && mine === asked) shown.replaceChildren(...fresh.childNodes);
  } catch {
    // Offline: the button still asks.
  }
}
