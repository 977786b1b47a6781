// What HTML cannot do by itself: quick navigation, the editor, keys, live updates. Every page works without it.
import { attention } from "./attention";
import { composers, keepDraftsFirst } from "./composer";
import { finders } from "./finder";
import { keys } from "./keys";
import { live } from "./live";
import { navigation, toNewest } from "./navigation";
import { countdowns } from "./countdown";
import { players } from "./player";
import { promises } from "./promises";
import { caller, softphone } from "./softphone";

function eachPage(): void {
  composers();
  countdowns();
  players();
  document.dispatchEvent(new Event("warmline:drawn"));
}

document.addEventListener("warmline:drawn", attention);
document.addEventListener("visibilitychange", attention);
navigation(eachPage);
keys();
finders();
keepDraftsFirst();
live();
softphone();
caller();
promises();
eachPage();
toNewest();
