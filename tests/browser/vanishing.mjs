// Who vanishes when: pages are killed and lines end in every stage of a call, and nobody is left alone: node vanishing.mjs ADDRESS.
import assert from "node:assert/strict";
import { open } from "./browser.mjs";
import { addPerson, phoneOn, signIn, somebody } from "./people.mjs";
import { ears, toneMicrophone } from "./tones.mjs";

const [address] = process.argv.slice(2);
const browser = await open();
const [CALLER, ADA, BEN] = [600, 1000, 1700];
const hears = ears([CALLER, ADA, BEN]);
const bar = (p) => p.locator("#callbar");
const says = (p, words) => bar(p).getByText(words).first().waitFor({ timeout: 15_000 });

const agent = async (email, hz) => {
  const p = await somebody(browser, toneMicrophone(hz));
  await signIn(p, address, email);
  return p;
};
// Their browser opens the desk again after a page has died; the phone comes back by itself.
const reopens = async (p, hz) => {
  const again = await p.context().newPage();
  again.problems = [];
  await again.addInitScript(toneMicrophone(hz));
  await again.goto(`${address}/tickets`);
  await again.waitForSelector("[data-phone] .available");
  return again;
};
const available = async (p, wanted) => {
  if ((await p.locator("#presence .available").count() > 0) !== wanted) await p.click("#presence button");
  await p.waitForSelector(wanted ? "#presence .available" : "#presence .presence:not(.available)");
};

let ada = await agent("ada@desk.example.com", ADA);
await addPerson(ada, address, "Ben Okoro", "ben@desk.example.com");
await ada.fill("[name=policy]", "[phone]\nrecord_percent = 0\nring_seconds = 15\nrejoin_seconds = 6\nwrap_up_seconds = 0\n");
await ada.click("text=Save the policy");
await ada.goto(`${address}/tickets`);
await phoneOn(ada);
let ben = await agent("ben@desk.example.com", BEN);
await phoneOn(ben);

// A customer calls, Ada answers.
const call = async () => {
  await available(ada, true);
  const caller = await somebody(browser, toneMicrophone(CALLER));
  await caller.goto(`${address}/call`);
  await caller.fill("#name", "Maria Okafor");
  await caller.click("[data-call]");
  await says(ada, "Maria Okafor");
  await ada.keyboard.press("y");
  await says(ada, "Ask to hold");
  await hears(caller, [ADA], "answered");
  return caller;
};
const consult = async () => {
  await ada.keyboard.press("T");
  await ada.selectOption("#t-to", { label: "Ben Okoro" });
  await ada.fill("#t-problem", "no ink pressure");
  await ada.check("[name=agreed]");
  await ada.click("text=Call them first");
  await says(ben, "no ink pressure");
  await ben.keyboard.press("y");
  await says(ada, "You are with");
  await hears(ben, [ADA], "a word between colleagues");
};
const introduce = async (caller) => {
  await ada.keyboard.press("i");
  await says(ada, "Leave them together");
  await hears(caller, [ADA, BEN], "three on the line");
};
const free = async (p, why) => {
  await p.waitForFunction(() => !/Maria Okafor/.test(document.querySelector("#callbar").innerText), null, { timeout: 15_000 }).catch(() => assert.fail(why));
};
const hangsUp = (caller) => caller.click("[data-hang-up]");

// The agent vanishes while the caller is on hold, and does not come back: the next one has the caller.
let caller = await call();
await ada.click("text=Hold at once");
await hears(caller, [], "on hold");
await available(ben, true);
await ada.close();
await says(ben, "Maria Okafor");
await ben.keyboard.press("y");
await hears(caller, [BEN], "nobody stays on hold without an owner");
await available(ben, false);
await hangsUp(caller);
await free(ben, "the call is over");

// The agent vanishes while consulting: the colleague is let go, and the caller gets the agent back.
ada = await reopens(ada, ADA);
caller = await call();
await consult();
await ada.close();
await free(ben, "the colleague is let go");
ada = await reopens(ada, ADA);
// The caller was told to wait; that is what the agent comes back to.
await says(ada, "is on hold");
await ada.keyboard.press("b");
await hears(caller, [ADA], "the agent is back, with the caller");
await hears(ada, [CALLER], "both ways");

// Then the colleague vanishes while being consulted: the agent is with the caller again.
await consult();
await ben.close();
await says(ada, "Ask to hold");
await hears(caller, [ADA], "back to the caller");
ben = await reopens(ben, BEN);
await hangsUp(caller);
await free(ada, "the call is over");

// The agent vanishes with three on the line: the caller is with the colleague.
caller = await call();
await consult();
await introduce(caller);
await ada.close();
await hears(caller, [BEN], "handed over by vanishing");
await hears(ben, [CALLER], "both ways");
await hangsUp(caller);
await free(ben, "the call is over");
ada = await reopens(ada, ADA);

// The caller vanishes on hold, while the agent consults, and with three on the line: everybody is free.
caller = await call();
await ada.click("text=Hold at once");
await hears(caller, [], "on hold");
await caller.close();
await free(ada, "the caller has gone from the hold");
caller = await call();
await consult();
await caller.close();
await free(ada, "the caller has gone from the consultation");
await free(ben, "the colleague too");
caller = await call();
await consult();
await introduce(caller);
const number = await bar(ada).locator("a.mono").first().innerText();
await caller.close();
await free(ada, "the caller has gone from the three");
await free(ben, "the colleague too");
await ada.goto(`${address}/tickets/${number}`);
await ada.locator("#timeline").getByText(/The caller hung up after|The connection to the caller was lost/).first().waitFor();

await ada.goto(`${address}/floor`);
await ada.getByText("Nobody calls and nobody waits").waitFor();
await browser.close();
console.log("nobody was left alone");
