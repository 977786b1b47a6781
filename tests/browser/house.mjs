// Not our job, what we may do, a manager please: node house.mjs ADDRESS CODE SINKPORT SMTP
import assert from "node:assert/strict";
import { connect } from "node:net";
import { open, page, usable } from "./browser.mjs";
import { newTicket, setPolicy, setUp } from "./people.mjs";

const [address, code, sinkPort, smtp] = process.argv.slice(2);
const browser = await open();
const ada = await page(browser);
const text = (selector, who = ada) => who.locator(selector).innerText();

const clean = (where, who = ada) => usable(who, where);

await setUp(ada, address, code, sinkPort);
// Answers leave at once; complaints have an address. Cy leads.
await setPolicy(ada, address, "[answers]\nundo_seconds = 0\n[charges]\ncomplaints_to = \"managers@desk-leads.example.org\"\nexceptions_a_month = 1\n");
await ada.fill("#p-name", "Cy Moss");
await ada.fill("#p-email", "cy@desk.example.com");
await ada.selectOption("#p-role", "supervisor");
await ada.fill("#p-password", "five unrelated words");
await ada.click("text=Add a person");
await ada.waitForSelector("text=cy@desk.example.com");

const ticket = (subject, words, name, from) => newTicket(ada, address, subject, words, name, from);

// Solves it by hand, or tries to.
async function solve() {
  await ada.keyboard.press("s");
  await ada.fill("#solving textarea", "Somebody looked at it.");
  await ada.selectOption("#solving select[name=agreed]", "said");
  await ada.click("#solving button.go");
}

// A mail of the customer's, by SMTP.
function mail(from, subject, words) {
  const lines = ["EHLO c.example.net", `MAIL FROM:<${from}>`, "RCPT TO:<help@desk.example.com>", "DATA",
    `From: Maria Okafor <${from}>\r\nTo: help@desk.example.com\r\nSubject: ${subject}\r\nMessage-ID: <${Date.now()}@c.example.net>\r\n\r\n${words}\r\n.`, "QUIT"];
  const [host, port] = smtp.split(":");
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host);
    socket.on("error", reject);
    socket.on("close", resolve);
    let kept = "";
    socket.on("data", (bytes) => {
      const told = (kept + bytes).split("\r\n");
      kept = told.pop() ?? "";
      // "250-…" goes on, "250 …" is the last line of an answer.
      if (!told.some((line) => /^\d{3} /.test(line))) return;
      const line = lines.shift();
      if (line) socket.write(`${line}\r\n`);
      else socket.end();
    });
  });
}

// The directory: added, found while typing, confirmed with one key, taken in and out as CSV.
await ada.keyboard.press("H");
await ada.waitForSelector("text=Nobody is here yet");
await clean("an empty directory");
await ada.click("text=Add somebody");
await ada.fill("#r-name", "Toner Works");
await ada.fill("#r-about", "toner cartridge leak warranty");
await ada.fill("#r-link", "javascript:alert(1)");
await ada.click("text=Save, it is right");
assert.match(await text("[role=alert]"), /cannot be given to a customer/);
assert.equal(await ada.inputValue("#r-about"), "toner cartridge leak warranty", "what was typed is kept");
await ada.fill("#r-link", "https://toner.example.org/help");
await ada.fill("#r-phone", "+1 555 0100");
await ada.click("text=Save, it is right");
await ada.waitForSelector("#directory >> text=Toner Works");
await ada.fill("#csv", "name;kind;about;link\r\nCity tax office;public help;invoice tax refund;https://tax.example.org\r\nToner Works;vendor;toner cartridge leak warranty drum;https://toner.example.org/help\r\n");
await ada.click("button >> text=Import");
await ada.waitForSelector("text=2 entries read and taken in.");
const exported = await ada.evaluate(async () => (await fetch("/referrals/export")).text());
assert.match(exported, /^name,kind,about[\s\S]*City tax office,public help/);
await ada.keyboard.press("F");
await ada.keyboard.type("toner");
await ada.locator("#directory >> text=City tax office").waitFor({ state: "detached" });
assert.equal(await ada.locator("#directory .helper").count(), 1);
await ada.keyboard.press("Escape");
await ada.keyboard.press("y");
await ada.waitForSelector("#directory >> text=/Confirmed .* by Ada Lind/");
await clean("the directory");

