// What is worth knowing, written once and mentioned by keys: node articles.mjs ADDRESS CODE SINKPORT
import assert from "node:assert/strict";
import { axe, open, page } from "./browser.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);
const text = (selector) => ada.locator(selector).innerText();
const off = () => ada.evaluate(() => document.activeElement?.blur());
const answer = "form[data-kind=answer] .cm-content";

async function clean(on, where) {
  assert.deepEqual(await axe(on), [], `axe on ${where}`);
  assert.deepEqual(on.problems, [], `problems on ${where}`);
}

async function everyWay(on, where) {
  for (const [width, scheme] of [[360, "light"], [360, "dark"], [1440, "dark"], [1440, "light"]]) {
    await on.setViewportSize({ width, height: 800 });
    await on.emulateMedia({ colorScheme: scheme });
    const wide = await on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `${where}: ${wide} px too wide at ${width}`);
    await clean(on, `${where} ${scheme} ${width}`);
  }
}

await ada.goto(`${address}/setup?code=${code}`);
for (const [field, value] of [["company", "Desk & Co"], ["name", "Ada Lind"], ["email", "ada@desk.example.com"], ["password", "four unrelated words"],
  ["address", "help@desk.example.com"], ["display", "Desk Help"], ["smtp_host", "127.0.0.1"], ["smtp_port", sinkPort]]) {
  await ada.fill(`#${field}`, value);
}
await ada.selectOption("#smtp_tls", "none");
await ada.click("text=Create the desk");
await ada.waitForSelector(".rows");
await ada.goto(`${address}/settings`);
await ada.fill("textarea[name=policy]", '[answers]\nundo_seconds = 0\n[help]\naddress = "https://help.desk.example.com"\n');
const saved = ada.waitForResponse((r) => r.url().endsWith("/settings/policy"));
await ada.click("text=Save the policy");
await saved;
await ada.goto(`${address}/tickets/new`);
for (const [name, value] of [["name", "Maria Okafor"], ["address", "maria@c.example.net"], ["subject", "Ink pressure is low"], ["text", "Both tanks are full."]]) {
  await ada.fill(`main [name=${name}]`, value);
}
await ada.click("main button.go");
await ada.waitForSelector(".composer .cm-editor");
const ticket = ada.url();

// Written by keys, and read while it is typed.
await off();
await ada.keyboard.press(",");
await ada.waitForSelector("text=There is no article yet");
await clean(ada, "an empty library");
await ada.keyboard.press("w");
await ada.waitForURL(/\/articles\/new$/);
await ada.locator(".writes .cm-content").waitFor();
await ada.focus("#title");
await ada.keyboard.type("Ink pressure is low though the tanks are full");
await ada.keyboard.press("Tab");
await ada.keyboard.type("ink-low");
await ada.focus("#topics");
await ada.keyboard.type("ink-pressure");
await ada.locator(".writes .cm-content").focus();
await ada.keyboard.type("The pump is at 10.20.3.4. Turn the blue valve on the left until no bubbles come any more.");
await ada.locator(".findings li.block").first().waitFor();
await everyWay(ada, "an article that is written");
await ada.selectOption("select[name=state]", "published");
await ada.locator(".writes .cm-content").focus();
await ada.keyboard.press("Control+Enter");
assert.match(ada.url(), /\/articles\/new$/, "a leak is not even sent");
await ada.locator(".writes .cm-content").focus();
await ada.keyboard.press("Control+a");
await ada.keyboard.type("Turn the blue valve on the left until no bubbles come any more.");
await ada.locator(".findings li.block").first().waitFor({ state: "detached" });
await off();
await ada.keyboard.press("v");
await ada.waitForSelector("dialog.seen >> text=Turn the blue valve");
await ada.keyboard.press("Enter");
await ada.locator(".writes .cm-content").focus();
await ada.keyboard.press("Control+Enter");
await ada.waitForURL(/\/articles\/ink-low$/);
await ada.waitForSelector("text=Customers read it at");
await everyWay(ada, "an article");

