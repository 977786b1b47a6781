// How one listens and sounds: told to one's own page by its phone, shown calmly, kept nowhere.

export type Heard = { type: "heard"; share: number; words: string };
export type Rehearsed = {
  type: "rehearsed";
  seconds: number;
  pace: number;
  pace_word: string;
  range: number;
  range_word: string;
  full: boolean;
  playing: boolean;
};

// What the phone of the page can do for a rehearsal.
export type Stage = {
  ready(): boolean;
  rings(): boolean;
  talking(): boolean;
  connect(): void;
  rehearse(on: boolean): void;
  playBack(): void;
};

let last: Heard | null = null;

export function heard(told: Heard | null): void {
  last = told;
  show();
}

function show(): void {
  const line = document.querySelector<HTMLElement>("[data-heard]");
  if (!line) return;
  line.hidden = last === null;
  if (!last) return;
  write(line.querySelector("[data-heard-share]"), `${last.share} %`);
  write(line.querySelector("[data-heard-words]"), last.words);
  line.querySelector(".own")?.setAttribute("width", String(last.share));
}

function write(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

let waits = false;
let runs = false;

// The line has come up, or gone.
export function stageChanged(stage: Stage): void {
  if (waits && stage.ready()) begin(stage);
  if (!runs || stage.ready()) return;
  // Whoever lets it ring must not be listened to; whoever talks must not be muted.
  if (stage.rings()) stage.rehearse(false);
  over("The phone was needed, or is off. Begin again when you like.");
}

function begin(stage: Stage): void {
  [waits, runs] = [false, true];
  stage.rehearse(true);
  buttons({ start: false, stop: true, play: false });
  says("Speak now; it listens for up to half a minute.");
}

function over(words: string): void {
  [waits, runs] = [false, false];
  buttons({ start: true, stop: false, play: false });
  says(words);
}

function says(words: string): void {
  write(document.querySelector("[data-rehearsal-says]"), words);
}

function buttons(on: Record<string, boolean>): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-rehearse]")) {
    button.disabled = !on[button.dataset.rehearse ?? ""];
  }
}

export function rehearsed(told: Rehearsed): void {
  if (!document.querySelector("[data-rehearsal]")) return;
  const shown = { range: `${(told.range / 10).toFixed(1)} semitones`, pace: `${told.pace} a minute` };
  for (const name of ["range", "pace"] as const) {
    const meter = document.querySelector<HTMLMeterElement>(`[data-tone="${name}"]`);
    if (meter) meter.value = told[name];
    write(document.querySelector(`[data-tone-word="${name}"]`), told[name] ? `${told[`${name}_word`]}, ${shown[name]}` : "–");
  }
  if (told.full && runs && !told.playing) buttons({ start: true, stop: false, play: true });
}

export function rehearsal(stage: Stage): void {
  document.addEventListener("warmline:drawn", show);
  document.addEventListener("warmline:drawn", () => {
    // Another page is open now: nobody listens to the microphone any more.
    if ((runs || waits) && !document.querySelector("[data-rehearsal]")) {
      if (runs) stage.rehearse(false);
      [waits, runs] = [false, false];
    }
  });
  document.addEventListener("click", (event) => {
    const wish = (event.target as Element).closest<HTMLElement>("[data-rehearse]")?.dataset.rehearse;
    if (wish === "start") {
      if (stage.talking() || stage.rings()) return says("You are on a call. Rehearse when it is over.");
      if (stage.ready()) return begin(stage);
      waits = true;
      says("Turning the phone on. The browser may ask for the microphone.");
      stage.connect();
    } else if (wish === "stop" || wish === "play") {
      stage.playBack();
      buttons({ start: true, stop: false, play: true });
      says("This is how a caller hears you.");
    }
  });
}
