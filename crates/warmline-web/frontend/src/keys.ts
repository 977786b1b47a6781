// Keys: what can be done says its key beside it (`data-key`); Ctrl+K finds everything by name; Esc steps back.
import { choose } from "./chooser";

interface Action {
  name: string;
  key: string;
  element: HTMLElement;
}

export function keys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return stepBack();
    if (event.key === "?") {
      event.preventDefault();
      return palette();
    }
    if (event.key === "j" || event.key === "ArrowDown") return move(event, 1);
    if (event.key === "k" || event.key === "ArrowUp") return move(event, -1);
    const action = actions().find((a) => a.key === event.key);
    if (action) {
      event.preventDefault();
      perform(action.element);
    }
  });
  // Escape leaves a field; it is where it is, and nothing typed is lost.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target)) (event.target as HTMLElement).blur();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function isVisible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 && !element.hasAttribute("disabled");
}

function actions(): Action[] {
  return [...document.querySelectorAll<HTMLElement>("[data-action]")].filter(isVisible).map((element) => ({
    name: element.dataset.action ?? "",
    key: element.dataset.key ?? "",
    element,
  }));
}

function perform(element: HTMLElement): void {
  const field = element.matches("input, select, textarea") ? element : null;
  if (field) {
    field.focus();
    if (field instanceof HTMLInputElement) field.select();
  } else if (element instanceof HTMLDetailsElement) {
    element.open = !element.open;
    element.querySelector<HTMLElement>("a, button, input, select")?.focus();
  } else {
    const within = element.matches("summary") ? element.parentElement : null;
    const first = within?.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea");
    // What stands open already is not closed by the key that asks for it.
    if (!first || !within?.hasAttribute("open")) element.click();
    // A summary that opened a form: what is typed next goes into it.
    first?.focus();
  }
}

function stepBack(): void {
  const menu = openMenu();
  if (menu) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
    return;
  }
  const back = [...document.querySelectorAll<HTMLElement>("[data-back]")].find(isVisible);
  if (back) back.click();
  else document.querySelector<HTMLElement>("a.row.on")?.focus();
}

function openMenu(): HTMLDetailsElement | null {
  return document.querySelector<HTMLDetailsElement>("details[open].views, details[open].card");
}

function move(event: KeyboardEvent, by: number): void {
  const rows = [...(document.querySelector("details[open].views")?.querySelectorAll<HTMLElement>("li a") ?? document.querySelectorAll<HTMLElement>("a.row"))].filter(isVisible);
  if (rows.length === 0) return;
  event.preventDefault();
  const focused = rows.indexOf(document.activeElement as HTMLElement);
  const at = focused >= 0 ? focused : rows.findIndex((row) => row.classList.contains("on"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
  next?.focus();
}

// Whatever is no command is searched for: a number, a name, a word.
function searchFor(words: string): Action {
  const link = document.createElement("a");
  link.href = `/search?q=${encodeURIComponent(words)}`;
  return { name: `Search for “${words}”`, key: "", element: link };
}

function palette(): void {
  const all = actions();
  choose<Action>({
    label: "Find an action",
    placeholder: "What would you like to do?",
    find: (typed) => {
      const asked = typed.toLowerCase().split(/\s+/);
      const found = all.filter((a) => asked.every((word) => a.name.toLowerCase().includes(word))).slice(0, 40);
      return typed.trim() === "" ? found : [...found, searchFor(typed.trim())];
    },
    draw: (item, action) => {
      const name = document.createElement("span");
      name.textContent = action.name;
      item.append(name);
      if (action.key) {
        const key = document.createElement("kbd");
        key.textContent = action.key;
        item.append(key);
      }
    },
    // The page may have been renewed under the palette.
    take: (action) => perform(actions().find((a) => a.name === action.name)?.element ?? action.element),
  });
}
