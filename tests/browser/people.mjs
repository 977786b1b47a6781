// People at their desks, as the journeys need them.
import { page } from "./browser.mjs";

// Fills a form in, by the names of its fields.
async function fill(p, within, fields) {
  for (const [name, value] of Object.entries(fields)) await p.fill(`${within} [name=${name}]`, value);
}

// The first page of a new desk, as Ada Lind fills it; she is signed in then.
export async function setUp(p, address, code, sinkPort) {
  await p.goto(`${address}/setup?code=${code}`);
  await fill(p, "form", { company: "Desk & Co", name: "Ada Lind", email: "ada@desk.example.com", password: "four unrelated words",
    address: "help@desk.example.com", display: "Desk Help", smtp_host: "127.0.0.1", smtp_port: sinkPort });
  await p.selectOption("#smtp_tls", "none");
  await p.click("text=Create the desk");
  await p.waitForSelector(".rows");
}

// An administrator writes the whole policy anew.
export async function setPolicy(p, address, toml) {
  await p.goto(`${address}/settings`);
  await p.fill("textarea[name=policy]", toml);
  const saved = p.waitForResponse((r) => r.url().endsWith("/settings/policy"));
  await p.click("text=Save the policy");
  await saved;
  await p.waitForLoadState();
}

// A ticket is written down for somebody who said it; its page is open then.
export async function newTicket(p, address, subject, text, name = "Maria Okafor", from = "maria@c.example.net") {
  await p.goto(`${address}/tickets/new`);
  await fill(p, "main", { name, address: from, subject, text });
  await p.click("main button.go");
  await p.waitForSelector(".composer .cm-editor");
  return p.url();
}

// Somebody with a browser of their own and this microphone.
export async function somebody(browser, microphone) {
  const fresh = await page(browser);
  await fresh.addInitScript(microphone);
  return fresh;
}

export async function signIn(p, address, email) {
  await p.goto(`${address}/sign-in`);
  await p.fill("#email", email);
  await p.fill("#password", "four unrelated words");
  await p.click("button:has-text('Sign in')");
  await p.waitForSelector(".rows");
}

// An administrator adds an agent.
export async function addPerson(p, address, name, email) {
  await p.goto(`${address}/settings`);
  await p.fill("#p-name", name);
  await p.fill("#p-email", email);
  await p.fill("#p-password", "four unrelated words");
  await p.click("text=Add a person");
  await p.getByText(email).waitFor();
}

export async function phoneOn(p) {
  await p.click("[data-phone]");
  await p.waitForSelector("[data-phone] .available");
}
