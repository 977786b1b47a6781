// Words, as a person meets them: node words.mjs ADDRESS CODE SINKPORT
import assert from "node:assert/strict";
import { open, page, usable } from "./browser.mjs";
import { newTicket, setUp } from "./people.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);
const text = (selector) => ada.locator(selector).innerText();
const editor = "form[data-kind=answer] .cm-content";
const finding = (words) => ada.locator(".findings li", { hasText: words });

const clean = (where) => usable(ada, where);

await setUp(ada, address, code, sinkPort);

const ticket = (subject) => newTicket(ada, address, subject, "The lamps are dark. Can you help me?");

// A rude, leaking, promising draft becomes a good one by keys alone.
await ticket("Lamp controller");
await ada.keyboard.press("r");
await ada.keyboard.type("Calm down. I'll call you tomorrow by five. The proxy is 10.20.3.4 for now.");
await finding("not on the record").waitFor();
await finding("inside a network").waitFor();
assert.ok((await ada.locator(`${editor} .cm-lintRange`).count()) >= 2, "what is found is underlined");
await clean("a draft with findings");
// It does not leave like this: the first thing that stops it has the focus.
await ada.keyboard.press("Control+Enter");
await ada.waitForFunction(() => document.activeElement?.classList.contains("block"));
assert.equal(await ada.locator(".msg.ours:not(.auto)").count(), 0);
await ada.keyboard.press("r");
// F8 goes to the next finding and selects it: typing replaces it.
const selected = () => ada.evaluate(() => getSelection()?.toString() ?? "");
for (let i = 0; i < 6 && !(await selected()).includes("10.20.3.4"); i++) await ada.keyboard.press("F8");
assert.equal(await selected(), "10.20.3.4");
await ada.keyboard.type("a new one");
await finding("inside a network").waitFor({ state: "detached" });
// Alt+Enter takes the better words, or puts the promise on the record.
for (let i = 0; i < 6 && (await ada.locator(".findings li.block").count()) + (await finding("calm").count()) > 0; i++) {
  await ada.keyboard.press("Control+Home");
  await ada.keyboard.press("Alt+Enter");
  // What only the author knows is left as a gap, selected.
  if ((await selected()) === "{…}") await ada.keyboard.type("your lamps");
  await ada.waitForTimeout(600);
}
await ada.locator(".promised").waitFor();
assert.equal(await ada.locator(".findings li.block").count(), 0, await text("form[data-kind=answer] [data-words]"));
assert.doesNotMatch(await text(editor), /calm down/i, "the rude words are gone");
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").waitFor();
assert.doesNotMatch(await text("#timeline"), /10\.20\.3\.4/);
assert.match(await text("#promised"), /call you tomorrow by five/i, "the promise is beside the ticket");
assert.match(await text("#timeline"), /Ada Lind promised by/);
await clean("a ticket with a promise");
await ada.goto(`${address}/promises`);
assert.match(await text("#promises"), /call you tomorrow by five[\s\S]*in time/i);
await clean("the ledger");

// An open promise keeps the ticket from being solved; kept, it counts.
await ada.click("#promises a >> text=Lamp controller");
await ada.waitForSelector(".composer .cm-editor");
await ada.keyboard.press("s");
await ada.waitForFunction(() => document.activeElement?.getAttribute("name") === "solution");
await ada.selectOption("#solving select[name=agreed]", "said");
await ada.click("#solving button.go");
await ada.waitForSelector("text=A promise to this customer is still open");
await ada.click("#promised button >> text=Kept");
await ada.waitForSelector("text=Ada Lind kept the promise");

// What is stopped goes out with a reason, and the reason stands on the timeline.
await ticket("A quotation");
await ada.keyboard.press("r");
await ada.keyboard.type("Hello Maria, I'll write to you in two hours.");
await finding("not on the record").waitFor();
await ada.keyboard.press("Control+Enter");
await ada.waitForFunction(() => document.activeElement?.classList.contains("block"));
await ada.fill("#overrule", "she knows that it may be three");
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("text=she knows that it may be three");

