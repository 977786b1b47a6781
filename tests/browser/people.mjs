// People at their desks, as the journeys on the phone need them.
import { page } from "./browser.mjs";

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
