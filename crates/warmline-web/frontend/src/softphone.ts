// The softphone: one connection for as long as the page is open; calls come and go on it. It lives outside the page's
// elements, so that going from ticket to ticket does not end a call.

import { heard, rehearsal, rehearsed, stageChanged, type Heard, type Rehearsed, type Stage } from "./listening";

type Told =
  | Heard
  | Rehearsed
  | { type: "answer"; sdp: string }
  | { type: "ring"; call: string; leg: number; auto: boolean }
  | { type: "quiet" | "talking" | "idle" | "replaced" }
  | { type: "refused"; why: string };

const WANTED = "warmline.phone";
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Line {
  private socket: WebSocket | null = null;
  private peer: RTCPeerConnection | null = null;
  private mic: MediaStream | null = null;
  private readonly audio = new Audio();
  private ringing: { call: string; leg: number } | null = null;
  private tone: { stop(): void } | null = null;
  private retry = 0;
  private rejoined = false;
  private timer = 0;
  // Counts connections: what an older one still waits for is not for the newer.
  private run = 0;
  muted = false;

  constructor(
    private readonly path: string,
    private readonly tell: (state: string, why?: string) => void,
    private readonly comesBack: boolean,
  ) {
    this.audio.autoplay = true;
  }

  get wanted(): boolean {
    return this.socket !== null;
  }

  async connect(): Promise<void> {
    this.close();
    const run = ++this.run;
    this.tell("connecting");
    try {
      const mic = await navigator.mediaDevices.getUserMedia({ audio: SOUND, video: false });
      if (run !== this.run) return mic.getTracks().forEach((track) => track.stop());
      this.mic = mic;
    } catch {
      if (run !== this.run) return;
      this.tell("refused", "The browser does not let this page use a microphone. Allow it in the address bar, then connect again.");
      return;
    }
    const socket = new WebSocket(this.path.replace(/^/, location.origin.replace(/^http/, "ws")));
    this.socket = socket;
    socket.onopen = () => void this.offer(socket);
    socket.onmessage = (event) => void this.told(JSON.parse(String(event.data)) as Told);
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.close();
      this.tell("lost");
      // The desk may have been restarted; the line is taken up again.
      if (this.comesBack && this.retry < 20) this.timer = window.setTimeout(() => void this.connect(), 500 * ++this.retry);
    };
  }

  private async offer(socket: WebSocket): Promise<void> {
    const peer = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    this.peer = peer;
    for (const track of this.mic?.getTracks() ?? []) {
      track.enabled = false;
      peer.addTrack(track, this.mic as MediaStream);
    }
    peer.ontrack = (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.audio.play().catch(() => this.tell("blocked"));
    };
    await peer.setLocalDescription();
    socket.send(JSON.stringify({ type: "offer", sdp: peer.localDescription?.sdp ?? "" }));
  }

  private async told(told: Told): Promise<void> {
    switch (told.type) {
      case "answer":
        await this.peer?.setRemoteDescription({ type: "answer", sdp: told.sdp });
        return;
      case "ring":
        this.ringing = { call: told.call, leg: told.leg };
        this.rejoined = told.auto;
        if (told.auto) return this.answer();
        this.ring(true);
        return this.tell("ringing");
      case "heard":
        return heard(told);
      case "rehearsed":
        return rehearsed(told);
      case "talking":
        this.ring(false);
        this.speak(true);
        this.tell(this.rejoined ? "talking" : "answered");
        this.rejoined = false;
        return;
      case "quiet":
      case "idle":
        this.retry = 0;
        this.ringing = null;
        heard(null);
        this.ring(false);
        this.speak(false);
        return this.tell("idle");
      case "replaced":
        this.close();
        return this.tell("replaced");
      case "refused":
        this.close();
        return this.tell("refused", told.why);
    }
  }

  answer(): void {
    if (!this.ringing || !this.socket) return;
    this.socket.send(JSON.stringify({ type: "accept", ...this.ringing }));
    this.ringing = null;
  }

  press(key: string): void {
    this.socket?.send(JSON.stringify({ type: "key", key }));
  }

  // What is said goes to the desk and back, to nobody else.
  rehearse(on: boolean): void {
    this.socket?.send(JSON.stringify({ type: "rehearse", on }));
    this.speak(on);
  }

  playBack(): void {
    this.socket?.send(JSON.stringify({ type: "play_back" }));
    this.speak(false);
  }

  hangUp(): void {
    this.socket?.send(JSON.stringify({ type: "hang_up" }));
  }

  mute(on: boolean): void {
    this.muted = on;
    for (const track of this.mic?.getAudioTracks() ?? []) track.enabled = !on;
  }

  // Nothing leaves the room while nobody is on the line.
  private speak(on: boolean): void {
    this.muted = false;
    for (const track of this.mic?.getAudioTracks() ?? []) track.enabled = on;
  }

  private ring(on: boolean): void {
    this.tone?.stop();
    this.tone = on ? ringTone() : null;
  }

  close(): void {
    this.run += 1;
    clearTimeout(this.timer);
    this.ring(false);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.peer?.close();
    this.peer = null;
    this.mic?.getTracks().forEach((track) => track.stop());
    this.mic = null;
    this.audio.srcObject = null;
  }
}

// Two soft notes, every three seconds.
function ringTone(): { stop(): void } {
  const context = new AudioContext();
  const play = () => {
    [523, 659].forEach((hertz, i) => {
      const note = context.createOscillator();
      const level = context.createGain();
      note.frequency.value = hertz;
      level.gain.setValueAtTime(0.0001, context.currentTime + i * 0.3);
      level.gain.exponentialRampToValueAtTime(0.12, context.currentTime + i * 0.3 + 0.05);
      level.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + i * 0.3 + 0.6);
      note.connect(level).connect(context.destination);
      note.start(context.currentTime + i * 0.3);
      note.stop(context.currentTime + i * 0.3 + 0.7);
    });
  };
  play();
  const timer = setInterval(play, 3000);
  return {
    stop: () => {
      clearInterval(timer);
      void context.close();
    },
  };
}

