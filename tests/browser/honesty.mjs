// Honest answers, as an agent writes them: node honesty.mjs ADDRESS CODE SINKPORT
import assert from "node:assert/strict";
import { open, page, usable } from "./browser.mjs";
import { newTicket, setPolicy, setUp } from "./people.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);
const text = (selector) => ada.locator(selector).innerText();
const editor = "form[data-kind=answer] .cm-content";
const off = () => ada.evaluate(() => document.activeElement?.blur());

const clean = (where) => usable(ada, where);

await setUp(ada, address, code, sinkPort);
await setPolicy(ada, address, "[answers]\nundo_seconds = 0\n");
await newTicket(ada, address, "Lamp", "The lamps are dark. Which switch is it?");

// Not known is said, and promised, with one key.
await off();
await ada.keyboard.press("K");
await ada.locator(".promised").waitFor();
assert.match(await text(editor), /I'd rather find out than guess/);
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").first().waitFor();
assert.match(await text("#promised"), /my answer by tomorrow/i);
// What was sent has left the composer.
await ada.waitForFunction(() => document.querySelector("form[data-kind=answer] textarea[name=text]")?.value === "");

// An answer says what it stands on.
await ada.keyboard.press("r");
await ada.keyboard.type("Hello Maria, please turn the blue switch on the back to the left.");
await off();
await ada.keyboard.press("S");
await ada.keyboard.type("https://docs.example.com/switches");
await ada.keyboard.press("Enter");
await ada.locator(".grounds .chip", { hasText: "docs.example.com/switches" }).waitFor();
await ada.click("[data-ground=belief]");
await clean("what an answer stands on");
await ada.locator(editor).click();
await ada.keyboard.press("Control+Enter");
await ada.locator(".stands a", { hasText: "docs.example.com/switches" }).waitFor();
assert.match(await text(".stands"), /own belief/);

// It was wrong: corrected with one key, to everyone, and marked.
await ada.waitForSelector(".msg.ours button >> text=Correct this");
await ada.reload();
await ada.waitForSelector(".composer .cm-editor");
await ada.locator(".msg.ours", { hasText: "blue switch" }).locator("button", { hasText: "Correct this" }).click();
await ada.waitForSelector(".beside >> text=A correction");
await ada.waitForSelector(`${editor} >> text=we wrote: “Hello Maria, please turn the blue switch`);
await clean("a correction");
await ada.locator(editor).click();
await ada.keyboard.press("Control+a");
await ada.keyboard.type("Hello Maria, a moment ago we wrote of the blue switch; that was not right. Please turn the green one.");
await ada.locator(".findings li.block").first().waitFor({ state: "detached" });
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("text=It was put right below");
assert.match(await text("#timeline"), /put an earlier answer right/);

// A note is shown on purpose, with what was inside named and a reason.
await off();
await ada.keyboard.press("n");
await ada.keyboard.type("The second controller has been swapped twice without any success.");
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector(".msg.note");
await ada.locator(".msg.note button", { hasText: "Show this to the customer" }).click();
await ada.waitForSelector(".beside.inside >> text=Words of an inside note go out with this");
await clean("a note about to be shown");
await ada.locator(editor).click();
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("[role=alert] >> text=This would show words of an inside note");
await ada.fill("#shows-why", "she asked what was tried");
await ada.locator(editor).click();
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("text=showed words of an inside note to the customer: she asked what was tried");
for (const [width, scheme] of [[360, "light"], [1440, "dark"]]) {
  await ada.setViewportSize({ width, height: 800 });
  await ada.emulateMedia({ colorScheme: scheme });
  const wide = await ada.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${wide} px too wide at ${width}`);
  await clean(`the timeline ${scheme} ${width}`);
}

await browser.close();
console.log("every answer was honest");
