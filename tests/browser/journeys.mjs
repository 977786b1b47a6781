// The main jobs, as a person does them: node journeys.mjs ADDRESS SMTP SINKPORT
import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { open, page, usable as clean } from "./browser.mjs";

const [address, smtp, sinkPort] = process.argv.slice(2);
const browser = await open();

// A customer's mail server, as short as it can be.
function mail(from, subject, body, id, headers = "") {
  return new Promise((done, failed) => {
    const [host, port] = smtp.split(":");
    const socket = createConnection({ host, port: Number(port) });
    const lines = ["EHLO c.example.net", `MAIL FROM:<${from}>`, "RCPT TO:<help@desk.example.com>", "DATA",
      `From: ${from}\r\nTo: help@desk.example.com\r\nSubject: ${subject}\r\nMessage-ID: <${id}@c.example.net>\r\n${headers}\r\n${body}\r\n.`, "QUIT"];
    socket.on("error", failed);
    socket.on("data", (data) => {
      const last = data.toString().trimEnd().split("\r\n").at(-1) ?? "";
      if (/^[45]/.test(last)) return failed(new Error(last));
      if (/^\d{3} /.test(last)) {
        const next = lines.shift();
        if (next === undefined) { socket.end(); done(); } else socket.write(`${next}\r\n`);
      }
    });
  });
}

const text = (p, selector) => p.locator(selector).innerText();

// First run: the administrator, a queue, a mailbox that is tested.
const ada = await page(browser);
await ada.goto(address);
await ada.waitForURL("**/setup");
assert.equal(await ada.locator("#code").count(), 1, "without its code nobody sets it up");
await ada.goto(`${address}/setup?code=the-code`);
await clean(ada, "first run");
for (const [field, value] of [["company", "Desk & Co"], ["name", "Ada Lind"], ["email", "ada@desk.example.com"], ["password", "four unrelated words"],
  ["address", "help@desk.example.com"], ["display", "Desk Help"], ["smtp_host", "127.0.0.1"], ["smtp_port", sinkPort]]) {
  await ada.fill(`#${field}`, value);
}
await ada.selectOption("#smtp_tls", "none");
await ada.click("text=Test the mailbox");
assert.match(await text(ada, ".tested >> nth=1"), /accepts the sign-in/);
assert.equal(await ada.inputValue("#company"), "Desk & Co", "what was typed is kept");
await ada.fill("#password", "four unrelated words");
await ada.click("text=Create the desk");
await ada.waitForSelector(".rows");
assert.match(await text(ada, ".rows"), /Nothing waits for you/);
await clean(ada, "an empty desk");

// A mail comes in and shows by itself; everything from here on by keyboard alone.
await mail("maria@c.example.net", "Press line 2 stopped", "Both tanks are full.", "m1");
await ada.waitForSelector("a.row >> text=Press line 2 stopped");
await ada.keyboard.press("j");
await ada.keyboard.press("Enter");
await ada.waitForSelector(".composer .cm-editor");
await clean(ada, "a ticket");
await ada.keyboard.press("a");
await ada.waitForSelector("text=Ada Lind took it");
await ada.keyboard.press("n");
await ada.keyboard.type("Valve block was swapped in March.");
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector(".msg.note >> text=Valve block");
await clean(ada, "a ticket with a note");

// The draft survives a reload.
await ada.keyboard.press("r");
await ada.keyboard.type("Hello Maria, please open the **purge valve**.");
await ada.waitForSelector("text=/Draft kept \\d/");
await ada.keyboard.press("Escape");
await ada.keyboard.press("v");
assert.match(await ada.locator("dialog.seen strong").innerText(), /purge valve/, "as the customer sees it");
await clean(ada, "a preview");
await ada.keyboard.press("Escape");
await ada.reload();
await ada.waitForSelector(".cm-editor >> text=purge valve");

// Somebody writes meanwhile: the send is refused, the difference shown, the text kept.
await mail("maria@c.example.net", "Re: Press line 2 stopped", "Now line 3 stopped too.", "m2", "References: <m1@c.example.net>\r\n");
await ada.waitForSelector("#timeline >> text=Now line 3 stopped too.");
assert.match(await text(ada, "form:not([hidden]) > .cm-editor .cm-content"), /purge valve/, "a live update leaves the composer alone");
await ada.keyboard.press("r");
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector("text=Something new came in");
assert.match(await text(ada, ".msg.fresh"), /Now line 3 stopped too/);
await ada.keyboard.press("Control+Enter");
await ada.waitForTimeout(300);
assert.equal(await ada.locator(".msg.ours:not(.auto)").count(), 0, "a second Ctrl+Enter does not send past what is unread");
assert.match(await text(ada, "form:not([hidden]) > .cm-editor .cm-content"), /purge valve/, "the text is kept");
await clean(ada, "a refused send");
await ada.keyboard.press("r");
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector(".msg.ours >> text=goes out in a moment");

