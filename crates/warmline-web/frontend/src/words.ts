// Reading while you write: underlines in the editor, reasons and better words under it, one key to take them. The server
// reads (it knows the ticket and what must stay inside) and has the last word when the answer is sent.
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import { ask } from "./promises";
import { startsFrom } from "./starts";
import { NO_OTHER_WAY, offerOtherWays } from "./ways";

interface Finding {
  rule: string;
  level: "coach" | "warn" | "block";
  from: number;
  to: number;
  sentence_from: number;
  sentence_to: number;
  say: string;
  why: string;
  fixes: string[];
  instead: string[];
  leak: boolean;
  promise: [string, string] | null;
}

const PAUSE = 250;
// The fingers rest: now spelling, too.
const REST = 700;
// More at once help nobody; the worst come first.
const SHOWN = 5;
const SEVERITY = { coach: "info", warn: "warning", block: "error" } as const;

export class Reader {
  private timer = 0;
  private rest = 0;
  private asked = 0;
  private findings: Finding[] = [];
  private readonly shown = new Set<string>();
  private readonly put = { dismissed: new Set<string>(), wrong: new Set<string>(), never: new Set<string>(), taken: new Set<string>() };
  private readonly aside = new Set<string>();
  // Apart from each other, so that a redraw of one leaves the other, and whoever types in it, alone.
  private readonly told = document.createElement("div");
  private readonly kept = document.createElement("div");
  // The promises that the chips show.
  private drawn = "";
  // What was said about a date is said again without asking.
  private readonly safe = new Map<string, string>();

  constructor(
    private readonly form: HTMLFormElement,
    private readonly view: EditorView,
    private readonly panel: HTMLElement,
    private readonly changed: () => void,
  ) {
    form.addEventListener("submit", () => this.report());
    form.querySelectorAll("input[name=to], input[name=cc]").forEach((input) => input.addEventListener("input", () => this.read()));
    panel.replaceChildren(this.told, this.kept);
    this.draw([]);
    if (view.state.doc.length > 0) this.read();
  }