const WORDS: Record<string, string> = {
  connecting: "Connecting …",
  idle: "Phone on",
  ringing: "Phone on",
  talking: "Phone on",
  answered: "Phone on",
  lost: "Phone lost, trying again",
  blocked: "Click to hear",
  replaced: "Phone is in another window",
  refused: "Phone off",
  off: "Phone off",
};

// The phone of the signed-in page.
export function softphone(): void {
  if (!document.body.dataset.sequence) return;
  let state = "off";
  const show = () => {
    document.querySelectorAll<HTMLElement>("[data-phone]").forEach((button) => {
      const label = button.querySelector("span") ?? button;
      label.textContent = WORDS[state] ?? "Phone";
      label.classList.toggle("available", ["idle", "ringing", "talking", "answered"].includes(state));
      button.setAttribute("aria-pressed", String(line.wanted));
    });
    document.querySelectorAll<HTMLButtonElement>("[data-mute]").forEach((b) => {
      b.setAttribute("aria-pressed", String(line.muted));
      // Another window has the phone: here is nothing to mute.
      b.disabled = !line.wanted;
    });
    openTicket();
    const ringing = document.querySelector(".callbar.rings .who b")?.textContent;
    const plain = document.title.replace(/^☎ .*? calls · /, "");
    document.title = ringing ? `☎ ${ringing} calls · ${plain}` : plain;
  };
  // Whoever answers has the ticket before them, unless they are in the middle of writing.
  const openTicket = () => {
    if (state !== "answered" || document.querySelector(".callbar.rings")) return;
    const link = document.querySelector<HTMLAnchorElement>("#callbar .callrow a.mono");
    if (!link) return;
    state = "talking";
    const writing = [...document.querySelectorAll<HTMLTextAreaElement>(".composer form:not([hidden]) textarea")].some((t) => t.value.trim() !== "");
    if (!writing && link.pathname !== location.pathname) link.click();
  };
  const line = new Line("/phone", (next, why) => {
    state = next;
    if (why) say(why);
    if (next === "refused") localStorage.removeItem(WANTED);
    stageChanged(stage);
    show();
  }, true);
  const on = () => {
    localStorage.setItem(WANTED, "yes");
    void line.connect();
  };
  const stage: Stage = {
    ready: () => state === "idle",
    rings: () => state === "ringing",
    talking: () => ["talking", "answered"].includes(state),
    connect: on,
    rehearse: (wanted) => line.rehearse(wanted),
    playBack: () => line.playBack(),
  };
  rehearsal(stage);
  // The second click of a double click would hit the button that has moved under the hand.
  document.addEventListener("click", (event) => {
    if (event.detail < 2 || !(event.target as Element).closest("#callbar button")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-phone]")) {
      if (line.wanted && document.querySelector("#callbar [data-mute]")) {
        say("You are on a call. End it or hand it over before you turn the phone off.");
      } else if (line.wanted) {
        localStorage.removeItem(WANTED);
        line.close();
        state = "off";
        show();
      } else {
        on();
      }
    }
    if (target.closest("[data-answer]")) line.answer();
    if (target.closest("[data-mute]")) {
      line.mute(!line.muted);
      show();
    }
  });
  document.addEventListener("warmline:drawn", show);
  if (localStorage.getItem(WANTED)) void line.connect();
  show();
}

function say(why: string): void {
  const note = document.createElement("p");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  note.textContent = why;
  document.querySelector(".callbar-box")?.append(note);
}

// A customer who calls from a page.
export function caller(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-caller]");
  const state = form?.querySelector<HTMLElement>("[data-state]");
  const call = form?.querySelector<HTMLButtonElement>("[data-call]");
  const end = form?.querySelector<HTMLButtonElement>("[data-hang-up]");
  const object = form?.querySelector<HTMLButtonElement>("[data-object]");
  const keys = form?.querySelector<HTMLElement>("[data-keys]");
  if (!form || !state || !call || !end) return;
  let line: Line | null = null;
  const over = (words: string) => {
    line?.close();
    line = null;
    call.hidden = false;
    end.hidden = true;
    if (object) object.hidden = true;
    if (keys) keys.hidden = true;
    state.textContent = words;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = String(new FormData(form).get("name") ?? "");
    call.hidden = true;
    end.hidden = false;
    if (object) object.hidden = false;
    if (keys) keys.hidden = false;
    line = new Line(`/call/line?name=${encodeURIComponent(name)}`, (next, why) => {
      if (next === "connecting") state.textContent = "Connecting. Your browser may ask for the microphone.";
      else if (next === "talking" || next === "answered") state.textContent = "You are connected. Somebody will be with you.";
      else if (next === "blocked") state.textContent = "Click anywhere to hear us.";
      else if (why) over(why);
      else over("The call is over. Thank you.");
    }, false);
    void line.connect();
  });
  object?.addEventListener("click", () => {
    line?.press("9");
    object.hidden = true;
    state.textContent = "You are not recorded.";
  });
  for (const key of form.querySelectorAll<HTMLButtonElement>("[data-key]")) {
    key.addEventListener("click", () => line?.press(key.dataset.key ?? ""));
  }
  end.addEventListener("click", () => {
    line?.hangUp();
    over("The call is over. Thank you.");
  });
  addEventListener("pagehide", () => line?.hangUp());
}
