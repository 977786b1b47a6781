// Articles, found by a few letters: mentioned in an answer with their link, or named as what it stands on.
import type { EditorView } from "@codemirror/view";
import { choose } from "./chooser";

export interface Article {
  value: string;
  title: string;
  text: string;
  link: string;
}

export function chooseArticle(path: string, take: (article: Article) => void, closed?: () => void, forCustomers = false): void {
  choose<Article>({
    label: "Find an article",
    placeholder: "A few letters of what it is about",
    kind: "phrases",
    find: async (typed) => {
      const answer = await fetch(`${path}?q=${encodeURIComponent(typed)}`);
      const found = answer.ok ? ((await answer.json()) as Article[]) : [];
      return forCustomers ? found.filter((article) => article.link !== "") : found;
    },
    draw: (item, article) => {
      const title = document.createElement("b");
      title.textContent = article.title;
      const text = document.createElement("span");
      text.className = "dim tiny";
      text.textContent = article.link === "" ? `inside only · ${article.text}` : article.text;
      item.append(title, text);
    },
    take,
    closed,
  });
}

// Its title as a link, at the caret.
export function mention(view: EditorView, path: string): void {
  const put = (article: Article) => {
    const words = `[${article.title.replace(/[[\]]/g, "")}](${article.link})`;
    const at = view.state.selection.main;
    view.dispatch({ changes: { from: at.from, to: at.to, insert: words }, selection: { anchor: at.from + words.length }, scrollIntoView: true, userEvent: "input.paste" });
  };
  chooseArticle(path, put, () => view.focus(), true);
}
