// What was counted, as a supervisor looks at it: node measures.mjs ADDRESS CODE SINKPORT
import assert from "node:assert/strict";
import { open, page, usable } from "./browser.mjs";
import { newTicket, setUp } from "./people.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);

const clean = (where) => usable(ada, where);

await setUp(ada, address, code, sinkPort);
await ada.keyboard.press("8");
await ada.waitForSelector("text=Nothing was counted in these days");
await clean("measures of a new desk");

await newTicket(ada, address, "Lamp", "It is dark.");
await ada.keyboard.press("s");
await ada.waitForFunction(() => document.activeElement?.getAttribute("name") === "solution");
await ada.keyboard.press("Control+a");
await ada.keyboard.type("The lamp was changed.");
await ada.selectOption("#solving select[name=agreed]", "said");
await ada.click("#solving button.go");
await ada.waitForSelector("button[data-action=Reopen]");
await ada.keyboard.press("o");
await ada.waitForSelector(".chip >> text=open");
await ada.keyboard.press("8");
const figure = (key) => ada.locator(`[id="${key}"] .fig b`).innerText();
await ada.waitForSelector("[id='p26.solved']");
assert.equal(await figure("p26.solved"), "1");
assert.equal(await figure("p26.reopened"), "1");
assert.match(await ada.locator("[id='p26.reopened']").innerText(), /100 % of 1 solved/);
assert.ok((await ada.locator("[id='p26.solved'] svg.spark polyline").count()) === 1, "a line of seven days");
await clean("measures");
for (const [width, scheme] of [[360, "light"], [1440, "dark"]]) {
  await ada.setViewportSize({ width, height: 800 });
  await ada.emulateMedia({ colorScheme: scheme });
  const wide = await ada.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${wide} px too wide at ${width}`);
  await clean(`measures ${scheme} ${width}`);
}
await ada.click("[id='p26.reopened'] .fig a");
await ada.waitForSelector("main >> text=Lamp");
await clean("the tickets behind a figure");

// A link from a mail, opened by somebody who is not signed in, is where they are afterwards.
const there = ada.url();
const eve = await page(browser);
await eve.goto(there);
await eve.fill("#email", "ada@desk.example.com");
await eve.fill("#password", "four unrelated words");
await eve.click("button.go");
await eve.waitForSelector("main >> text=Lamp");
assert.equal(eve.url(), there);

await browser.close();
console.log("every figure stood");
