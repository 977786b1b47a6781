// The work, as two technicians meet it: a scripted fault is begun by one and solved by the other from the record alone:
// node work.mjs ADDRESS CODE SINKPORT
import assert from "node:assert/strict";
import { open, page, usable as clean } from "./browser.mjs";
import { addPerson, newTicket, setUp, signIn } from "./people.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);
const text = (p, selector) => p.locator(selector).innerText();

await setUp(ada, address, code, sinkPort);
await addPerson(ada, address, "Ben Okoro", "ben@desk.example.com");
const ben = await page(browser);
await signIn(ben, address, "ben@desk.example.com");

// A queue has a clock of its own: a minute of work here, so that the journey sees it ask.
await ada.goto(`${address}/settings`);
await ada.click("a[href^='/settings/queues/']");
await ada.fill("#effort", "1");
await ada.click("main button.go");

// Runbooks come in as files; what cannot be read is said, and nothing is taken in.
const runbook = "<!-- lamp-controller -->\n---\ntitle: Lamp controller is dark\ntopics: lamps\n---\nTwo minutes.\n\n- [ ] Is the breaker on?\n  In the **grey** box.\n\n## If the red light blinks\n\n- [ ] Count how often it blinks\n";
await ada.goto(`${address}/runbooks`);
await ada.fill("#files", "<!-- broken -->\n---\ntitle: Nothing to do\n---\nNo steps.");
await ada.click("text=Import >> nth=-1");
await ada.waitForSelector("text=Nothing was taken in");
await ada.fill("#files", runbook);
await ada.click("button:has-text('Import')");
await ada.waitForSelector("td >> text=Lamp controller is dark");
await clean(ada, "runbooks");

// The clock runs as soon as whoever has the ticket has its page before them.
await newTicket(ada, address, "Lamp controller is dark", "All lamps in hall 2 are dark since the storm. The red light blinks.");
const ticket = new URL(ada.url()).pathname;
await ada.keyboard.press("a");
await ada.locator("#clock", { hasText: "running" }).waitFor();
const began = Date.now();

// The ladder: the runbook by its topic, ticks that land in the record, the web, a page worth keeping.
await ada.fill("#ladder input[name=topic]", "lamps");
await ada.keyboard.press("Enter");
await ada.locator("#ladder", { hasText: "Is the breaker on?" }).waitFor();
await ada.click("[aria-label='Tried, no change: Is the breaker on?']");
await ada.locator("#record", { hasText: "Is the breaker on?: no change" }).waitFor();
await ada.click("[aria-label='It helped: Count how often it blinks']");
await ada.locator("#ladder", { hasText: "2 of 2" }).waitFor();
const web = await ada.evaluate(async (path) => (await fetch(path, { redirect: "manual" })).type, await ada.getAttribute("#ladder a[target=_blank]", "href"));
assert.equal(web, "opaqueredirect", "the web search opens elsewhere");
await ada.click("#ladder summary:has-text('Keep a page you found')");
await ada.fill("#ladder input[name=link]", "https://lamps.example.com/codes");
await ada.click("#ladder button:has-text('Keep')");
await ada.locator("#timeline", { hasText: "Ada Lind found https://lamps.example.com/codes" }).waitFor();
await ada.locator("#timeline", { hasText: "Ada Lind searched the web" }).waitFor();

// Has anyone seen this? The question waits in its place; the answer lands as a note.
await ada.evaluate(() => document.activeElement?.blur());
await ada.keyboard.press("q");
await ada.fill("#ladder textarea[name=question]", "Seven blinks after a storm: has anyone seen this?");
await ada.getByLabel("Ben Okoro").check();
await ada.click("#ladder button:has-text('Ask')");
await ada.locator("#ladder", { hasText: "Asked: Ben Okoro" }).waitFor();
await ben.goto(`${address}/tickets`);
await ben.click("text=A colleague waits");
await ben.locator("#colleagues", { hasText: "Seven blinks after a storm" }).waitFor();
await clean(ben, "what colleagues ask");
await ben.fill("#colleagues textarea", "Seven is the surge guard. I did not replace one myself.");
await ben.click("#colleagues button:has-text('Answer')");
await ben.locator("#colleagues", { hasText: "Nobody asks you anything now" }).waitFor();
await ada.locator(".msg.note", { hasText: "Seven is the surge guard" }).waitFor();
await clean(ada, "a ticket with its ladder");