// Beside the ticket: found and opened by keys, which its timeline says.
await ada.goto(ticket);
await ada.waitForSelector(".composer .cm-editor");
await off();
await ada.keyboard.press("E");
await ada.waitForSelector("dialog input");
await ada.keyboard.type("bubb");
await ada.locator("dialog li", { hasText: "Ink pressure is low" }).waitFor();
await ada.keyboard.press("Enter");
await ada.waitForURL(/\/articles\/ink-low$/);
await ada.goto(ticket);
await ada.waitForSelector("text=opened the article “Ink pressure is low");

// Mentioned with one key, and named as what the answer stands on.
await ada.waitForSelector(".composer .cm-editor");
await off();
await ada.keyboard.press("r");
await ada.keyboard.type("Hello Maria, please follow these steps: ");
await ada.keyboard.press("Alt+m");
await ada.locator("dialog li", { hasText: "Ink pressure is low" }).waitFor();
await clean(ada, "finding an article to mention");
await ada.keyboard.press("Enter");
await ada.waitForSelector(`${answer} >> text=help/ink-low?from=answer`);
await ada.locator("[data-ground=article]").press("Enter");
await ada.locator("dialog li", { hasText: "Ink pressure is low" }).waitFor();
await ada.keyboard.press("Enter");
await ada.locator(".grounds .chip", { hasText: "article ink-low" }).waitFor();
await ada.locator(answer).focus();
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("text=The answer links to the article");
await ada.waitForSelector(".stands >> text=article ink-low, version 1");

// Customers read it without any script, in every light, and find it.
const maria = await page(browser, { javaScriptEnabled: false });
await maria.goto(`${address}/help`);
await maria.fill("input[name=q]", "bubbles");
await maria.keyboard.press("Enter");
await maria.click("text=Ink pressure is low");
await maria.waitForSelector("article >> text=Turn the blue valve");
const reader = await page(browser);
await reader.goto(`${address}/help`);
await everyWay(reader, "the help page");
await reader.keyboard.press("Tab");
await reader.keyboard.press("Tab");
await reader.keyboard.press("Tab");
await reader.keyboard.type("zanzibar");
await reader.waitForSelector("text=Nothing was found for “zanzibar”");
await reader.fill("input[name=q]", "val");
await reader.waitForSelector("text=One article for");
await reader.keyboard.press("Tab");
await reader.keyboard.press("Tab");
await reader.keyboard.press("Enter");
await reader.waitForURL(/\/help\/ink-low$/);
await everyWay(reader, "an article for customers");

// It says something else: the ticket is told, and the answer corrected.
await ada.goto(`${address}/articles/ink-low/edit`);
await ada.waitForSelector(".writes .cm-editor");
await ada.locator(".writes .cm-content").focus();
await ada.keyboard.press("Control+a");
await ada.keyboard.type("Turn the green valve on the right until no bubbles come any more.");
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("[role=alert] >> text=it says something else now");
await ada.fill("#what", "It is the green valve on the right.");
await ada.keyboard.press("Enter");
await ada.waitForURL(/\/articles\/ink-low$/);
await ada.waitForSelector("text=to be looked at: it says something else now");
await ada.goto(ticket);
await ada.waitForSelector("text=An article changed");
await everyWay(ada, "a ticket whose article changed");
await ada.keyboard.press("Control+k");
await ada.keyboard.type("correct the answer that gave");
await ada.keyboard.press("Enter");
await ada.waitForSelector(".beside >> text=A correction");
await ada.locator(answer).focus();
await ada.keyboard.press("Control+a");
await ada.keyboard.type("Hello Maria, a moment ago we wrote of the blue valve; that was not right. Please turn the green one on the right.");
await ada.locator(".findings li.block").first().waitFor({ state: "detached" });
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("text=It was put right below");
assert.equal(await ada.locator("text=An article changed").count(), 0);
assert.match(await text("#timeline"), /changed after the customer was given it: It is the green valve/);

await browser.close();
console.log("every article was read");
