// Links and forms are sent by htmx and the answer is morphed into the page, so that what is not touched stays: scroll,
// focus, an editor with words in it, and later the telephone.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

const KEEP = "data-keep";

export function navigation(afterSwap: () => void): void {
  htmx.config.allowEval = false;
  htmx.config.includeIndicatorStyles = false;
  htmx.config.historyCacheSize = 0;
  htmx.config.refreshOnHistoryMiss = true;
  htmx.config.scrollIntoViewOnBoost = false;
  // Refusals are pages too: they say what happened and keep what was typed.
  htmx.config.responseHandling = [
    { code: "204", swap: false },
    { code: "...", swap: true },
  ];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent).detail;
    if (!detail.boosted && detail.target !== document.body) return;
    detail.shouldSwap = false;
    if (detail.xhr.status === 0) return;
    const url = detail.xhr.responseURL as string;
    if (url && url !== location.href && detail.xhr.status < 400) history.pushState({ htmx: true }, "", url);
    const typed = detail.xhr.status >= 400 ? typedInto(detail.requestConfig.elt) : undefined;
    // What was added or moved is there now: the form that did it folds again.
    if (detail.xhr.status < 400) (detail.requestConfig.elt as Element).closest?.(".adds details, .block details")?.removeAttribute("open");
    morphPage(detail.xhr.responseText, isTypingBeside(detail.requestConfig.elt));
    typed?.();
    document.dispatchEvent(new CustomEvent("warmline:answered", { detail: { form: detail.requestConfig.elt, refused: detail.xhr.status >= 400, page: detail.xhr.responseText } }));
    afterSwap();
    // What is asked in the call bar leaves the words and the place alone.
    const inBar = detail.requestConfig.elt?.closest?.("#callbar") !== null && detail.requestConfig.elt?.closest !== undefined;
    settle(detail.requestConfig.verb !== "get" && !inBar, detail.xhr.status >= 400);
  });
  document.addEventListener("htmx:sendError", () => document.dispatchEvent(new Event("warmline:offline")));
}

// What was typed into a form that is refused is put back into it; the composer keeps its own words.
function typedInto(sent: unknown): (() => void) | undefined {
  const form = sent instanceof Element ? sent.closest("form") : null;
  if (!form || form.dataset.draft !== undefined) return undefined;
  const same = () => [...document.querySelectorAll<HTMLFormElement>(`form[action="${CSS.escape(form.getAttribute("action") ?? "")}"]`)];
  const place = same().indexOf(form);
  const fields = (of: HTMLFormElement) => [...of.elements].filter((e): e is HTMLInputElement => "name" in e && e.matches("input:not([type=hidden]), textarea, select"));
  const typed = fields(form).map((field) => ({ name: field.name, value: field.value, checked: field.checked }));
  return () => {
    const fresh = same()[place];
    if (!fresh) return;
    // News leaves it alone, as it does a form somebody has begun.
    if (fresh.closest("aside")) fresh.dataset.touched = "";
    fields(fresh).forEach((field, at) => {
      const before = typed[at];
      if (before?.name !== field.name) return;
      field.value = before.value;
      field.checked = before.checked;
    });
  };
}

// Replaces the page by another one, keeping what is the same.
export function morphPage(html: string, typing = false): void {
  const next = new DOMParser().parseFromString(html, "text/html");
  document.title = next.title;
  const entries = () => document.querySelectorAll("#timeline > *").length;
  const before = entries();
  const elsewhere = changesPlace(next);
  morph(document.body, next.body, typing && !elsewhere);
  if (elsewhere || entries() !== before) toNewest();
  if (elsewhere) document.querySelector<HTMLElement>("[autofocus]")?.focus();
}

// The newest entry is what one opens a ticket for.
export function toNewest(): void {
  document.querySelector(".scroll")?.scrollTo(0, 1e9);
}

// After a form of one's own: a refusal is brought into view, words that are still to be sent get the caret.
function settle(posted: boolean, refused: boolean): void {
  if (!posted) return;
  // What came in meanwhile is to be read before the next Ctrl+Enter: it gets the focus, not the editor.
  const unread = document.querySelector<HTMLElement>(".msg.fresh");
  if (refused && unread) {
    unread.tabIndex = -1;
    unread.scrollIntoView({ block: "center" });
    return unread.focus({ preventScroll: true });
  }
  if (!refused) toNewest();
  if (refused) document.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
  const asked = document.querySelector<HTMLElement>("[role=alert] input:not([type=hidden])");
  if (asked) return asked.focus();
  const open = document.querySelector<HTMLFormElement>(".composer form:not([hidden])");
  if (open?.querySelector<HTMLTextAreaElement>("textarea[name=text]")?.value) open.dispatchEvent(new Event("warmline:focus"));
}

function isTyping(): boolean {
  const active = document.activeElement;
  return active instanceof HTMLElement && (active.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName));
}

// An answer that comes late finds somebody in another field already: what they type there stays.
function isTypingBeside(sent: unknown): boolean {
  const form = sent instanceof Element ? sent.closest("form") : null;
  return isTyping() && form !== null && !form.contains(document.activeElement);
}

function changesPlace(next: Document): boolean {
  const place = (d: Document) => d.querySelector("[data-place]")?.getAttribute("data-place") ?? "";
  return place(document) !== place(next);
}

// `live`: somebody may be in the middle of typing; what they type stays.
export function morph(before: Element, after: Element, live: boolean): void {
  Idiomorph.morph(before, after, {
    morphStyle: "outerHTML",
    ignoreActiveValue: live && isTyping(),
    callbacks: {
      beforeNodeMorphed: (old, fresh) => {
        if (!(old instanceof Element) || !(fresh instanceof Element)) return true;
        // The same composer stays as it is: there are words in it.
        const kept = old.getAttribute(KEEP);
        if (kept !== null && fresh.hasAttribute(KEEP)) {
          // Another composer is a new one: an editor cannot be morphed.
          if (kept !== fresh.getAttribute(KEEP)) old.replaceWith(document.importNode(fresh, true));
          return false;
        }
        if (old instanceof HTMLDetailsElement && old.open && old.id !== "views") fresh.setAttribute("open", "");
        return true;
      },
    },
  });
  // What is new is sent by htmx too: a form that left the page would take the telephone with it.
  htmx.process(document.body);
}