// Not our job: no one is sent away with nothing.
await ticket("Toner leaks", "The toner cartridge leaks into the drum. Can you help me?");
await ada.keyboard.press("J");
await ada.waitForSelector("#referral >> text=for a quick look");
await clean("a quick look");
await solve();
await ada.waitForSelector("text=nobody is sent away with nothing");
await ada.click("#referral button >> text=Point there >> nth=0");
await ada.waitForSelector("form[data-kind=answer] .cm-content >> text=not trained to support");
await ada.keyboard.press("r");
await ada.waitForTimeout(900);
assert.equal(await ada.locator(".findings li.block").count(), 0, await text("form[data-kind=answer] [data-words]"));
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").waitFor();
await ada.waitForSelector("#referral >> text=They know of");
await clean("a ticket with a pointer");
await ada.keyboard.press("Escape");
await ada.keyboard.press("X");
await ada.waitForSelector("#timeline >> text=Closed as out of scope");
await ada.goto(`${address}/referrals`);
assert.match(await text("#directory"), /given 1×/);

// The catalogue: plans, a price, and what is said for it.
await ada.goto(`${address}/settings/catalogue`);
await clean("an empty catalogue");
await ada.fill("#plans", "basic\ncomplete");
await ada.click("text=Save the plans");
await ada.click("text=Add a request");
await ada.fill("#c-name", "Data rescue");
await ada.fill("#c-about", "disk broken recover files");
await ada.selectOption("#c-terms", "extra cost");
await ada.fill("#c-price", "120");
await ada.selectOption("#c-terms-complete", "included");
await ada.fill("#c-minutes", "300");
await ada.click("main button >> text=Save >> nth=0");
assert.match(await text("[role=alert]"), /nothing says why/);
await ada.fill("#c-reason-en", "It takes a laboratory and half a day of two people");
await ada.fill("#c-most", "60");
await clean("an entry of the catalogue");
await ada.click("main button >> text=Save >> nth=0");
await ada.waitForSelector("text=without a plan: 120.00 EUR");
await clean("the catalogue");

// A price is agreed before work starts.
await ticket("Disk broken", "My disk is broken. Can you rescue my data?", "Maria Okafor", "maria@c.example.net");
await ada.keyboard.press("L");
await ada.waitForSelector("#chooser-list li");
await ada.keyboard.type("disk");
await ada.waitForSelector("#chooser-list li >> text=extra cost 120.00 EUR");
await clean("the catalogue’s dialog");
await ada.keyboard.press("Enter");
await ada.waitForSelector("form[data-kind=answer] .cm-content >> text=costs 120.00 EUR");
await ada.waitForSelector("#charges >> text=not said yet");
await ada.keyboard.press("Escape");
await solve();
await ada.waitForSelector("text=nobody has agreed to that yet");
await ada.keyboard.press("r");
await ada.waitForTimeout(900);
assert.equal(await ada.locator(".findings li.block").count(), 0, await text("form[data-kind=answer] [data-words]"));
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("#charges >> text=waits for their yes");
await clean("a price that was sent");
const number = (await text(".chips .mono")).slice(0, 7);
await mail("maria@c.example.net", `Re: Disk broken [${number}]`, "Yes, please go ahead.");
await ada.waitForSelector("#charges >> text=they have replied since");
await ada.click("#charges button >> text=Agreed in the reply");
await ada.waitForSelector("#charges >> text=agreed, not begun");
await ada.click("#charges button >> text=Begin the work");
await ada.waitForSelector("#charges >> text=agreed and begun");
assert.match(await text("#timeline"), /agreed to the price of Data rescue in their reply/);

