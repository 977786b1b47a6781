// The library of phrases, found by a few letters and put in at the caret. What is still to be filled in is selected.
import type { EditorView } from "@codemirror/view";

interface Phrase {
  key: string;
  title: string;
  topic: string;
  text: string;
  promises: boolean;
}

export function choosePhrase(form: HTMLFormElement, view: EditorView, path: string): void {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Find a phrase");
  dialog.innerHTML =
    '<input role="combobox" aria-expanded="true" aria-controls="phrase-list" aria-label="Find a phrase" placeholder="A few letters: hold, refund, sorry …" autocomplete="off"><ul class="palette-list phrases" id="phrase-list" role="listbox"></ul>';
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  if (!input || !list) return;
  let found: Phrase[] = [];
  let chosen = 0;
  let asked = 0;
  const draw = () => {
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    list.replaceChildren(
      ...found.map((phrase, i) => {
        const item = document.createElement("li");
        item.id = `phrase-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(i === chosen));
        const title = document.createElement("b");
        title.textContent = phrase.title;
        const text = document.createElement("span");
        text.className = "dim tiny";
        text.textContent = phrase.text;
        item.append(title, text);
        item.addEventListener("click", () => put(phrase));
        return item;
      }),
    );
    input.setAttribute("aria-activedescendant", found.length > 0 ? `phrase-${chosen}` : "");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const search = async () => {
    const mine = ++asked;
    const answer = await fetch(`${path}?q=${encodeURIComponent(input.value)}`);
    if (!answer.ok || mine !== asked) return;
    found = (await answer.json()) as Phrase[];
    chosen = 0;
    draw();
  };
  const put = (phrase: Phrase) => {
    dialog.close();
    const used = form.querySelector<HTMLInputElement>("input[name=phrases]");
    if (used) used.value = [...new Set([...used.value.split(" ").filter(Boolean), phrase.key])].join(" ");
    const at = view.state.selection.main;
    const open = phrase.text.search(/\{[a-z.]+\}/);
    const close = open < 0 ? -1 : phrase.text.indexOf("}", open) + 1;
    const selection = open < 0 ? { anchor: at.from + phrase.text.length } : { anchor: at.from + open, head: at.from + close };
    view.dispatch({ changes: { from: at.from, to: at.to, insert: phrase.text }, selection, scrollIntoView: true, userEvent: "input.paste" });
    view.focus();
  };
  input.addEventListener("input", () => void search());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen += event.key === "ArrowDown" ? 1 : -1;
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const phrase = found[chosen];
      if (phrase) put(phrase);
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    view.focus();
  });
  document.documentElement.append(dialog);
  dialog.showModal();
  void search();
}
