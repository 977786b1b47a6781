// The composer: CodeMirror over the form's own text area, drafts kept on the server as typing pauses, and kinds of
// text that cannot be taken for one another.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { mention } from "./articles";
import { grounds } from "./grounds";
import { morphPage } from "./navigation";
import { choosePhrase } from "./phrases";
import { otherWays } from "./ways";
import { Reader } from "./words";

const PAUSE = 700;

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

const look = EditorView.theme({
  ".cm-content": { fontFamily: "inherit", padding: "12px 16px", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.5" },
  "&.cm-focused .cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ::selection": {
    background: "color-mix(in srgb, var(--out) 26%, transparent)",
  },
  ".cm-placeholder": { color: "var(--ink-3)" },
});

const words = HighlightStyle.define([
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, textDecoration: "underline" },
  { tag: tags.url, color: "var(--out)" },
  { tag: tags.monospace, fontFamily: "ui-monospace, monospace" },
]);

export function composers(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]:not([data-ready]), form[data-reading]:not([data-ready])")) {
    form.dataset.ready = "";
    enhance(form);
  }
  tabs();
}

function enhance(form: HTMLFormElement): void {
  const area = form.querySelector<HTMLTextAreaElement>("textarea[name=text]");
  if (!area) return;
  // An article is kept when its author says so.
  const keep = form.dataset.draft === undefined ? () => undefined : draftKeeper(form);
  let reader: Reader | null = null;
  const send = () => {
    if (reader?.stops()) return true;
    form.requestSubmit(form.querySelector<HTMLButtonElement>("[data-send]") ?? undefined);
    return true;
  };
  const chats = form.dataset.kind === "chat";
  const typed = sayTyping(form.dataset.typed);
  const library = form.querySelector<HTMLButtonElement>("[data-phrases]");
  const phrases = () => {
    if (library) choosePhrase(form, view, library.dataset.phrases ?? "");
    return library !== null;
  };
  library?.addEventListener("click", () => phrases());
  const shelf = form.querySelector<HTMLButtonElement>("[data-articles]");
  const articles = () => {
    if (shelf) mention(view, shelf.dataset.articles ?? "");
    return shelf !== null;
  };
  shelf?.addEventListener("click", () => articles());
  const view: EditorView = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        history(),
        markdown(),
        syntaxHighlighting(words),
        EditorView.lineWrapping,
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({ "aria-label": area.getAttribute("aria-label") ?? "", spellcheck: "true" }),
        placeholder(area.placeholder),
        look,
        keymap.of([
          { key: "Mod-Enter", run: send },
          ...(chats ? [{ key: "Enter", run: send }] : []),
          { key: "Alt-p", run: () => phrases() },
          { key: "Alt-m", run: () => articles() },
          { key: "Alt-Enter", run: () => reader?.take() ?? false },
          { key: "Alt-d", run: () => reader?.takeSafeDate() ?? false },
          { key: "Alt-i", run: () => reader?.leave() ?? false },
          { key: "F8", run: () => reader?.next() ?? false },
          { key: "Escape", run: (v) => (v.contentDOM.blur(), true) },
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet && !update.docChanged) reader?.moved();
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          keep();
          typed();
          reader?.read();
        }),
      ],
    }),
  });
  if (chats) goOn(form, view, () => reader);
  area.hidden = true;
  area.required = false;
  area.after(view.dom);
  const panel = form.querySelector<HTMLElement>("[data-words]");
  if (panel && form.dataset.reading) reader = new Reader(form, view, panel, keep);
  form.querySelector(".overrule input")?.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey } = event as KeyboardEvent;
    if (key !== "Enter") return;
    event.preventDefault();
    if (ctrlKey || metaKey) send();
  });
  form.addEventListener("warmline:insert", (event) => {
    const words = (event as CustomEvent<string>).detail;
    const at = view.state.selection.main;
    view.dispatch({ changes: { from: at.from, to: at.to, insert: words }, selection: { anchor: at.from + words.length } });
    view.focus();
  });
  form.querySelectorAll("input[name=to], input[name=cc], input[name=shows_why]").forEach((input) => input.addEventListener("input", keep));
  grounds(form, keep);
  form.addEventListener("warmline:promised", () => {
    keep();
    reader?.promised();
  });
  form.addEventListener("warmline:focus", () => {
    if (!view.hasFocus) view.dispatch({ selection: { anchor: view.state.doc.length } });
    view.focus();
  });
  const see = form.querySelector<HTMLButtonElement>("[data-preview]");
  see?.addEventListener("click", () => void preview(form, see.dataset.preview ?? ""));
  otherWays(form);
  const files = form.querySelector<HTMLInputElement>("input[type=file]");
  files?.addEventListener("change", () => void attach(form));
}

