// A chat, as a customer and two agents live it: node chat.mjs ADDRESS CODE SINKPORT [SCREENSHOTS]
import assert from "node:assert/strict";
import { open, page, usable as clean } from "./browser.mjs";
import { addPerson, setUp, signIn } from "./people.mjs";

const [address, code, sinkPort] = process.argv.slice(2);
const pictures = process.env.PICTURES;
const browser = await open();
const ada = await page(browser);
const editor = "form[data-kind=chat] .cm-content";

async function picture(p, name) {
  if (pictures) await p.screenshot({ path: `${pictures}/${name}.png` });
}
async function begin(p, name, mail, text) {
  await p.goto(`${address}/chat`);
  await p.fill("#name", name);
  await p.fill("#address", mail);
  await p.fill("#text", text);
  await p.click("main button.go");
  await p.waitForSelector("#talk");
}
// Types a line where the caret is and sends it.
async function says(p, line) {
  await p.locator(editor).click();
  await p.keyboard.press("Control+a");
  await p.keyboard.type(line);
  await p.keyboard.press("Enter");
}
// What was said has left the editor; the keys are the desk's again.
async function off(p) {
  await p.waitForFunction(() => (document.querySelector("form[data-kind=chat] textarea[name=text]")?.value ?? "") === "");
  await p.waitForTimeout(150);
  await p.evaluate(() => document.activeElement?.blur());
}
const lastFor = (p, text) => p.locator("#lines li.ours", { hasText: text }).waitFor();

await setUp(ada, address, code, sinkPort);
await addPerson(ada, address, "Ben Ortiz", "ben@desk.example.com");

// Nobody is here: the words become a ticket, and the page says so.
const early = await page(browser);
await early.goto(`${address}/chat`);
assert.match(await early.innerText("main"), /Nobody is free to chat right now/);
await clean(early, "nobody here");
await begin(early, "Omar Haddad", "omar@c.example.net", "My order 77 has not come.");
assert.match(await early.innerText("#status"), /answer by mail/);
assert.equal(await early.locator("#write").count(), 0);
await early.close();

// Somebody is here.
await ada.goto(`${address}/tickets`);
await ada.click("#presence button");
await ada.waitForSelector("#presence .available");
const mira = await page(browser);
await begin(mira, "Mira Sand", "mira@c.example.net", "The loom stops after each row.");
assert.match(await mira.innerText("#status"), /You are next/);
assert.match(await mira.innerText("header .mono"), /^[0-9A-Z-]{5,}$/);
await clean(mira, "who waits in the chat");
await ada.waitForSelector(".callbar >> text=would like to chat");
await clean(ada, "a chat is offered");
await ada.keyboard.press("y");
await ada.waitForSelector(".chatstrip >> text=You chat with Mira");
await mira.waitForFunction(() => /Ada Lind is with you/.test(document.querySelector("#status").textContent));
assert.match(await ada.innerText("#timeline"), /came into the chat/i);

// A line goes with Enter, is shown, and is known to have been shown.
await says(ada, "Good morning Mira, thank you for the clear words. Which light is on?");
await lastFor(mira, "Which light is on?");
await ada.waitForSelector(".msg.ours:has-text('Which light') >> text=in the chat");
await mira.locator("#write textarea").pressSequentially("The red one, ");
await ada.locator("[data-typing]", { hasText: "Mira is writing" }).waitFor({ state: "visible" });
await mira.keyboard.type("and it blinks.");
await mira.keyboard.press("Enter");
await ada.waitForSelector(".msg.theirs >> text=and it blinks");
await clean(ada, "a chat");
await picture(ada, "chat-agent-light-1440");
await picture(mira, "chat-customer-light");

// What is inside does not go out here either, and a rude word not without a reason.
await says(ada, "Our machine 10.0.3.7 is down, wait.");


await ada.waitForSelector(".findings li.block");
await ada.keyboard.press("Enter");
await ada.waitForTimeout(400);
assert.equal(await mira.locator("#lines li", { hasText: "10.0.3.7" }).count(), 0);

// A promise in a chat is a record.
await ada.locator(editor).click();
await ada.keyboard.press("Control+a");
await ada.keyboard.type("I will call you tomorrow by noon.");
await ada.locator(".findings button", { hasText: /record|promise/i }).first().waitFor();
await ada.keyboard.press("Alt+Enter");
await ada.locator(".promised").first().waitFor();
await ada.keyboard.press("Enter");
await lastFor(mira, "tomorrow by noon");
await ada.waitForSelector("#promised >> text=/call you/i");