// A redraw takes the focus from nobody: on the page's body, letters are shortcuts.
await ticket("Hands off");
await ada.keyboard.press("r");
await ada.keyboard.type("Hello Maria, I'll call you tomorrow by five. Calm down.");
await finding("not on the record").waitFor();
await ada.keyboard.press("Control+Home");
for (let i = 0; i < 6 && (await ada.locator(".promised").count()) === 0; i++) {
  await ada.keyboard.press("F8");
  if ((await finding("not on the record").getAttribute("class"))?.includes("now")) await ada.keyboard.press("Alt+Enter");
}
const time = ada.locator(".promised input");
await time.focus();
const reading = () => ada.waitForResponse((r) => r.url().endsWith("/reading"));
let read = reading();
await ada.evaluate(() => {
  const input = document.querySelector(".promised input");
  input.value = input.value.replace(/T.*/, "T16:00");
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
await read;
await ada.waitForTimeout(300);
assert.equal(await ada.evaluate(() => document.activeElement?.getAttribute("type")), "datetime-local", "the time keeps the focus");
assert.match(await ada.locator("form[data-kind=answer] [name=promises]").inputValue(), /T16:00 /);
// A finding that is looked at keeps it, too, when what is found is drawn again.
await finding("calm").locator("button").last().focus();
const name = await ada.evaluate(() => document.activeElement?.textContent);
read = reading();
await ada.evaluate(() => document.querySelector("form[data-kind=answer] input[name=cc]").dispatchEvent(new Event("input", { bubbles: true })));
await read;
await ada.waitForTimeout(300);
assert.equal(await ada.evaluate(() => document.activeElement?.textContent), name, "the finding keeps the focus");
assert.ok(await ada.evaluate(() => document.activeElement?.closest(".findings") !== null));

// A phrase by a few letters, with the customer's name in it.
await ticket("A phrase");
await ada.keyboard.press("e");
await ada.waitForSelector("#chooser-list li");
await ada.keyboard.type("greet");
await ada.waitForFunction(() => [...document.querySelectorAll("#chooser-list li")].some((li) => li.textContent?.includes("Maria")));
await clean("the phrases");
while (!(await text("#chooser-list li[aria-selected=true]")).includes("Maria")) await ada.keyboard.press("ArrowDown");
await ada.keyboard.press("Enter");
await ada.waitForSelector(`${editor} >> text=Maria`);

// A rule of the house: written, tried on what was sent, switched on, and found in the next draft.
await ada.goto(`${address}/settings/wording?file=new`);
await clean("the rules");
const rule = (bad) => `[[rule]]\nid = "house.proxy"\nlevel = "warn"\nsay = "We say gateway."\nany = ["proxy"]\nfix = ["gateway"]\nfail = ["${bad}"]\npass = ["The gateway is new."]\n`;
await ada.fill("#w-name", "gateway");
await ada.fill("#w-text", rule("The gateway is old."));
await ada.click("text=Try on past answers");
assert.match(await text("[role=alert]"), /does not hold/, "a rule is proven by its examples");
await ada.fill("#w-text", rule("The proxy is old."));
await ada.click("text=Try on past answers");
assert.match(await text("#tried"), /1 of the last 2 answers[\s\S]*proxy/);
await ada.check("[name=on]");
await ada.click("button >> text=Save >> nth=0");
await ada.waitForSelector("#own >> text=version 1 · on");
await ticket("The house rule");
await ada.keyboard.press("r");
await ada.keyboard.type("Hello Maria, the proxy is new.");
await finding("We say gateway").waitFor();
await ada.keyboard.press("Control+Home");
await ada.keyboard.press("Alt+Enter");
await ada.waitForSelector(`${editor} >> text=the gateway is new`);
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").waitFor();
await ada.goto(`${address}/settings/wording`);
await ada.locator("summary", { hasText: "house" }).click();
const row = ada.locator("tr", { hasText: "house.proxy" });
await row.locator("td >> nth=2 >> text=1").waitFor();
await clean("the rules with their counts");

// A phrase, and what the desk says by itself, as the customer reads them.
await ada.goto(`${address}/phrases?key=new`);
await ada.fill("#key", "closing/lamp-works");
await ada.fill("#file", "---\ntitle: Lamp works\n---\n# en\nHello {customer.first}, your lamp **works** again.\n");
await ada.evaluate(() => document.activeElement?.blur());
await ada.keyboard.press("v");
await ada.locator(".preview", { hasText: "Hello Maria, your lamp works again." }).waitFor();
assert.equal(await ada.locator(".preview strong").innerText(), "works");
assert.match(await ada.inputValue("#file"), /customer\.first/, "what was typed is there");
await clean("a phrase as the customer reads it");
await ada.goto(`${address}/phrases?q=lamp-works`);
assert.equal(await ada.locator("details.phrase").count(), 0, "looked at, not kept");
await ada.goto(`${address}/settings/automatic`);
assert.match(await text("main"), /Thank you for writing\. Your message is with us under the number [A-Z0-9]{3}-[A-Z0-9]{3}[\s\S]*Promised by/);
await clean("what the desk says by itself");

await browser.close();
console.log("every word arrived");
