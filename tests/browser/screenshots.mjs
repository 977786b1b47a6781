// Pictures of the main pages, in light and dark, wide and narrow: node screenshots.mjs ADDRESS FOLDER
import { mkdirSync } from "node:fs";
import { axe, open, page } from "./browser.mjs";

const [address, folder, email = "you@lumenloom.example.com", password = "warm words win"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await open();
for (const [scheme, width, height] of [["light", 1440, 900], ["dark", 1440, 900], ["light", 360, 760], ["dark", 360, 760]]) {
  const p = await page(browser, { viewport: { width, height }, colorScheme: scheme });
  const shot = async (name) => {
    await p.screenshot({ path: `${folder}/${name}-${scheme}-${width}.png` });
    for (const finding of await axe(p)) console.log(`${name} ${scheme} ${width}: ${finding}`);
    const wide = await p.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) console.log(`${name} ${scheme} ${width}: ${wide} px too wide`);
  };
  await p.goto(`${address}/sign-in`);
  await shot("sign-in");
  await p.fill("#email", email);
  await p.fill("#password", password);
  await p.click("button.go");
  await p.waitForSelector(".rows");
  await shot("list");
  await p.locator("a.row", { hasText: "Press line 2" }).click();
  await p.waitForSelector(".composer .cm-editor");
  await p.waitForTimeout(300);
  await shot("ticket");
  if (width > 1000) {
    await p.keyboard.press("n");
    await shot("note");
    await p.keyboard.press("Escape");
    await p.keyboard.press("Control+k");
    await shot("palette");
    await p.keyboard.press("Escape");
  }
  for (const place of ["search?q=label", "mail", "floor", "settings", "tickets/new"]) {
    await p.goto(`${address}/${place}`);
    await shot(place.replace(/\W+/g, "-"));
  }
  for (const problem of p.problems) console.log(`${scheme} ${width}: ${problem}`);
  await p.context().close();
}
await browser.close();
