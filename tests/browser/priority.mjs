// What comes first, as a person meets it: node priority.mjs ADDRESS CODE SINKPORT
import assert from "node:assert/strict";
import { open, page, usable } from "./browser.mjs";
import { newTicket, setUp } from "./people.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);
const text = (selector, who = ada) => who.locator(selector).innerText();

const clean = (where, who = ada) => usable(who, where);

await setUp(ada, address, code, sinkPort);

const ticket = (subject, name, mail) => newTicket(ada, address, subject, "It does not work. Can you help?", name, mail);
const order = async () => (await ada.locator(".row .title").allInnerTexts()).join(" < ");
const first = (words) => ada.waitForFunction((w) => document.querySelector(".row")?.textContent?.includes(w), words);

// Assets come in as a sheet; what cannot be read is named with its line.
await ada.goto(`${address}/settings/assets`);
await clean("an empty register");
await ada.fill("#a-text", "name,kind,place,organisation,criticality\nPress line 2,press,Hall B,Brightwell Printing,very\n");
await ada.click("button >> text=Import");
assert.match(await text("[role=alert]"), /Line 2: “very” does not say how much depends on it/);
const sheet = "name,kind,place,organisation,criticality\nPress line 2,press,Hall B,Brightwell Printing,critical\nRouter,router,,Brightwell Printing,important\n";
await ada.setInputFiles("#a-file", { name: "assets.csv", mimeType: "text/csv", buffer: Buffer.from(sheet) });
await ada.click("button >> text=Import");
await ada.waitForSelector("text=2 new, 0 changed, 0 were here already.");
// One more by hand, and found again by its words.
await ada.click("a.button >> text=Add one");
await ada.fill("#a-name", "Badge printer");
await ada.fill("#a-place", "Gate");
await clean("a new asset");
await ada.click("#asset button.go");
await ada.waitForSelector("td >> text=Badge printer");
await ada.fill("[type=search][aria-label='Find an asset']", "hall press");
await ada.click("button >> text=Find");
assert.equal(await ada.locator("tbody tr").count(), 1);
await clean("the register");
const exported = await (await ada.request.get(`${address}/settings/assets/sheet`)).text();
assert.match(exported, /Press line 2,press,Hall B,Brightwell Printing,critical,yes/);

// Targets, in words a person writes.
await ada.goto(`${address}/settings/targets`);
await clean("the targets");
await ada.fill("[name='others.first_answer']", "soon");
await ada.click("button.go");
assert.match(await text("[role=alert]"), /“soon” is not a time/);
await ada.fill("[name='others.first_answer']", "4h");
await ada.fill("[name='critical.first_answer']", "30");
await ada.click("button.go");
await ada.waitForFunction(() => document.querySelector("[name='others.first_answer']")?.value === "4h" && !document.querySelector("[role=alert]"));

// A plan promises other times; what it does not name is as for everybody.
await ada.goto(`${address}/settings/catalogue`);
await ada.fill("[name=plans]", "gold");
await ada.click("button >> text=/plans/i");
await ada.waitForLoadState();
await ada.goto(`${address}/settings/targets`);
await ada.click("summary >> text=For customers with the plan gold");
await ada.fill("[name='gold/others.first_answer']", "2h");
await clean("targets of a plan");
await ada.click("button.go");
await ada.waitForFunction(() => document.querySelector("[name='gold/others.first_answer']")?.value === "2h" && !document.querySelector("[role=alert]"));

