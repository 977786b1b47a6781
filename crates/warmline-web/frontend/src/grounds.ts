// What an answer stands on: chips over the form's own text area, a line each.
import { chooseArticle } from "./articles";

const NAMES: Record<string, string> = { link: "", article: "article ", ticket: "ticket ", measured: "measured: ", belief: "my own belief" };

export function grounds(form: HTMLFormElement, keep: () => void): void {
  const row = form.querySelector<HTMLElement>("[data-grounds]");
  const area = row?.querySelector<HTMLTextAreaElement>("textarea");
  if (!row || !area) return;
  area.hidden = true;
  const chips = document.createElement("span");
  chips.className = "chips";
  area.after(chips);
  const ask = document.createElement("input");
  ask.hidden = true;
  ask.autocomplete = "off";
  const buttons = [...row.querySelectorAll<HTMLButtonElement>("[data-ground]")];
  buttons.at(-1)?.after(ask);
  let asked: HTMLButtonElement | null = null;

  const lines = () => area.value.split("\n").filter(Boolean);
  const set = (now: string[]) => {
    area.value = [...new Set(now)].join("\n");
    keep();
    draw();
  };
  const draw = () => {
    chips.replaceChildren(...lines().map((line) => {
      const [kind = "", ...what] = line.split(" ");
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.textContent = `${NAMES[kind] ?? ""}${what.join(" ")}`;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `It does not stand on ${chip.textContent}`);
      remove.addEventListener("click", () => {
        set(lines().filter((other) => other !== line));
        buttons[0]?.focus();
      });
      chip.append(remove);
      return chip;
    }));
  };
  const done = (add: boolean) => {
    const what = ask.value.trim();
    if (add && asked && what !== "") set([...lines(), `${asked.dataset.ground} ${what}`]);
    ask.hidden = true;
    ask.value = "";
    asked?.focus();
  };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.dataset.from !== undefined) return chooseArticle(button.dataset.from, (found) => set([...lines(), `article ${found.value}`]), () => button.focus());
      if (button.dataset.ground === "belief") return set([...lines(), "belief"]);
      asked = button;
      ask.hidden = false;
      ask.placeholder = button.dataset.hint ?? "";
      ask.setAttribute("aria-label", `It stands on ${button.textContent}`);
      ask.focus();
    });
  }
  ask.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    done(event.key === "Enter");
  });
  // What is typed there counts, also when somebody goes on without Enter.
  ask.addEventListener("change", () => {
    if (!ask.hidden && asked && ask.value.trim() !== "") done(true);
  });
  draw();
}