  // The text changed: read it when the fingers rest.
  read(): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.rest);
    this.timer = window.setTimeout(() => void this.ask(false), PAUSE);
    this.rest = window.setTimeout(() => void this.ask(true), REST);
  }

  // Something stops it, and no reason is given yet.
  stops(): boolean {
    const reason = this.form.querySelector<HTMLInputElement>("input[name=reason]");
    const blocks = this.current().filter((f) => f.level === "block");
    const stopped = blocks.some((f) => f.leak) || (blocks.length > 0 && (reason?.value.trim() ?? "") === "");
    if (stopped) {
      const said = this.form.querySelector<HTMLElement>("[data-kept]");
      if (said) said.textContent = `Not sent: ${blocks.length === 1 ? "one thing stops it" : `${blocks.length} things stop it`}`;
      this.panel.querySelector<HTMLElement>(".block")?.focus();
      this.panel.scrollIntoView({ block: "nearest" });
    }
    return stopped;
  }

  // Alt+Enter: the first better wording for what stands at the caret, or else for the worst of all.
  take(): boolean {
    const here = this.atCaret();
    const finding = here && this.offers(here).length > 0 ? here : this.current().find((f) => this.offers(f).length > 0);
    if (!finding) return false;
    this.offers(finding)[0]?.act();
    return true;
  }

  // Alt+D: the first promise that is sooner than is safe, by the date that is.
  takeSafeDate(): boolean {
    const early = [...this.panel.querySelectorAll<HTMLElement>(".promised")].find((chip) => chip.querySelector("[data-early]"));
    const button = (early ?? this.panel).querySelector<HTMLElement>("[data-set-due]");
    button?.click();
    return button !== null;
  }

  // F8: to the next one.
  next(): boolean {
    const at = this.view.state.selection.main.head;
    const places = this.current().filter((f) => f.to > f.from).sort((a, b) => a.from - b.from);
    const next = places.find((f) => f.from > at) ?? places[0];
    if (!next) return false;
    this.view.dispatch({ selection: { anchor: next.from, head: next.to }, scrollIntoView: true });
    return true;
  }

  // Alt+I: leave what stands at the caret, or the worst, as it is.
  leave(): boolean {
    const at = this.view.state.selection.main.head;
    const finding = this.current().find((f) => f.from <= at && at <= f.to) ?? this.current()[0];
    if (!finding || finding.level === "block") return false;
    this.putAside(finding, "dismissed");
    return true;
  }

  private current(): Finding[] {
    return this.findings.filter((f) => !this.aside.has(this.key(f)));
  }

  private key(f: Finding): string {
    return `${f.rule} ${this.view.state.sliceDoc(f.from, f.to).toLowerCase()}`;
  }

  private async ask(full: boolean): Promise<void> {
    const asked = ++this.asked;
    const text = this.view.state.doc.toString();
    if (text.trim() === "") return this.show([]);
    const body = new URLSearchParams({ text, kind: this.form.dataset.kind ?? "answer" });
    if (full) body.set("full", "1");
    // Not every form has them all.
    for (const name of ["to", "cc", "promises", "shows", "language"]) {
      const field = this.field(name);
      if (field) body.set(name, field.value);
    }
    try {
      const answer = await fetch(this.form.dataset.reading ?? "", { method: "POST", body });
      if (!answer.ok || asked !== this.asked) return;
      const { findings } = (await answer.json()) as { findings: Finding[] };
      if (asked === this.asked && text === this.view.state.doc.toString()) this.show(findings);
    } catch {
      // Offline: what is sent is read again by the server.
    }
  }

  private field(name: string): HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | null {
    return this.form.querySelector(`[name=${name}]`);
  }

  private show(findings: Finding[]): void {
    this.findings = findings;
    offerOtherWays(this.form, findings.some((f) => f.rule === NO_OTHER_WAY));
    this.dropPromisesWithoutWords();
    // What was refused before is over when nothing stops it any more.
    if (!findings.some((f) => f.level === "block")) document.querySelector("[data-about-words]")?.remove();
    const current = this.current();
    current.slice(0, SHOWN).forEach((f) => this.shown.add(f.rule));
    const marked: Diagnostic[] = current
      .filter((f) => f.to > f.from)
      .map((f) => ({ from: f.from, to: f.to, severity: SEVERITY[f.level], message: f.say, source: f.rule }))
      .sort((a, b) => a.from - b.from);
    this.view.dispatch(setDiagnostics(this.view.state, marked));
    this.draw(current);
  }

  // The caret moved: what stands there comes to the front.
  moved(): void {
    if (this.findings.length > 0) this.draw(this.current());
  }

  private atCaret(): Finding | undefined {
    const at = this.view.state.selection.main.head;
    const all = this.current();
    return all.find((f) => f.from <= at && at <= f.to && f.to > f.from) ?? all.find((f) => this.offers(f).length > 0) ?? all[0];
  }

  private draw(current: Finding[]): void {
    const list = document.createElement("ul");
    list.className = "findings";
    list.setAttribute("aria-label", "What a careful colleague would say");
    current.slice(0, SHOWN).forEach((f) => list.append(this.item(f)));
    const front = current.indexOf(this.atCaret() as Finding);
    if (front >= SHOWN) list.lastElementChild?.replaceWith(this.item(current[front] as Finding));
    const more = current.length - SHOWN;
    const told = document.createElement("p");
    told.className = more > 0 ? "tiny dim" : "vh";
    told.setAttribute("role", "status");
    const blocks = current.filter((f) => f.level === "block").length;
    told.textContent = current.length === 0 ? "" : more > 0 ? `and ${more} more` : `${current.length} ${current.length === 1 ? "finding" : "findings"}${blocks > 0 ? `, ${blocks} stop it` : ""}`;
    const focus = this.focused();
    this.told.replaceChildren(...(current.length > 0 ? [list, told] : [told]));
    focus();
    this.drawChips();
    const overrule = this.form.querySelector<HTMLElement>(".overrule");
    if (overrule) {
      const reason = overrule.querySelector("input")?.value ?? "";
      overrule.hidden = reason === "" && !(blocks > 0 && current.every((f) => !f.leak));
    }
  }

  // Where the focus is among the findings; what comes back puts it there again. On the page's body, letters are shortcuts.
  private focused(): () => void {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || !this.told.contains(at)) return () => undefined;
    const item = at.closest("li");
    const key = item?.dataset.key ?? "";
    const button = item ? [...item.querySelectorAll("button")].indexOf(at as HTMLButtonElement) : -1;
    return () => {
      const same = [...this.told.querySelectorAll("li")].find((li) => li.dataset.key === key);
      const place = same && button >= 0 ? (same.querySelectorAll("button")[button] ?? same) : same;
      if (place) place.focus();
      else this.view.focus();
    };
  }

  private item(f: Finding): HTMLElement {
    const item = document.createElement("li");
    item.dataset.key = this.key(f);
    const now = f === this.atCaret();
    item.className = now ? `${f.level} now` : f.level;
    item.tabIndex = -1;
    const say = document.createElement("b");
    say.textContent = f.say;
    const where = document.createElement("button");
    where.type = "button";
    where.className = "plain place";
    where.textContent = f.to > f.from ? `“${cut(this.view.state.sliceDoc(f.from, f.to))}”` : "the whole message";
    where.addEventListener("click", () => {
      this.view.dispatch({ selection: { anchor: f.from, head: f.to }, scrollIntoView: true });
      this.view.focus();
    });
    const why = document.createElement("span");
    why.className = "dim why";
    why.textContent = f.leak ? `${f.why} No reason lets it out.` : f.why;
    item.append(say, where, why);
    const ways = document.createElement("span");
    ways.className = "ways";
    this.offers(f).forEach((offer, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = offer.name;
      if (i === 0 && now) button.append(kbd("Alt ↵"));
      button.addEventListener("click", offer.act);
      ways.append(button);
    });
    if (f.level !== "block") {
      ways.append(this.aside_button("Not here", f, "dismissed"), this.aside_button("Never for me", f, "never"));
    }
    if (!f.leak) ways.append(this.aside_button("It is wrong", f, "wrong"));
    item.append(ways);
    return item;
  }

  // What one key does about it.
  private offers(f: Finding): { name: string; act: () => void }[] {
    const replace = (from: number, to: number, words: string) => () => {
      this.put.taken.add(f.rule);
      const gap = words.indexOf("{…}");
      const selection = gap < 0 ? { anchor: from + words.length } : { anchor: from + gap, head: from + gap + 3 };
      this.view.dispatch({ changes: { from, to, insert: words }, selection, scrollIntoView: true, userEvent: "input.complete" });
      this.view.focus();
    };
    const offers = f.fixes.map((words) => ({ name: words === "" ? "Take it out" : words, act: replace(f.from, f.to, words) }));
    // About the whole message: better words are words that are missing.
    const missing = f.to === f.from;
    f.instead.forEach((words) => {
      const act = missing ? replace(f.from, f.from, f.from === 0 ? `${words}\n\n` : `\n\n${words}`) : replace(f.sentence_from, f.sentence_to, words);
      offers.push({ name: cut(words), act });
    });
    if (f.leak && f.to > f.from) offers.unshift({ name: "Take it out", act: replace(f.from, f.to, "") });
    if (f.promise) {
      const [due, what] = f.promise;
      offers.unshift({ name: `Promise it by ${spoken(due)}`, act: () => this.promise(due, what, f.rule) });
    }
    return [...offers.slice(0, 3), ...startsFrom(f.rule)];
  }

  private promise(due: string, what: string, rule: string): void {
    const kept = this.field("promises");
    if (!kept) return;
    this.put.taken.add(rule);
    kept.value = [...kept.value.split("\n").filter(Boolean), `${due} ${what}`].join("\n");
    // It stops nothing any more; the next reading says the same.
    this.findings = this.findings.filter((f) => f.promise?.[1] !== what);
    this.promised();
    this.view.focus();
  }

  // The promises that go on the record with this answer.
  promised(): void {
    this.changed();
    this.draw(this.current());
    this.read();
  }

  // A promise whose sentence is gone is not made; one that moves was said in a notice.
  private dropPromisesWithoutWords(): void {
    const kept = this.field("promises");
    if (!kept || kept.value === "") return;
    const text = this.view.state.doc.toString().replace(/\s+/g, " ");
    const lines = kept.value.split("\n").filter((line) => read(line).moves || text.includes(read(line).what));
    if (lines.join("\n") === kept.value.trim()) return;
    kept.value = lines.join("\n");
    this.changed();
  }

  private drawChips(): void {
    const now = this.field("promises")?.value ?? "";
    if (now === this.drawn) return;
    const at = document.activeElement;
    const named = at && this.kept.contains(at) ? (at.getAttribute("aria-label") ?? "") : null;
    this.drawn = now;
    this.kept.replaceChildren(...this.chips());
    // Whoever is in a field stays in it; when it has gone with its promise, they are back at their words.
    if (named === null) return;
    const same = [...this.kept.querySelectorAll<HTMLElement>("[aria-label]")].find((e) => e.getAttribute("aria-label") === named);
    (same ?? this.view).focus();
  }

  private chips(): HTMLElement[] {
    const kept = this.field("promises");
    const lines = kept?.value.split("\n").filter(Boolean) ?? [];
    const put = (line: string, other: string | null) => {
      if (kept) kept.value = lines.flatMap((l) => (l !== line ? [l] : other === null ? [] : [other])).join("\n");
      this.promised();
    };
    return lines.map((line) => this.chip(line, (other) => put(line, other)));
  }

  // A promise of the draft: its date, what it is, what is safe, and why it is sooner.
  private chip(line: string, put: (line: string | null) => void): HTMLElement {
    const promise = read(line);
    const chip = document.createElement("div");
    chip.className = "promised";
    const by = document.createElement("label");
    by.textContent = promise.moves ? "Moves to " : "Promised by ";
    const time = document.createElement("input");
    time.type = "datetime-local";
    time.value = promise.due;
    time.setAttribute("aria-label", `By when: ${cut(promise.what)}`);
    time.addEventListener("change", () => time.value !== "" && put(write({ ...promise, due: time.value })));
    by.append(time);
    const kind = document.createElement("select");
    kind.setAttribute("aria-label", `What it is: ${cut(promise.what)}`);
    for (const [value, name] of [["", "as it says"], ["word", "a word"], ["finish", "done by then"]] as const) kind.add(new Option(name, value, false, value === promise.kind));
    kind.addEventListener("change", () => put(write({ ...promise, kind: kind.value })));
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "plain";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Take the promise by ${spoken(promise.due)} off`);
    remove.addEventListener("click", () => put(null));
    const safe = document.createElement("div");
    safe.className = "safe";
    chip.append(by, ...(promise.moves ? [] : [kind]), document.createTextNode(cut(promise.what)), remove, safe);
    void this.sayWhatIsSafe(safe, promise, put);
    return chip;
  }

  private async sayWhatIsSafe(place: HTMLElement, promise: Promised, put: (line: string) => void): Promise<void> {
    const address = this.form.dataset.safe;
    if (!address || promise.moves) return;
    const asked = `${promise.due} ${promise.kind} ${promise.what}`;
    const said = this.safe.get(asked) ?? (await ask(address, promise.due, promise.kind, promise.what));
    this.safe.set(asked, said);
    place.innerHTML = said;
    const key = place.querySelector("kbd");
    if (key) key.textContent = "Alt D";
    place.querySelector<HTMLElement>("[data-set-due]")?.addEventListener("click", (event) => {
      put(write({ ...promise, due: (event.currentTarget as HTMLElement).dataset.setDue ?? promise.due, reason: "" }));
    });
    if (!place.querySelector("[data-early]") && promise.reason === "") return;
    const why = document.createElement("input");
    why.value = promise.reason;
    why.placeholder = "because …";
    why.setAttribute("aria-label", "Why it can be sooner");
    why.addEventListener("change", () => put(write({ ...promise, reason: why.value.trim() })));
    place.append(why);
  }

  private aside_button(name: string, f: Finding, how: "dismissed" | "wrong" | "never"): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain tiny";
    button.textContent = name;
    button.addEventListener("click", () => this.putAside(f, how));
    return button;
  }

  private putAside(f: Finding, how: "dismissed" | "wrong" | "never"): void {
    this.put[how].add(f.rule);
    if (f.level !== "block") this.aside.add(this.key(f));
    if (how === "never") this.findings = this.findings.filter((other) => other.rule !== f.rule || other.level === "block");
    this.show(this.findings);
    this.view.focus();
  }

  // What became of the findings, for the page that says which rules are worth their place.
  private report(): void {
    if (this.shown.size === 0) return;
    const still = new Set(this.findings.map((f) => f.rule));
    const aside = new Set([...this.put.dismissed, ...this.put.wrong, ...this.put.never]);
    const mended = [...this.shown].filter((rule) => !still.has(rule) && !aside.has(rule));
    const words = (rules: Iterable<string>) => [...rules].join(" ");
    const body = new URLSearchParams({
      shown: words(this.shown),
      taken: words(new Set([...mended, ...[...this.put.taken].filter((rule) => !aside.has(rule))])),
      dismissed: words(this.put.dismissed),
      wrong: words(this.put.wrong),
      never: words(this.put.never),
    });
    this.shown.clear();
    void fetch("/words/answers", { method: "POST", body, keepalive: true });
  }
}

function cut(words: string): string {
  const line = words.replace(/\s+/g, " ").trim();
  return line.length > 70 ? `${line.slice(0, 67)}…` : line;
}

function kbd(text: string): HTMLElement {
  const key = document.createElement("kbd");
  key.textContent = text;
  return key;
}

// A line of the form's promises: `2026-11-24T17:00;finish;r=reason;m=1 what`, as the server reads it.
interface Promised { due: string; kind: string; reason: string; moves: string; what: string }

function read(line: string): Promised {
  const at = line.indexOf(" ");
  const [due = "", ...parts] = (at < 0 ? line : line.slice(0, at)).split(";");
  const given = (name: string) => parts.find((p) => p.startsWith(`${name}=`))?.slice(2) ?? "";
  const kind = parts.find((p) => p === "finish" || p === "word") ?? "";
  return { due, kind, reason: decodeURIComponent(given("r")), moves: given("m"), what: at < 0 ? "" : line.slice(at + 1) };
}

function write(promise: Promised): string {
  const parts = [promise.due, promise.kind, promise.reason && `r=${encodeURIComponent(promise.reason)}`, promise.moves && `m=${promise.moves}`];
  return `${parts.filter(Boolean).join(";")} ${promise.what}`;
}

// `2026-11-24T17:00` as people say it.
function spoken(due: string): string {
  const at = new Date(due);
  if (Number.isNaN(at.getTime())) return due;
  return at.toLocaleString("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
