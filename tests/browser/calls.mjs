// Calls by browser, heard: node calls.mjs ADDRESS. The desk is set up, its administrator is Ada Lind.
import assert from "node:assert/strict";
import { open, usable as clean } from "./browser.mjs";
import { addPerson, phoneOn, signIn, somebody } from "./people.mjs";
import { ears, toneMicrophone } from "./tones.mjs";

const [address] = process.argv.slice(2);
const browser = await open();
const [CALLER, ADA, BEN] = [600, 1000, 1700];
const ALL = [CALLER, ADA, BEN];

const person = (hz) => somebody(browser, toneMicrophone(hz));

const hears = ears(ALL);

const bar = (p) => p.locator("#callbar");
const says = (p, words) => bar(p).getByText(words).first().waitFor({ timeout: 10_000 });

const ada = await person(ADA);
await signIn(ada, address, "ada@desk.example.com");
await addPerson(ada, address, "Ben Okoro", "ben@desk.example.com");
await ada.fill("[name=policy]", "[phone]\nrecord_percent = 100\nring_seconds = 10\n");
await ada.click("text=Save the policy");
await ada.goto(`${address}/tickets`);
await phoneOn(ada);
await ada.click("#presence button");
await ada.waitForSelector("#presence .available");

const ben = await person(BEN);
await signIn(ben, address, "ben@desk.example.com");
await phoneOn(ben);

// A customer calls from the page; the agent answers by a key.
const caller = await person(CALLER);
await caller.goto(`${address}/call`);
await clean(caller, "the page customers call from");
await caller.fill("#name", "Maria Okafor");
await caller.click("[data-call]");
await says(ada, "Maria Okafor");
await clean(ada, "a ringing desk");
await ada.keyboard.press("y");
await says(ada, "Ask to hold");
await hears(ada, [CALLER], "the agent hears the caller");
await hears(caller, [ADA], "the caller hears the agent");
await clean(ada, "a desk in a call");
assert.match(ada.url(), /\/tickets\/[A-Z0-9-]+$/, "whoever answers has the ticket before them");
await ada.click("text=Sign out");
await says(ada, "You are on a call");
await hears(caller, [ADA], "and nothing is cut off");

// Muted, and not.
await ada.keyboard.press("m");
await hears(caller, [], "a muted agent is not heard");
await ada.keyboard.press("m");
await hears(caller, [ADA], "and heard again");

// Going elsewhere in the desk does not end the call; loading the page anew gets it back.
await ada.click("nav.rail a[href='/floor']");
await ada.waitForURL("**/floor");
await ada.getByText("talks with Ada Lind").waitFor();
await hears(caller, [ADA], "still heard after navigation");
await clean(ada, "the floor in a call");
await ada.reload();
await ada.waitForSelector("[data-phone] .available");
await says(ada, "Ask to hold");
await hears(caller, [ADA], "a reload gets its call back");
await hears(ada, [CALLER], "in both directions");

// P1: asked, agreed, held, thanked; all by keys.
await ada.keyboard.press("h");
await ada.keyboard.type("look at the ink log");
await ada.keyboard.press("Enter");
await says(ada, "look at the ink log");
await clean(ada, "the sentence to say");
await ada.keyboard.press("h");
await says(ada, "Promised back in");
const music = await hears(caller, [], "a caller on hold hears no agent");
assert.ok(music.loud > 0.003, "but music");
await hears(ada, [], "and is not heard");
await clean(ada, "a caller on hold");
// A page that is loaded anew on hold comes back to the hold, not to an open microphone.
await ada.reload();
await ada.waitForSelector("[data-phone] .available");
await says(ada, "Promised back in");
await hears(caller, [], "still on hold after a reload");
await ada.keyboard.press("b");
await hears(caller, [ADA], "back on the line");

// P2: the destination sees the brief, answers, is introduced; the agent leaves.
await ada.keyboard.press("T");
await ada.selectOption("#t-to", { label: "Ben Okoro" });
await ada.fill("#t-reason", "knows the ink system");
await ada.fill("#t-problem", "no ink pressure on line two");
await ada.fill("#t-tried", "restarted, tanks are full");
await ada.fill("#t-mood", "calm");
await ada.check("[name=agreed]");
await clean(ada, "the transfer card");
await ada.click("text=Call them first");
await says(ada, "Ringing");
await says(ben, "no ink pressure on line two");
await says(ben, "Maria Okafor");
await clean(ben, "a brief before answering");
await hears(caller, [], "the caller hears music meanwhile");
await ben.keyboard.press("y");
await says(ada, "You are with");
await hears(ada, [BEN], "a word between colleagues");
await hears(ben, [ADA], "both ways");
await hears(caller, [], "that the caller does not hear");
await ada.keyboard.press("i");
await says(ada, "Leave them together");
await hears(caller, [ADA, BEN], "three on the line: the caller");
await hears(ada, [CALLER, BEN], "the agent");
await hears(ben, [CALLER, ADA], "the colleague");
await clean(ada, "three on the line");
await ada.keyboard.press("x");
await says(ada, "off the line");
await hears(caller, [BEN], "handed over");
await hears(ada, [], "and the agent has left");
await clean(ada, "wrap-up");

