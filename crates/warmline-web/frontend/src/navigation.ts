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
    morphPage(detail.xhr.responseText);
    const url = detail.xhr.responseURL as string;
    if (url && detail.requestConfig.verb !== "get" && url !== location.href && detail.xhr.status < 400) {
      history.pushState({ htmx: true }, "", url);
    }
    afterSwap();
  });
  document.addEventListener("htmx:sendError", () => document.dispatchEvent(new Event("warmline:offline")));
}

// Replaces the page by another one, keeping what is the same.
export function morphPage(html: string): void {
  const next = new DOMParser().parseFromString(html, "text/html");
  document.title = next.title;
  const scrolled = changesPlace(next);
  morph(document.body, next.body);
  htmx.process(document.body);
  if (scrolled) document.querySelector(".scroll")?.scrollTo(0, 1e9);
  const focus = document.querySelector<HTMLElement>("[data-focus]");
  if (focus && scrolled) focus.focus();
}

function changesPlace(next: Document): boolean {
  const place = (d: Document) => d.querySelector("[data-place]")?.getAttribute("data-place") ?? "";
  return place(document) !== place(next);
}

export function morph(before: Element, after: Element): void {
  Idiomorph.morph(before, after, {
    morphStyle: "outerHTML",
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed: (old, fresh) => {
        if (!(old instanceof Element) || !(fresh instanceof Element)) return true;
        // The same composer stays as it is: there are words in it.
        const kept = old.getAttribute(KEEP);
        if (kept !== null && kept === fresh.getAttribute(KEEP)) return false;
        if (old instanceof HTMLDetailsElement && old.open && old.id !== "views") fresh.setAttribute("open", "");
        return true;
      },
    },
  });
}
