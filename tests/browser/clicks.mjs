// The customer's click, with keys alone and without any script: node clicks.mjs ADDRESS SOLVED NOTYET OVER
import assert from "node:assert/strict";
import { axe, open, page } from "./browser.mjs";

const [address, solved, notYet, over] = process.argv.slice(2);
const browser = await open();
const maria = await page(browser);

async function everyWay(where) {
  for (const [width, scheme] of [[360, "light"], [360, "dark"], [1440, "dark"], [1440, "light"]]) {
    await maria.setViewportSize({ width, height: 800 });
    await maria.emulateMedia({ colorScheme: scheme });
    const wide = await maria.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `${where}: ${wide} px too wide at ${width}`);
    assert.deepEqual(await axe(maria), [], `axe on ${where} ${scheme} ${width}`);
    assert.deepEqual(maria.problems, [], `problems on ${where}`);
  }
}

await maria.goto(address + solved);
await everyWay("the question");
await maria.locator("button", { hasText: "Yes, it is solved" }).focus();
await maria.keyboard.press("Enter");
await maria.waitForSelector("[role=status] >> text=We are glad that it works");
await everyWay("the thanks");

const plain = await page(browser, { javaScriptEnabled: false });
await plain.goto(address + notYet);
await plain.fill("textarea[name=words]", "It rattles when it is warm.");
await plain.keyboard.press("Tab");
await plain.keyboard.press("Enter");
await plain.waitForSelector("[role=status] >> text=It is open again");

await maria.goto(address + over);
await maria.waitForSelector("text=something has changed since we asked");
assert.equal(await maria.locator("button").count(), 0);
await everyWay("a question that is over");

await browser.close();
console.log("every click was heard");