// P1: asked before they wait, thanked afterwards.
await off(ada);
await ada.keyboard.press("m");
await ada.locator("details.card[open] button", { hasText: "Ask Mira" }).click();
await mira.locator("#question button", { hasText: "Yes, go ahead" }).waitFor();
await lastFor(mira, "May I look into this?");
await clean(mira, "a question");
await mira.click("text=Yes, go ahead");
await mira.waitForFunction(() => /looks into it and is back by/.test(document.querySelector("#status").textContent));
await ada.waitForSelector(".chatstrip >> text=waits for you, and agreed");
await clean(ada, "stepped out");
await off(ada);
await ada.keyboard.press("b");
await ada.waitForSelector(`${editor} >> text=Thank you for waiting`);
await ada.locator(editor).click();
await ada.keyboard.press("Control+End");
await ada.keyboard.type("The fuse of the motor is gone.");
await ada.keyboard.press("Enter");
await lastFor(mira, "Thank you for waiting. The fuse");

// P2: a colleague comes in, briefed, with the customer's consent.
const ben = await page(browser);
await signIn(ben, address, "ben@desk.example.com");
await ben.click("#presence button");
await ben.waitForSelector("#presence .available");
await ada.waitForSelector(".chatstrip option:has-text('Ben Ortiz')", { state: "attached" });
await off(ada);
await ada.keyboard.press("i");
const card = ada.locator("details.card[open]");
await card.locator("select[name=to]").selectOption({ label: "Ben Ortiz" });
await card.locator("input[name=tried]").fill("another fuse");
await card.locator("input[name=mood]").fill("calm");
await card.locator("button", { hasText: "Ask Mira" }).click();
await mira.click("text=Yes, go ahead");
await ben.waitForSelector(".callbar >> text=asks you into the chat");
assert.match(await ben.innerText(".callbar"), /another fuse/);
await clean(ben, "asked into a chat");
await ben.keyboard.press("y");
await ben.waitForSelector(".chatstrip >> text=You came in");
assert.match(await ben.innerText("#timeline"), /Brief for who is asked in/);
await mira.waitForFunction(() => /Ada Lind and Ben Ortiz are with you/.test(document.querySelector("#status").textContent));
await ada.waitForSelector(".chatstrip >> text=Ben Ortiz is here");
await off(ada);
await ada.keyboard.press("x");
await ada.waitForSelector(".chatstrip >> text=Ben Ortiz chats with Mira");
await says(ben, "Hello Mira, I have the right fuse here and send it today.");
await lastFor(mira, "the right fuse");
assert.doesNotMatch(await mira.content(), /Brief for|another fuse/);

// A reload loses nothing; the page without a script works as well.
await mira.reload();
assert.match(await mira.innerText("#lines"), /The loom stops[\s\S]*red one[\s\S]*look into this[\s\S]*Thank you for waiting[\s\S]*bring a colleague[\s\S]*the right fuse/);
const plain = await browser.newContext({ javaScriptEnabled: false });
const lena = await plain.newPage();
await begin(lena, "Lena Wolff", "lena@c.example.net", "Do you repair old looms?");
await ada.waitForSelector(".callbar >> text=Lena Wolff");
await ada.locator(".callbar .callrow", { hasText: "Lena Wolff" }).locator("button", { hasText: "Take it" }).click();
await ada.waitForSelector(".chatstrip >> text=You chat with Lena");
await says(ada, "Good day Lena, yes, we do. Which one is it?");
await ada.waitForSelector(".msg.ours >> text=Which one is it?");
await lena.reload();
assert.match(await lena.innerText("#lines"), /Which one is it\?/);
await lena.fill("#write textarea", "A hand loom of my grandmother's.");
await lena.click("#write button");
assert.match(await lena.innerText("#lines"), /hand loom/);
await ada.waitForSelector(".msg.theirs >> text=hand loom");
await plain.close();

for (const [p, name] of [[mira, "chat-customer"], [ben, "chat-agent"]]) {
  for (const [width, scheme] of [[360, "dark"], [1440, "dark"], [360, "light"]]) {
    await p.setViewportSize({ width, height: 800 });
    await p.emulateMedia({ colorScheme: scheme });
    await clean(p, `${name} ${scheme} ${width}`);
    await picture(p, `${name}-${scheme}-${width}`);
  }
}

// It ends when all is said, and begins again about the same matter.
await ben.setViewportSize({ width: 1440, height: 900 });
await off(ben);
await ben.click(".chatstrip summary >> text=End the chat");
await ben.click("details.card[open] button >> text=End it");
await ben.waitForSelector("#timeline >> text=ended the chat");
await mira.waitForFunction(() => /This chat is over/.test(document.querySelector("#status").textContent));
const number = (await mira.innerText("header .mono")).trim();
await mira.click("text=Begin another chat");
await mira.waitForSelector("input[name=go_on]");
assert.match(await mira.innerText("main"), new RegExp(`still about\\s+${number}`));

await browser.close();
console.log("everybody was looked after");
