// One headless Chromium, and pages that complain about anything a person would stumble on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function open() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// A page whose script errors and refused resources are collected.
export async function page(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const fresh = await context.newPage();
  fresh.problems = [];
  fresh.on("pageerror", (error) => fresh.problems.push(`script: ${error.message}`));
  fresh.on("console", (message) => {
    // A refusal is an answer with a status; the browser logs it and the page shows it.
    if (message.type() === "error" && !/status of (401|409|422|429)/.test(message.text())) fresh.problems.push(`console: ${message.text()}`);
  });
  return fresh;
}

// Findings of axe-core that are serious or worse.
export async function axe(page) {
  // Colours that are still changing from light to dark are nobody's colours.
  await page.evaluate(() => Promise.race([Promise.all(document.getAnimations().map((a) => a.finished.catch(() => 0))), new Promise((done) => setTimeout(done, 1000))]));
  // Evaluated in the page by the debugger, which the page's own policy does not bind.
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary ?? ""}`).slice(0, 3).join(" | ")}`);
}

// Nothing on this page hinders anybody: no finding, no error of a script, nothing to scroll sideways for.
export async function usable(p, where) {
  assert.deepEqual(await axe(p), [], `axe on ${where}`);
  assert.deepEqual(p.problems, [], `problems on ${where}`);
  const wide = await p.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${where} is ${wide} px too wide`);
}