// The wish of a managing director, then a press that stands still: who asks raises nothing, the press comes first.
await ticket("New laptop for the managing director", "Tom Alder", "tom@brightwell.example.org");
assert.match(await text("#targets"), /First answer due in/);
await ada.selectOption("[name=urgency]", "stopped");
await ada.click("#stakes button >> text=Set >> nth=0");
await first("one person cannot work");
const press = await ticket("No ink pressure", "Maria Okafor", "maria@brightwell.example.org");
assert.match(await order(), /managing director < No ink/);
await ada.click("summary >> text=Number, address, organisation");
await ada.fill("[name=organisation]", "Brightwell Printing");
await ada.click("form[action*=organisation] button");
// The organisation's assets are offered at once; by key, all are found by a few letters.
await ada.waitForSelector(".offer >> text=Press line 2");
await ada.keyboard.press("A");
await ada.waitForSelector("#chooser-list li");
await ada.keyboard.type("hall");
await ada.waitForFunction(() => document.querySelectorAll("#chooser-list li").length === 1);
await clean("the choice of an asset");
await ada.keyboard.press("Enter");
await ada.waitForSelector("#stakes >> text=About Press line 2");
await ada.selectOption("[name=urgency]", "stopped");
await ada.click("#stakes button >> text=Set >> nth=0");
await first("Equipment the business needs is down");
assert.match(await text(".row >> nth=0"), /Equipment the business needs is down:[\s\S]*Press line 2 \(Hall B\); one person cannot work/);
assert.match(await text("#targets"), /First answer due in (29|30) min/);
await clean("a critical ticket");

// Nearly late stands in a list of its own.
await ada.goto(`${address}/tickets?view=late`);
assert.match(await text(".rows"), /Nothing is late/);

// Somebody is asked to drop everything, sees what becomes late before they say yes, and says what gives.
await ada.goto(`${address}/settings`);
for (const [field, value] of [["#p-name", "Ben Okoro"], ["#p-email", "ben@desk.example.com"], ["#p-password", "other unrelated words"]]) await ada.fill(field, value);
await ada.click("button >> text=Add a person");
await ada.waitForSelector("text=ben@desk.example.com");
const ben = await page(browser);
await ben.goto(`${address}/sign-in`);
await ben.fill("#email", "ben@desk.example.com");
await ben.fill("#password", "other unrelated words");
await ben.click("button.go");
await ben.waitForSelector(".rows");
await ben.locator("a.row", { hasText: "managing director" }).click();
await ben.waitForSelector(".composer .cm-editor");
await ben.keyboard.press("a");
await ben.waitForSelector("text=Ben Okoro took it");
await ben.keyboard.press("P");
await ben.fill("#promise-what", "I will write to you today.");
const soon = new Date(Date.now() + 30 * 60_000);
const local = await ben.evaluate((ms) => { const d = new Date(ms); return new Date(ms - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16); }, soon.getTime());
await ben.fill("#promise-new [name=due]", local);
await ben.click("#promise-new form > button:not([type=button])");
await ben.waitForSelector("#promised >> text=I will write to you today.");
await ada.goto(press);
await ada.keyboard.press("D");
await ada.selectOption("#drop [name=to]", { label: (await ada.locator("#drop [name=to] option").allInnerTexts()).find((t) => t.includes("Ben")) });
await ada.fill("#drop [name=reason]", "the whole line waits");
await ada.click("#drop button >> text=Ask >> nth=-1");
await ada.waitForSelector("#everything >> text=Ben Okoro is asked to drop everything");
await clean("somebody is asked");
// Ben's page says so by itself.
await ben.click("#dropping a");
await ben.waitForSelector("text=Ada Lind asks you to drop everything");
assert.match(await text("#everything", ben), /the whole line waits[\s\S]*this becomes late:[\s\S]*I will write to you today/);
await clean("being asked", ben);
await ben.click("text=I drop everything");
await ben.waitForSelector("[role=alert] >> text=needs to know what gives");
await ben.fill("#everything [name=reason]", "Tom hears from me tomorrow instead");
await ben.click("text=I drop everything");
await ben.waitForSelector("text=what gives: Tom hears from me tomorrow instead");
await ada.waitForSelector("#timeline >> text=Ben Okoro dropped everything for it");
assert.match(await text(".chips >> nth=0"), /Ben Okoro/);
await clean("everything is dropped");

await browser.close();
console.log("every place is explained");
