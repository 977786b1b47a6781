// A button that searches while somebody types: what is chosen goes into its form, and the form is sent.
import { choose } from "./chooser";
import { morph } from "./navigation";

interface Choice {
  value: string;
  title: string;
  text: string;
}

export function finders(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof HTMLElement ? event.target.closest<HTMLButtonElement>("[data-find]") : null;
    const form = button?.form;
    if (!button || !form) return;
    choose<Choice>({
      label: button.dataset.action ?? "Find",
      placeholder: button.dataset.hint ?? "",
      kind: "phrases",
      find: async (typed) => {
        const answer = await fetch(`${button.dataset.find}?q=${encodeURIComponent(typed)}`);
        return answer.ok ? ((await answer.json()) as Choice[]) : [];
      },
      draw: (item, choice) => {
        const title = document.createElement("b");
        title.textContent = choice.title;
        const text = document.createElement("span");
        text.className = "dim tiny";
        text.textContent = choice.text;
        item.append(title, text);
      },
      take: (choice) => {
        const field = form.querySelector<HTMLInputElement>(`input[name=${button.dataset.into}]`);
        if (field) field.value = choice.value;
        form.requestSubmit();
      },
    });
  });
  // A page's own search finds while somebody types.
  let timer = 0;
  document.addEventListener("input", (event) => {
    const form = event.target instanceof HTMLElement ? event.target.closest<HTMLFormElement>("form[data-typing]") : null;
    if (!form) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void refind(form), 200);
  });
}

// Only what was found is drawn anew: whoever types goes on typing.
async function refind(form: HTMLFormElement): Promise<void> {
  const shown = document.getElementById(form.dataset.typing ?? "");
  const typed = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const answer = await fetch(`${form.action}?${typed}`);
  if (!answer.ok || !shown?.isConnected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(shown.id);
  if (fresh) morph(shown, fresh, true);
}
