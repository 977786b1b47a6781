// The player of a recording: both sides drawn, what happened marked on them. Without this, the browser's own player is there.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
const MIDDLE = HEIGHT / 2;

type Waveform = { seconds: number; caller: number[]; others: number[] };

export function players(): void {
  for (const player of document.querySelectorAll<HTMLElement>("[data-player]:not([data-ready])")) {
    player.dataset.ready = "";
    const audio = player.querySelector("audio");
    if (audio) ready(player, audio);
  }
}

function ready(player: HTMLElement, audio: HTMLAudioElement): void {
  const speed = player.querySelector<HTMLSelectElement>("[data-speed]");
  if (speed) {
    (speed.parentElement as HTMLElement).hidden = false;
    speed.addEventListener("change", () => (audio.playbackRate = Number(speed.value)));
    audio.addEventListener("play", () => (audio.playbackRate = Number(speed.value)));
  }
  player.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-seek]");
    if (button) seek(audio, Number(button.dataset.seek), true);
  });
  // Drawn when it is looked at; most recordings never are.
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    void draw(player, audio);
  });
  seen.observe(player);
}

async function draw(player: HTMLElement, audio: HTMLAudioElement): Promise<void> {
  const wave = player.querySelector<HTMLElement>("[data-wave]");
  const answer = await fetch(player.dataset.player ?? "", { credentials: "same-origin" }).catch(() => null);
  if (!wave || !answer?.ok) return;
  const { seconds, caller, others } = (await answer.json()) as Waveform;
  const svg = element("svg", { viewBox: `0 0 ${caller.length} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(side("caller", caller, -1), side("ours", others, 1));
  for (const button of player.querySelectorAll<HTMLElement>("[data-seek]")) {
    const x = String((Number(button.dataset.seek) / seconds) * caller.length);
    svg.append(element("line", { class: "moment", x1: x, x2: x, y1: "0", y2: String(HEIGHT) }));
  }
  const place = element("line", { class: "place", x1: "0", x2: "0", y1: "0", y2: String(HEIGHT) });
  svg.append(place);
  const label = (words: string, name: string) => {
    const span = document.createElement("span");
    span.className = `side ${name}`;
    span.textContent = words;
    return span;
  };
  wave.append(svg, label("Caller", "caller"), label("Us", "ours"));
  wave.hidden = false;
  wave.setAttribute("aria-valuemax", String(Math.round(seconds)));
  const show = () => {
    const x = String((audio.currentTime / seconds) * caller.length);
    place.setAttribute("x1", x);
    place.setAttribute("x2", x);
    wave.setAttribute("aria-valuenow", String(Math.round(audio.currentTime)));
    wave.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(seconds)}`);
  };
  show();
  for (const name of ["timeupdate", "seeking"]) audio.addEventListener(name, show);
  wave.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    seek(audio, ((event.clientX - box.left) / box.width) * seconds, true);
  });
  wave.addEventListener("keydown", (event) => byKey(event, audio, seconds));
}

function byKey(event: KeyboardEvent, audio: HTMLAudioElement, seconds: number): void {
  const at = audio.currentTime;
  const to: Record<string, number> = {
    ArrowRight: at + 5,
    ArrowUp: at + 5,
    ArrowLeft: at - 5,
    ArrowDown: at - 5,
    PageUp: at + 30,
    PageDown: at - 30,
    Home: 0,
    End: seconds,
  };
  const next = to[event.key];
  if (event.key === " ") void (audio.paused ? audio.play() : audio.pause());
  else if (next !== undefined) seek(audio, Math.min(Math.max(next, 0), seconds), false);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// A recording that was never played has no place yet: it gets one as soon as it is known how long it is.
function seek(audio: HTMLAudioElement, to: number, play: boolean): void {
  if (audio.readyState === 0) {
    audio.addEventListener("loadedmetadata", () => (audio.currentTime = to), { once: true });
    audio.load();
  }
  audio.currentTime = to;
  if (play) void audio.play();
}

// One filled shape: up for the caller, down for us. A quiet line is still a line.
function side(name: string, peaks: number[], up: number): SVGElement {
  const points = peaks.map((peak, x) => `L${x} ${(MIDDLE + up * (1 + (MIDDLE - 4) * Math.sqrt(peak / 255))).toFixed(1)}`);
  return element("path", { class: name, d: `M0 ${MIDDLE}${points.join("")}L${peaks.length - 1} ${MIDDLE}Z` });
}

function element(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