// In a chat the editor stays: what was said leaves it, what is typed meanwhile remains, and the next line is a new one.
function goOn(form: HTMLFormElement, view: EditorView, reader: () => Reader | null): void {
  let sent = "";
  form.addEventListener("submit", () => (sent = view.state.doc.toString()));
  const answered = (event: Event) => {
    if (!form.isConnected) return document.removeEventListener("warmline:answered", answered);
    const { form: of, refused, page } = (event as CustomEvent<{ form: unknown; refused: boolean; page: string }>).detail;
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector<HTMLFormElement>("form[data-kind=chat]");
    if (!fresh) return;
    if (of === form && !refused) {
      for (const name of ["message", "promise", "promises", "phrases", "reason"]) {
        const own = form.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name=${name}]`);
        const next = fresh.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name=${name}]`);
        if (own && next) own.value = next.value;
      }
      form.querySelector<HTMLElement>(".overrule")?.setAttribute("hidden", "");
      const now = view.state.doc.toString();
      const rest = now.startsWith(sent) ? now.slice(sent.length) : now;
      view.dispatch({ changes: { from: 0, to: now.length, insert: rest }, selection: { anchor: rest.length } });
      reader()?.promised();
      view.focus();
      return;
    }
    if (of === form) return reader()?.read();
    // Words that are offered, such as thanks for waiting.
    const offered = fresh.querySelector<HTMLTextAreaElement>("textarea[name=text]")?.value ?? "";
    if (view.state.doc.length === 0 && offered) view.dispatch({ changes: { from: 0, insert: offered }, selection: { anchor: offered.length } });
  };
  document.addEventListener("warmline:answered", answered);
}

// The other side of a chat sees that somebody writes, not what.
function sayTyping(path: string | undefined): () => void {
  let said = 0;
  return () => {
    if (!path || Date.now() - said < 3000) return;
    said = Date.now();
    void fetch(path, { method: "POST" });
  };
}

// The answer as the customer will see it, drawn by the server.
async function preview(form: HTMLFormElement, path: string): Promise<void> {
  const fields = new FormData(form);
  const body = new URLSearchParams();
  for (const name of ["to", "title", "text"]) body.set(name, String(fields.get(name) ?? ""));
  const answer = await fetch(path, { method: "POST", body });
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "As the customer sees it");
  dialog.className = "seen";
  dialog.innerHTML = await answer.text();
  const close = document.createElement("button");
  close.textContent = "Back to writing";
  close.addEventListener("click", () => dialog.close());
  dialog.append(close);
  dialog.addEventListener("close", () => {
    dialog.remove();
    form.dispatchEvent(new Event("warmline:focus"));
  });
  document.documentElement.append(dialog);
  dialog.showModal();
}

// Chosen files go to the server at once and become part of the draft.
async function attach(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("[data-attach]");
  if (!button) return;
  const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
  morphPage(await answer.text());
  composers();
  document.querySelector(".composer form:not([hidden])")?.dispatchEvent(new Event("warmline:focus"));
}

// Drafts that wait to be kept. Whatever is asked of the server next waits until they are.
const waiting = new Map<HTMLFormElement, () => Promise<void>>();

