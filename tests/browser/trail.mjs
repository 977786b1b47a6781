// Every attempt, the trail, and the other ways: node trail.mjs ADDRESS CODE SINKPORT PROGRAM FOLDER
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { axe, open, page, usable } from "./browser.mjs";
import { newTicket, setPolicy, setUp } from "./people.mjs";

const [address, code, sinkPort, program, folder] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser, { acceptDownloads: true });
const text = (selector) => ada.locator(selector).innerText();

const clean = (where) => usable(ada, where);

// What a click brings as a file, wherever the browser opens it.
const downloads = [];
let arrived = () => {};
const listen = (p) => p.on("download", (d) => (downloads.push(d), arrived()));
listen(ada);
ada.context().on("page", listen);
async function saved(click, name) {
  const before = downloads.length;
  const came = new Promise((resolve) => (arrived = resolve));
  await click();
  if (downloads.length === before) await came;
  const path = `${folder}/${name}`;
  await downloads.at(-1).saveAs(path);
  return path;
}

// The real program says whether a file is whole.
const verify = (path, ...more) => spawnSync(program, ["trail", "verify", path, ...more], { encoding: "utf8", cwd: folder });

await setUp(ada, address, code, sinkPort);

const policy = (toml) => setPolicy(ada, address, `[answers]\nundo_seconds = 0\n${toml}`);
const ways = '[other_ways]\nfax = "{number}@fax.example.com"\nremote = "https://remote.example.com/join?ticket={number}&name={name}"\n';
await policy(ways);
const key = (await text(".key")).trim();
await clean("the settings with the key");

await newTicket(ada, address, "Lamp controller", "The lamps are dark. Can you help me?");
const place = ada.url();
assert.match(await text("#attempts"), /They wrote to us/);

// A no without another way opens the other ways; a sheet is printed from what was written.
await ada.keyboard.press("r");
await ada.keyboard.type("There is nothing we can do.");
await ada.waitForSelector("details.ways.wanted[open]");
await clean("a no, and the other ways");
await ada.keyboard.press("Control+a");
await ada.keyboard.type("Hello Maria,\n\n1. Open the cover.\n2. Press the green button.\n\nWarm regards\nAda");
await ada.waitForSelector("details.ways:not(.wanted)", { state: "attached" });
const sheet = await saved(() => ada.click("text=As a sheet to print"), "sheet.pdf");
const printed = execFileSync("pdftotext", ["-layout", sheet, "-"], { encoding: "utf8" });
assert.match(printed, /1\.\s+Open the cover\.[\s\S]*2\.\s+Press the green button\./);
assert.match(printed, /Desk & Co/);
await ada.waitForSelector("text=Ada Lind printed the instructions");

// A link to a remote session goes into the draft and opens.
const opened = ada.context().waitForEvent("page");
await ada.click("button >> text=Remote session");
await ada.waitForSelector("form[data-kind=answer] .cm-content >> text=remote.example.com");
await (await opened).close();
assert.match(await text("form[data-kind=answer] .cm-content"), /Open the cover/, "what was written is still there");

// A call back is a promise.
await ada.locator("details.ways").evaluate((d) => (d.open = true));
await ada.click("button >> text=Call back");
await ada.waitForSelector("#promised >> text=I will call you back.");
await ada.click("#promised button >> text=Kept");
await ada.waitForSelector("text=Ada Lind kept the promise");

// The answer leaves, and stands among the attempts.
await ada.keyboard.press("r");
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").waitFor();
await ada.waitForSelector("#attempts >> text=Mail: sent");

// Nobody is given up before the tries are done; what is missing is said.
const giveUp = async () => {
  await ada.locator("summary", { hasText: "Cannot be reached?" }).click();
  await ada.click("#attempts button >> text=Give up for now");
};
await giveUp();
await ada.waitForSelector("[role=alert] >> text=They may still be reached");
assert.match(await text("[role=alert]"), /2 more tries, a try on another day/);
await clean("a refusal to give up");
await ada.goto(place);
await ada.waitForSelector(".composer .cm-editor");
await ada.keyboard.press("Y");
await ada.selectOption("#attempts [name=channel]", "phone");
await ada.selectOption("#attempts [name=outcome]", "voicemail left");
await ada.click("#attempts button >> text=Write it down");
await ada.waitForSelector("#attempts >> text=Call: voicemail left, written down by hand");
await policy(`${ways}[attempts]\ntries = 2\ndays = 1\n`);
await ada.goto(place);
await ada.waitForSelector(".composer .cm-editor");
await giveUp();
await ada.waitForSelector("#attempts >> text=Given up for now");
assert.match(await text("form[data-kind=answer] .cm-content"), /Hello Maria[\s\S]*tried several times/, "the last message waits");
await clean("given up");
await ada.keyboard.press("r");
await ada.keyboard.press("Control+Enter");
await ada.waitForFunction(() => document.querySelectorAll(".msg.ours:not(.auto)").length === 2);

// A note, which must not be in what leaves.
await ada.waitForFunction(() => (document.querySelector("#attempts")?.textContent ?? "").split("Mail: sent").length === 3);
await ada.goto(place);
await ada.waitForSelector(".composer .cm-editor");
await ada.keyboard.press("n");
await ada.waitForFunction(() => document.activeElement?.closest("form")?.dataset.kind === "note");
await ada.keyboard.type("The valve block again.");
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.note").waitFor();

// All three forms pass, with one byte changed they do not.
await ada.evaluate(() => document.activeElement?.blur());
await ada.keyboard.press("E");
for (const [kind, label] of [["pdf", "PDF"], ["html", "HTML"], ["json", "JSON"]]) {
  const file = await saved(() => ada.locator("#trail form").first().getByRole("button", { name: label }).click(), `trail.${kind}`);
  const whole = verify(file, "--key", key);
  assert.equal(whole.status, 0, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /Signed by Desk & Co[\s\S]*the key you trust[\s\S]*withheld as inside/);
  const bytes = readFileSync(file);
  assert.ok(!bytes.includes("valve block"), `${kind} holds nothing from inside`);
  bytes[Math.floor(bytes.length / 2)] ^= 1;
  writeFileSync(`${file}.changed`, bytes);
  assert.notEqual(verify(`${file}.changed`).status, 0, `${kind}, one byte changed`);
}
const read = execFileSync("pdftotext", ["-layout", `${folder}/trail.pdf`, "-"], { encoding: "utf8" });
assert.match(read, /Maria Okafor[\s\S]*The lamps are dark[\s\S]*Open the cover[\s\S]*gave up reaching them after 2 tries/);
assert.doesNotMatch(read, /valve/);
await ada.check("#trail form >> nth=0 >> [name=inside]");
const inside = await saved(() => ada.locator("#trail form").first().getByRole("button", { name: "HTML" }).click(), "inside.html");
assert.ok(readFileSync(inside, "utf8").includes("The valve block again."), "asked for on purpose");
await ada.waitForSelector("text=exported the trail, with what is inside");

// The page that was exported is a good page.
const reader = await page(browser);
await reader.goto(`file://${folder}/trail.html`);
assert.deepEqual(await axe(reader), [], "axe on the exported page");
assert.match(await reader.locator("h1").innerText(), /The trail of ticket/);

await clean("a ticket with its trail");
await browser.close();
console.log("every trail arrived");