// A complaint about the charge goes to the managers, and the customer is told who has it.
await ada.keyboard.press("Escape");
await ada.keyboard.press("Q");
await ada.waitForSelector("#charges >> text=with the managers");
assert.match(await text("#timeline"), /managers@desk-leads\.example\.org[\s\S]*Data rescue: 120\.00 EUR/);
await ada.waitForSelector("form[data-kind=answer] .cm-content >> text=decide questions about charges themselves");

// An exception is inside the limit, with a reason, and counted until it looks like a rule.
await ticket("Disk broken again", "The second disk is broken.");
await ada.keyboard.press("L");
await ada.waitForSelector("#chooser-list li");
await ada.keyboard.press("Enter");
await ada.waitForSelector("#charges >> text=not said yet");
await ada.click("#charges summary");
await ada.fill("#charges [name=pays]", "20");
await ada.fill("#charges form:has([name=pays]) [name=reason]", "we lost the first disk");
await ada.click("#charges button >> text=Make an exception");
await ada.waitForSelector("text=would waive more than the 60.00 EUR");
await ada.fill("#charges [name=pays]", "60");
await ada.fill("#charges form:has([name=pays]) [name=reason]", "we lost the first disk");
await ada.click("#charges button >> text=Make an exception");
await ada.waitForSelector("#charges >> text=60.00 EUR waived");
await clean("an exception");
await ada.goto(`${address}/settings/catalogue`);
await ada.waitForSelector("text=What is granted that often is the rule");

// A manager, please: the front line tries, a supervisor takes it, the customer knows when.
const cy = await page(browser);
await cy.goto(`${address}/sign-in`);
await cy.fill("#email", "cy@desk.example.com");
await cy.fill("#password", "five unrelated words");
await cy.click("button.go");
await cy.waitForSelector(".rows");
await ticket("Third letter", "I want to speak to a manager. This is the third letter.");
await ada.waitForSelector("text=They ask for a manager.");
await ada.keyboard.press("M");
await ada.waitForSelector("#manager >> text=You have the manager’s view below");
assert.match(await text("#manager dl"), /Said\s+1 by them, 0 by us/);
await clean("the manager’s view");
await ada.click("#manager button >> text=Ask a supervisor");
await ada.waitForSelector("#manager >> text=Asked: Cy Moss");
await ada.waitForSelector("form[data-kind=answer] .cm-content >> text=You will hear from them by");
await ada.waitForTimeout(900);
assert.equal(await ada.locator(".findings li.block").count(), 0, await text("form[data-kind=answer] [data-words]"));
await ada.keyboard.press("r");
await ada.keyboard.press("Control+Enter");
await ada.locator(".msg.ours:not(.auto)").waitFor();
assert.match(await text("#promised"), /You will hear from a manager/);
await cy.waitForSelector("#callbar >> text=Maria Okafor asks for a manager.");
await clean("a supervisor’s bar", cy);
await cy.click("#callbar >> text=Look at it");
await cy.waitForSelector("#manager >> text=Yours to take");
await clean("a request for a supervisor", cy);
await cy.keyboard.press("M");
await cy.waitForSelector("#manager >> text=You have");
await cy.fill("#manager [name=word]", "I called her; a new part is on its way");
await cy.click("#manager button >> text=Decided");
await cy.waitForSelector("#add #manager");
assert.match(await text("#timeline", cy), /Cy Moss decided: I called her/);
await cy.goto(`${address}/managers`);
assert.match(await text("#managers", cy), /1\s+asked[\s\S]*100 %/);
await clean("the list of requests", cy);
await cy.setViewportSize({ width: 360, height: 760 });
for (const place of ["managers", "referrals", "settings/catalogue", "settings/catalogue?open=new"]) {
  await cy.goto(`${address}/${place}`);
  await clean(`${place} on a small screen`, cy);
}

await browser.close();
console.log("every matter was settled");
