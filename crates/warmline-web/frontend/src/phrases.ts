// The library of phrases, found by a few letters and put in at the caret. What is still to be filled in is selected.
import type { EditorView } from "@codemirror/view";
import { choose } from "./chooser";

interface Phrase {
  key: string;
  title: string;
  text: string;
}

export function choosePhrase(form: HTMLFormElement, view: EditorView, path: string): void {
  choose<Phrase>({
    label: "Find a phrase",
    placeholder: "A few letters: hold, refund, sorry …",
    kind: "phrases",
    find: async (typed) => {
      const answer = await fetch(`${path}?q=${encodeURIComponent(typed)}`);
      return answer.ok ? ((await answer.json()) as Phrase[]) : [];
    },
    draw: (item, phrase) => {
      const title = document.createElement("b");
      title.textContent = phrase.title;
      const text = document.createElement("span");
      text.className = "dim tiny";
      text.textContent = phrase.text;
      item.append(title, text);
    },
    take: (phrase) => put(form, view, phrase),
    closed: () => view.focus(),
  });
}

function put(form: HTMLFormElement, view: EditorView, phrase: Phrase): void {
  const used = form.querySelector<HTMLInputElement>("input[name=phrases]");
  if (used) used.value = [...new Set([...used.value.split(" ").filter(Boolean), phrase.key])].join(" ");
  const at = view.state.selection.main;
  const open = phrase.text.search(/\{[a-z.]+\}/);
  const close = open < 0 ? -1 : phrase.text.indexOf("}", open) + 1;
  const selection = open < 0 ? { anchor: at.from + phrase.text.length } : { anchor: at.from + open, head: at.from + close };
  view.dispatch({ changes: { from: at.from, to: at.to, insert: phrase.text }, selection, scrollIntoView: true, userEvent: "input.paste" });
}