// A supervisor listens, whispers to the agent, joins, and leaves.
await ada.click("text=Done");
await ada.goto(`${address}/floor`);
await ada.waitForSelector("[data-phone] .available");
await ada.click("main button:has-text('Listen')");
await says(ada, "You are on Ben Okoro");
await hears(ada, [CALLER, BEN], "the supervisor hears both");
await hears(caller, [BEN], "and is not heard by the caller");
await says(ben, "on the line: Ada Lind (listen)");
await ada.click("#callbar button:has-text('Whisper')");
await hears(ben, [CALLER, ADA], "the agent hears the whisper");
await hears(caller, [BEN], "the caller does not");
await clean(ada, "a supervisor on a call");
await ada.click("#callbar button:has-text('Join')");
await hears(caller, [ADA, BEN], "joined");
await ada.click("#callbar button:has-text('Leave')");
await hears(caller, [BEN], "and gone again");

// The colleague's page dies; the caller hears a kind word, and the page that opens again gets the call.
await ben.close();
await hears(caller, [], "nobody is there");
const again = await ben.context().newPage();
again.problems = [];
await again.addInitScript(toneMicrophone(BEN));
await again.goto(`${address}/tickets`);
await hears(caller, [BEN], "the same colleague is back");

// The customer hangs up; the ticket tells it all.
await caller.click("[data-hang-up]");
await says(again, "off the line");
await again.click("#callbar a:has-text('Write down')");
await again.waitForSelector("#timeline");
const told = await again.locator("#timeline").innerText();
for (const sentence of [/Called us/, /Ada Lind answered after/, /asked to hold for 2 min: look at the ink log/, /The caller agreed; on hold, 2 min promised/,
  /Back on the line after/, /Ada Lind consults Ben Okoro \(knows the ink system\): the caller agreed/, /Problem: no ink pressure on line two/,
  /introduced the caller/, /handed over warmly/, /The line of Ben Okoro was lost/, /The caller hung up after/]) {
  assert.match(told, sentence);
}
await again.waitForSelector("audio");
const recording = await again.evaluate(async () => {
  const wav = await (await fetch(document.querySelector("audio").src)).arrayBuffer();
  const samples = new Int16Array(wav, 44);
  const share = (side, hz) => {
    const c = 2 * Math.cos((2 * Math.PI * hz) / 8000);
    let best = 0;
    // Half a second each: somewhere in the call each voice is alone on its side.
    for (let from = 0; from + 4000 < samples.length / 2; from += 4000) {
      let [a, b, power] = [0, 0, 1];
      for (let i = from; i < from + 4000; i++) {
        const v = samples[2 * i + side];
        [a, b] = [v + c * a - b, a];
        power += v * v;
      }
      best = Math.max(best, (2 * (a * a + b * b - c * a * b)) / (4000 * power));
    }
    return best;
  };
  return { seconds: samples.length / 16000, left: share(0, 600), ada: share(1, 1000), ben: share(1, 1700), leak: share(0, 1000) };
});
assert.ok(recording.left > 0.8 && recording.ada > 0.8 && recording.ben > 0.8, `one recording, all voices: ${JSON.stringify(recording)}`);
assert.ok(recording.leak < 0.1, `sides are apart: ${JSON.stringify(recording)}`);
await again.reload();
const listened = async () => (await again.locator("#timeline").innerText()).match(/Ben Okoro listened to the recording/g)?.length;
assert.equal(await listened(), 1);

// The player: both sides drawn, what happened marked, jumped to by click and by key; still one listening.
const wave = again.locator(".player [data-wave] svg");
await wave.waitFor();
assert.match(await again.locator(".player .moments").innerText(), /on hold, 2 min promised[^]*introduced the caller[^]*handed over warmly/);
await clean(again, "a player");
const place = () => again.evaluate(() => document.querySelector(".player audio").currentTime);
const until = async (what, is) => {
  for (let tries = 0; !is(await place()); tries++) assert.ok(tries < 50, `${what}: at ${await place()}`) || (await again.waitForTimeout(100));
};
const introduced = again.locator(".moments li", { hasText: "introduced" }).locator("button");
const second = Number(await introduced.getAttribute("data-seek"));
await introduced.click();
await until("the moment of the introduction", (at) => at >= second && at < second + 8);
// It may be about to play still: paused is when it stands.
let before = -1;
while (before !== (await place())) {
  before = await place();
  await again.evaluate(() => document.querySelector(".player audio").pause());
  await again.waitForTimeout(250);
}
await again.locator("[data-wave]").press("ArrowLeft");
await until("five seconds back", (at) => Math.abs(before - 5 - at) < 0.5);
await again.selectOption("[data-speed]", "1.5");
await again.locator("[data-wave]").press(" ");
assert.equal(await again.evaluate(() => document.querySelector(".player audio").playbackRate), 1.5);
const piece = await again.evaluate(async () => {
  const answer = await fetch(document.querySelector(".player audio").src, { headers: { range: "bytes=44-64043" } });
  return [answer.status, answer.headers.get("content-range"), (await answer.arrayBuffer()).byteLength];
});
assert.equal(piece[0], 206);
assert.match(piece[1], /^bytes 44-64043\//);
assert.equal(piece[2], 64000);
await again.reload();
assert.equal(await listened(), 1, "many pieces are one listening");

await browser.close();
console.log("every call was heard");
