// How one listens (P3): a scripted dialogue with known overlaps, and a rehearsal: node listening.mjs ADDRESS SPEECH.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axe, open } from "./browser.mjs";
import { addPerson, phoneOn, signIn, somebody } from "./people.mjs";
import { listen, speakingMicrophone } from "./tones.mjs";

const [address, speech] = process.argv.slice(2);
const words = Object.fromEntries(["slow", "usual", "fast", "lively", "flat", "mm-hm"].map((name) => [name, readFileSync(`${speech}/${name}.ulaw`)]));
const seconds = (names) => names.reduce((sum, name) => sum + words[name].length / 8000, 0);
const browser = await open();
const person = () => somebody(browser, speakingMicrophone());

const says = (p, begin, said) =>
  p.evaluate((said) => window.say(said), said.map(([at, name]) => ({ at: begin + at * 1000, words: words[name].toString("base64") })));

const ada = await person();
await signIn(ada, address, "ada@desk.example.com");
await addPerson(ada, address, "Ben Okoro", "ben@desk.example.com");
const ben = await person();
await signIn(ben, address, "ben@desk.example.com");

// Before the first call: a greeting is tried, seen and heard again.
const status = ben.locator("[data-rehearsal-says]");
const tried = async (name, lead) => {
  await ben.click("[data-rehearse=start]");
  await ben.getByText("Speak now").waitFor();
  await says(ben, Date.now(), [[lead, name]]);
  await ben.waitForTimeout(1000 * (seconds([name]) + lead + 0.5));
  return ben.locator("[data-tone-word=range]").innerText();
};
await ben.goto(`${address}/floor`);
await ben.click("text=Say your greeting");
await ben.waitForSelector("[data-rehearsal]");
assert.match(await tried("flat", 0.3), /^flat voice/, "a flat voice is called flat");
await ben.click("[data-rehearse=play]:not([disabled]), [data-rehearse=stop]");
assert.match(await tried("lively", 0.3), /^lively voice/, "a lively voice is called lively");
assert.match(await ben.locator("[data-tone-word=pace]").innerText(), /pace, \d+ a minute/);
assert.deepEqual(await axe(ben), [], "axe on the rehearsal");
await ben.click("[data-rehearse=stop]");
assert.match(await status.innerText(), /how a caller hears you/);
assert.ok((await listen(ben, [])).loud > 0.01, "they hear what they said");
await ben.waitForFunction(() => !document.querySelector("[data-rehearse=start]").disabled);
await ben.click("#presence button");
await ben.waitForSelector("#presence .available");

// A call comes in the middle of a rehearsal: it has the phone, and the microphone.
await ben.click("[data-rehearse=start]");
await ben.getByText("Speak now").waitFor();

// A call: taking turns, a mm-hm, and one time breaking in.
const caller = await person();
await caller.goto(`${address}/call`);
await caller.fill("#name", "Maria Okafor");
await caller.click("[data-call]");
await ben.getByText("Maria Okafor").first().waitFor();
await ben.getByText("The phone was needed").waitFor();
await ben.keyboard.press("y");
await ben.getByText("Ask to hold").waitFor();
const begin = Date.now() + 500;
await says(caller, begin, [[0.5, "usual"], [14.5, "slow"]]);
await says(ben, begin, [[8.5, "fast"], [16, "mm-hm"], [17.5, "fast"], [25.5, "usual"]]);
const line = ben.locator("#callbar [data-heard]");
await line.getByText("never broke in").waitFor({ timeout: 20_000 });
assert.deepEqual(await axe(ben), [], "axe on the bar");
await line.getByText("broke in once").waitFor({ timeout: 20_000 });
await ben.waitForTimeout(begin + 34_000 - Date.now());
assert.equal(await caller.locator("text=broke in").count() + (await ada.locator("text=broke in").count()), 0, "private");
await caller.click("[data-hang-up]");
await ben.locator("#callbar a:has-text('Write down')").click();
await ben.waitForSelector("#timeline .heard");
const told = await ben.locator("#timeline .heard").innerText();
const own = seconds(["fast", "mm-hm", "fast", "usual"]);
const expected = (100 * own) / (own + seconds(["usual", "slow"]));
const share = Number(/^You\s+(\d+) %/.exec(told)?.[1]);
assert.ok(Math.abs(share - expected) <= 5, `share ${share}, expected ${expected}: ${told}`);
assert.match(told, /broke in once/);
assert.match(told, /syllables a minute.*lively voice|even voice/);
assert.deepEqual(await axe(ben), [], "axe on the ticket");

// Supervisors see it where the policy says so, and only then.
await ada.goto(ben.url());
await ada.getByText("The caller hung up").waitFor();
assert.equal(await ada.locator(".heard").count(), 0, "it is the agent's own");
const ticket = ada.url();
await ada.goto(`${address}/settings`);
const version = () => ada.locator("h2", { hasText: "Policy" }).innerText();
const before = await version();
await ada.fill("[name=policy]", "[listening]\nsupervisors_see = true\n");
await ada.click("text=Save the policy");
while ((await version()) === before) await ada.waitForTimeout(50);
await ada.goto(ticket);
assert.match(await ada.locator("#timeline .heard").innerText(), /^Ben Okoro/);

await browser.close();
console.log("listening was heard");
