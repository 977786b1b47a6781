// A dialog to choose one of many by typing: arrows move, Enter takes, Escape leaves.

export interface Chooser<T> {
  label: string;
  placeholder: string;
  /// What fits the letters typed so far.
  find: (typed: string) => T[] | Promise<T[]>;
  draw: (item: HTMLLIElement, choice: T) => void;
  take: (choice: T) => void;
  /// Its list looks different from the palette's.
  kind?: string;
  closed?: () => void;
}

export function choose<T>(chooser: Chooser<T>): void {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", chooser.label);
  dialog.innerHTML = '<input role="combobox" aria-expanded="true" aria-controls="chooser-list" autocomplete="off"><ul class="palette-list" id="chooser-list" role="listbox"></ul>';
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  if (!input || !list) return;
  input.setAttribute("aria-label", chooser.label);
  input.placeholder = chooser.placeholder;
  if (chooser.kind) list.classList.add(chooser.kind);
  let found: T[] = [];
  let chosen = 0;
  let asked = 0;
  const take = (choice: T) => {
    dialog.close();
    chooser.take(choice);
  };
  const draw = () => {
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    list.replaceChildren(
      ...found.map((choice, i) => {
        const item = document.createElement("li");
        item.id = `choice-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(i === chosen));
        chooser.draw(item, choice);
        item.addEventListener("click", () => take(choice));
        return item;
      }),
    );
    input.setAttribute("aria-activedescendant", found.length > 0 ? `choice-${chosen}` : "");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const search = async () => {
    const mine = ++asked;
    const now = await chooser.find(input.value);
    if (mine !== asked) return;
    found = now;
    chosen = 0;
    draw();
  };
  input.addEventListener("input", () => void search());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen += event.key === "ArrowDown" ? 1 : -1;
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const choice = found[chosen];
      if (choice !== undefined) take(choice);
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    chooser.closed?.();
  });
  // Beside the body, which a page that arrives meanwhile replaces.
  document.documentElement.append(dialog);
  dialog.showModal();
  void search();
}