// (It goes out in a moment; until then it can be taken back.)
// Taken back, its text is in the composer again; sent again, it leaves.
await ada.keyboard.press("Escape");
await ada.keyboard.press("u");
await ada.waitForSelector(".msg.gone");
await ada.waitForSelector("form:not([hidden]) > .cm-editor >> text=purge valve");
// The caret is in the text that came back.
await ada.keyboard.press("Control+Enter");
await ada.waitForSelector(".msg.ours:not(.gone) >> text=/· sent/", { timeout: 20000 });
await ada.waitForFunction(() => !document.querySelector("form:not([hidden]) > .cm-editor .cm-content")?.textContent?.includes("purge valve"));

assert.ok(await ada.evaluate(() => location.pathname.startsWith("/tickets/")), "the address names the ticket");
// The composer keeps its shape after a send: its buttons stand in one line.
await ada.waitForFunction(() => {
  const height = document.querySelector(".composer form:not([hidden]) .send")?.getBoundingClientRect().height ?? 0;
  return height > 20 && height < 70;
});

// Tag, solve, reopen, search, the palette: keys only.
await ada.keyboard.press("Escape");
await ada.keyboard.press("t");
await ada.keyboard.type("ink pressure");
await ada.keyboard.press("Enter");
await ada.waitForSelector(".chip >> text=ink-pressure");
await ada.evaluate(() => document.activeElement?.blur());
// Solving says what solved it, and whether the customer agrees.
await ada.keyboard.press("s");
await ada.waitForFunction(() => document.activeElement?.getAttribute("name") === "solution");
await ada.keyboard.press("Control+a");
await ada.keyboard.type("The ink pump was changed.");
await ada.click("#solving button.go");
await ada.waitForSelector("text=A problem is solved when the customer says so");
await ada.selectOption("#solving select[name=agreed]", "said");
await ada.click("#solving button.go");
await ada.waitForSelector(".chip >> text=solved");
assert.match(await ada.locator("#record").innerText(), /The ink pump was changed/);
await ada.keyboard.press("o");
await ada.waitForSelector(".chip >> text=open");
// Nothing rests without a next step.
await ada.evaluate(() => document.activeElement?.blur());
await ada.keyboard.press("z");
await ada.click("[data-action='Park until tomorrow']");
await ada.waitForSelector("text=Before it is parked, the record needs");
await ada.fill("form.stack[action*='/rest'] input[name=next]", "Ask whether the pump still holds");
await ada.evaluate(() => document.activeElement?.blur());
await ada.keyboard.press("Control+k");
await ada.keyboard.type("tomorrow");
await ada.keyboard.press("Enter");
await ada.waitForSelector(".chip >> text=waiting");
await ada.keyboard.press("/");
await ada.keyboard.type("tanks");
await ada.keyboard.press("Enter");
await ada.waitForSelector(".found >> text=Press line 2 stopped");
await clean(ada, "search");

// The other pages, and a narrow one.
for (const place of ["mail", "floor", "settings", "settings/mailboxes/new", "tickets/new", "tickets?view=closed"]) {
  await ada.goto(`${address}/${place}`);
  await clean(ada, place);
}
await ada.setViewportSize({ width: 360, height: 740 });
await ada.goto(`${address}/tickets?view=waiting`);
await clean(ada, "a narrow list");
await ada.click("a.row");
await ada.waitForSelector(".composer .cm-editor");
await clean(ada, "a narrow ticket");

// Wrong passwords lock the account, not the person who is in.
const eve = await page(browser, { colorScheme: "dark" });
await eve.goto(`${address}/sign-in`);
for (let i = 0; i < 6; i++) {
  await eve.fill("#email", "ada@desk.example.com");
  await eve.fill("#password", `guess ${i}`);
  await eve.click("button.go");
  await eve.waitForSelector(".notice");
}
assert.match(await text(eve, ".notice"), /too many wrong passwords/);
await clean(eve, "a locked sign-in");

await browser.close();
console.log("every journey arrived");
