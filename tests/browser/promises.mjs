// Promises and the calendar, as a person meets them: node promises.mjs ADDRESS EMAIL PASSWORD
import assert from "node:assert/strict";
import { open, page, usable } from "./browser.mjs";
import { newTicket } from "./people.mjs";

const [address, email, password] = process.argv.slice(2);
const browser = await open();
const robin = await page(browser);
const text = (selector) => robin.locator(selector).innerText();
const editor = "form[data-kind=answer] .cm-content";

const clean = (where) => usable(robin, where);

await robin.goto(`${address}/sign-in`);
await robin.fill("#email", email);
await robin.fill("#password", password);
await robin.click("button.go");
await robin.waitForSelector(".rows");

const ticket = (subject) => newTicket(robin, address, subject, "The loom stands still. When will it run again?", "Mira Sand", "mira@sand.example.net");

// By keys: P opens the form, what is safe is said, one key takes it.
await ticket("The loom stands");
await robin.keyboard.press("P");
await robin.locator("#promise-what").focus();
await robin.keyboard.type("Your loom is repaired.");
await robin.keyboard.press("Tab");
await robin.locator("#promised [data-safe]", { hasText: "8 of 10 like this were done by" }).waitFor();
await clean("the form of a promise");
const hour = new Date(Date.now() + 3600_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
await robin.fill("#promise-new [name=due]", hour);
await robin.keyboard.press("Tab");
await robin.locator("#promised [data-early]").waitFor();
// Sooner needs a reason: refused, with all that was typed.
await robin.click("#promise-new button.go");
await robin.waitForSelector("text=fewer than eight in ten");
assert.equal(await robin.inputValue("#promise-what"), "Your loom is repaired.");
await robin.locator("#promise-new [name=due]").dispatchEvent("change");
await robin.locator("#promised [data-set-due]").waitFor();
await robin.locator("main h1").click();
await robin.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
await robin.keyboard.press("d");
await robin.locator("#promised [data-early]").waitFor({ state: "detached" });
await robin.click("#promise-new button.go");
await robin.locator("#timeline", { hasText: "8 of 10 like it were done by" }).waitFor();
await clean("a ticket with a safe promise");

// In a draft: the promise found says what is safe, and why it is sooner goes with it.
await ticket("The second loom");
await robin.keyboard.press("r");
await robin.keyboard.type("Hello Mira, your loom will be repaired tomorrow by noon.");
await robin.locator(".findings li", { hasText: "not on the record" }).waitFor();
await robin.keyboard.press("Alt+Enter");
await robin.locator(".promised").waitFor();
await robin.locator(".promised", { hasText: "8 of 10 like this" }).waitFor();
const noon = await robin.inputValue(".promised input[type=datetime-local]");
await robin.locator(".promised [data-early]").waitFor();
await robin.locator(editor).focus();
await robin.keyboard.press("Alt+d");
await robin.locator(".promised [data-early]").waitFor({ state: "detached" });
await robin.fill(".promised input[type=datetime-local]", noon);
await robin.keyboard.press("Tab");
await robin.fill(".promised input[aria-label='Why it can be sooner']", "the part lies here");
await robin.keyboard.press("Tab");
await clean("a draft with a promise");
await robin.locator(editor).focus();
await robin.keyboard.press("Control+Enter");
await robin.locator(".msg.ours:not(.auto)").waitFor();
assert.match(await text(".msg.ours:not(.auto)"), /Promised by \w+day/, "the customer has it in a line");

// The notice is drafted with the name and the new date, and moves it when it is sent.
await robin.locator("#promised summary", { hasText: "Move or hand over" }).click();
await robin.fill("#promised .promise [name=reason] >> nth=0", "the part is late");
await robin.click("#promised button >> text=Write the notice");
await robin.locator(editor, { hasText: "Hello Mira," }).waitFor();
await robin.locator(".promised", { hasText: "Moves to" }).waitFor();
assert.match(await text(editor), /The reason: the part is late\./);
await clean("a notice");
await robin.locator(editor).focus();
await robin.keyboard.press("Control+Enter");
await robin.locator("#timeline", { hasText: "moved the promise" }).waitFor();
assert.match(await text("#promised"), /first /, "it keeps its first date");

// The week by keyboard, and what it says before the next promise.
await robin.keyboard.press("Escape");
await robin.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
await robin.keyboard.press("0");
await robin.waitForSelector("#calendar");
await clean("the calendar");
await robin.keyboard.press("e");
await robin.selectOption("#e-kind", "meeting");
await robin.fill("#e-title", "Planning of looms");
await robin.keyboard.press("Enter");
await robin.locator(".block", { hasText: "Planning of looms" }).waitFor();
// The next one is moved by its key, to the next day unless another is chosen.
await robin.evaluate(() => document.activeElement?.blur());
await robin.keyboard.press("v");
await robin.locator(".block details[open] input[name=to]").waitFor();
await clean("an entry about to be moved");
await robin.keyboard.press("Enter");
await robin.locator(".block details[open]").waitFor({ state: "detached" });
await robin.click("button >> text=/Make (an|a new) address/");
await robin.locator("#feed-address").waitFor();
const feed = await (await fetch(`${address}${await text("#feed-address")}`)).text();
assert.match(feed, /SUMMARY:Planning of looms/);
assert.doesNotMatch(feed, /Mira|repaired/, "nothing of customers but a number");
await clean("the address of a calendar");

// Leave is refused while something is promised, and taken with a cover.
const at = (days, time) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T${time}`;
await robin.selectOption("#e-kind", "leave");
await robin.fill("#e-starts", at(0, "00:00"));
await robin.fill("#e-ends", at(40, "00:00"));
await robin.click("#entry button.go");
await robin.waitForSelector("text=nobody who is there would keep");
assert.equal(await robin.inputValue("#e-kind"), "leave");
await clean("leave that was refused");
await robin.selectOption("#e-cover", { label: "Ravi Menon" });
await robin.click("#entry button.go");
await robin.locator(".block.leave").first().waitFor();
await robin.goto(`${address}/promises?of=team`);
await robin.locator(".ledger li", { hasText: "your loom will be repaired" }).locator("text=Ravi Menon keeps it").waitFor();
await clean("the ledger");

// From the ledger: kept there, and counted.
await robin.locator(".ledger li", { hasText: "your loom will be repaired" }).locator("button >> text=Kept").click();
await robin.locator(".ledger li", { hasText: "your loom will be repaired" }).waitFor({ state: "detached" });
await robin.goto(`${address}/promises?of=kept`);
await robin.locator(".ledger li", { hasText: "your loom will be repaired" }).locator("text=kept, moved with notice").waitFor();
await robin.setViewportSize({ width: 360, height: 760 });
for (const place of ["promises", "promises?of=risk", "calendar"]) {
  await robin.goto(`${address}/${place}`);
  const wide = await robin.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${place} is ${wide} px too wide at 360 px`);
  await clean(`${place} at 360 px`);
}

await browser.close();
console.log("every promise arrived");