export function keepDraftsFirst(): void {
  document.addEventListener("htmx:confirm", (event) => {
    if (waiting.size === 0) return;
    event.preventDefault();
    const { issueRequest } = (event as CustomEvent).detail;
    void Promise.all([...waiting.values()].map((keep) => keep())).then(() => issueRequest(true));
  });
  addEventListener("pagehide", () => waiting.forEach((keep) => void keep()));
}

// Keeps the draft on the server when typing pauses, and says when.
function draftKeeper(form: HTMLFormElement): () => void {
  let timer = 0;
  const said = form.querySelector<HTMLElement>("[data-kept]");
  const keep = async () => {
    window.clearTimeout(timer);
    waiting.delete(form);
    const fields = new FormData(form);
    const body = new URLSearchParams({ kind: form.dataset.kind ?? "answer" });
    for (const name of ["text", "to", "cc", "promises", "phrases", "reason", "grounds", "corrects", "shows", "shows_why"]) {
      const value = fields.get(name);
      if (typeof value === "string") body.set(name, value);
    }
    try {
      const answer = await fetch(form.dataset.draft ?? "", { method: "POST", body, keepalive: true });
      if (!answer.ok) throw new Error(String(answer.status));
      if (said) said.textContent = `Draft kept ${await answer.text()}`;
    } catch {
      if (said) said.textContent = "Not kept yet, trying again";
      waiting.set(form, keep);
      timer = window.setTimeout(keep, 3000);
    }
  };
  // What is sent is no draft any more.
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    waiting.delete(form);
  });
  return () => {
    window.clearTimeout(timer);
    waiting.set(form, keep);
    timer = window.setTimeout(keep, PAUSE);
  };
}

// Words that make a promise put it on the record with them.
function promise(form: HTMLFormElement, line: string, phrase: string): void {
  const add = (name: string, more: string, between: string) => {
    const field = form.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name=${name}]`);
    if (field) field.value = [...new Set([...field.value.split(between), more])].filter(Boolean).join(between);
  };
  add("promises", line, "\n");
  add("phrases", phrase, " ");
  form.dispatchEvent(new Event("warmline:promised"));
}

// One of the composers is open.
function tabs(): void {
  const box = document.querySelector<HTMLElement>(".composer:not([data-tabbed])");
  if (!box) return;
  box.dataset.tabbed = "";
  const choose = (kind: string, focus: boolean) => {
    box.classList.toggle("inside", kind === "note");
    box.classList.toggle("third", kind === "forward");
    box.querySelectorAll<HTMLElement>("[role=tab]").forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === kind));
    });
    box.querySelectorAll<HTMLFormElement>("form[data-draft]").forEach((form) => {
      form.hidden = form.dataset.kind !== kind;
      if (!form.hidden && focus) form.dispatchEvent(new Event("warmline:focus"));
    });
  };
  box.querySelectorAll<HTMLElement>("[role=tab]").forEach((tab) => {
    tab.addEventListener("click", () => choose(tab.dataset.tab ?? "answer", true));
  });
  // Who takes a chat writes next; the button they pressed may still have the focus.
  const free = document.activeElement === document.body || (box.dataset.start === "chat" && !document.activeElement?.matches("input, textarea, select, [contenteditable=true]"));
  choose(box.dataset.start ?? "answer", box.dataset.begin !== undefined && free);
  // Words made elsewhere on the page come into the answer.
  document.addEventListener("click", (event) => {
    const from = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-insert]") : null;
    const form = box.querySelector<HTMLFormElement>("form[data-kind=answer]");
    if (from?.dataset.insert === undefined || !form || !box.isConnected) return;
    choose("answer", false);
    form.dispatchEvent(new CustomEvent("warmline:insert", { detail: from.dataset.insert }));
    if (from.dataset.promise) promise(form, from.dataset.promise, from.dataset.phrase ?? "");
  });
}
