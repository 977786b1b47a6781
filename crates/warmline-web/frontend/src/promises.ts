// What can be promised safely: asked of the server when a date, a kind or the words of a promise change.
// Works on the form beside a ticket ([data-promise]) and on the promises of a draft, which ask here themselves.

export async function ask(address: string, due: string, kind: string, what: string): Promise<string> {
  const response = await fetch(`${address}?${new URLSearchParams({ due, kind, what })}`, { headers: { Accept: "text/html" } });
  return response.ok ? response.text() : "";
}

const field = (form: HTMLFormElement, name: string) => form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement | null;

async function show(form: HTMLFormElement): Promise<void> {
  const place = form.querySelector<HTMLElement>("[data-safe]");
  const due = field(form, "due")?.value ?? "";
  if (!place || !form.dataset.promise || due === "") return;
  const asked = `${due} ${field(form, "kind")?.value} ${field(form, "what")?.value}`;
  place.dataset.asked = asked;
  const said = await ask(form.dataset.promise, due, field(form, "kind")?.value ?? "", field(form, "what")?.value ?? "");
  if (place.dataset.asked === asked) place.innerHTML = said;
}

export function promises(): void {
  document.addEventListener("change", (event) => {
    const form = (event.target as HTMLElement | null)?.closest<HTMLFormElement>("form[data-promise]");
    if (form) void show(form);
  });
  document.addEventListener("toggle", (event) => {
    const form = event.target instanceof HTMLDetailsElement && event.target.open ? event.target.querySelector<HTMLFormElement>("form[data-promise]") : null;
    if (form) void show(form);
  }, true);
  // The page drew itself again under an open form.
  document.addEventListener("warmline:drawn", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("details[open] form[data-promise]")) {
      if (form.querySelector("[data-safe]")?.childElementCount === 0) void show(form);
    }
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement | null)?.closest<HTMLElement>("[data-set-due]");
    const form = button?.closest<HTMLFormElement>("form[data-promise]");
    const due = form ? field(form, "due") : null;
    if (!form || !due || !button) return;
    due.value = button.dataset.setDue ?? due.value;
    due.focus();
    void show(form);
  });
}