// It does not go up as long as nobody could take over from it.
await ada.evaluate(() => document.activeElement?.blur());
await ada.keyboard.press("U");
await ada.selectOption("#up-to", { label: "Ben Okoro (tier 1)" });
await ada.click("#hand-up button.go");
await ada.waitForSelector("text=Before it is handed over, the record needs");

// The minute is over: the clock asks; carrying on wants a reason, handing up is filled in.
await ada.locator(".notice", { hasText: "without a solution" }).waitFor({ timeout: 90_000 });
assert.ok(Date.now() - began > 55_000, "it asks after a minute of work, not before");
await clean(ada, "the clock asks");
const problem = await ada.inputValue("#hand-up textarea[name=problem]");
assert.match(problem, /hall 2 are dark/, "the problem is drafted in the customer's words");
await ada.fill("#hand-up input[name=environment]", "Controller LC-4 in hall 2");
await ada.fill("#hand-up textarea[name=state]", "It blinks 7 times. The surge guard (part SG-2) is to be reset with the blue key.");
await ada.fill("#hand-up input[name=next]", "Reset the surge guard");
await ada.fill("#up-ask", "Reset the surge guard with Maria, please.");
await ada.click("#hand-up button.go");
await ada.locator("#hand-up", { hasText: "Handed up to" }).waitFor();
assert.match(await text(ada, "form[data-kind=answer] .cm-content"), /passed your case on to my colleague Ben Okoro/);
assert.match(await text(ada, "#hand-up"), /Maria has not been told yet/);
await ada.keyboard.press("r");
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").waitFor();
assert.match(await text(ada, "#promised"), /You will hear from us/, "what the customer was told is a promise");
assert.doesNotMatch(await text(ada, "#hand-up"), /has not been told/);

// Ben returns it first: something is missing. Then he has it, with everything.
await ben.goto(`${address}/colleagues`);
await ben.click("#colleagues a >> text=Lamp controller is dark");
await ben.waitForSelector("#hand-up >> text=Handed up to");
await ben.click("#hand-up summary:has-text('Return it')");
await ben.fill("#hand-up textarea[name=missing]", "Which colour is the key?");
await ben.click("#hand-up button:has-text('Return it')");
await ada.locator("#timeline", { hasText: "this is missing: Which colour is the key?" }).waitFor();
await ada.goto(`${address}${ticket}`);
await ada.waitForSelector(".composer .cm-editor");
await ada.keyboard.press("U");
await ada.selectOption("#up-to", { label: "Ben Okoro (tier 1)" });
await ada.fill("#up-ask", "It is the blue key; it hangs by the door.");
await ada.uncheck("#hand-up input[name=tell]");
await ada.click("#hand-up button.go");
await ada.locator("#hand-up", { hasText: "Handed up to" }).waitFor();
await ben.goto(`${address}${ticket}`);
await ben.waitForSelector(".composer .cm-editor");
await ben.keyboard.press("G");
await ben.locator("#clock", { hasText: "running" }).waitFor();
assert.match(await text(ben, "#promised"), /Ben Okoro/, "what was promised came along");

// From the record alone: what blinks, which part, what to do.
const record = await text(ben, "#record");
const [, blinks] = /blinks (\d+) times/.exec(record) ?? [];
const [, part, key] = /\(part (\S+)\) is to be reset with the (\w+) key/.exec(record) ?? [];
const [, where] = /On\s+(.*)/.exec(record) ?? [];
assert.deepEqual([blinks, part, key, where], ["7", "SG-2", "blue", "Controller LC-4 in hall 2"]);
await ben.click("#promised button >> text=Kept");
await ben.waitForSelector("text=Ben Okoro kept the promise");
await ben.keyboard.press("s");
await ben.fill("#solving textarea", `Reset ${part} on ${where} with the ${key} key after ${blinks} blinks.`);
await ben.selectOption("#solving select[name=agreed]", "said");
await ben.click("#solving button.go");
await ben.waitForSelector(".chip >> text=solved");
assert.match(await text(ben, "#record"), /Reset SG-2 on Controller LC-4 in hall 2 with the blue key after 7 blinks/);
await clean(ben, "a solved ticket with its record");

// On a small screen and in the dark it is the same.
await ben.setViewportSize({ width: 360, height: 780 });
await ben.emulateMedia({ colorScheme: "dark" });
await ben.reload();
await ben.waitForSelector(".composer .cm-editor");
await clean(ben, "the record at 360 px in the dark");
const wide = await ben.evaluate(() => document.documentElement.scrollWidth);
assert.ok(wide <= 360, `nothing is wider than the screen: ${wide}`);

await browser.close();
console.log("every hand was taken");
