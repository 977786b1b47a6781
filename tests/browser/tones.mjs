// Microphones that say one tone, and ears that tell which tones are on a line.
import assert from "node:assert/strict";

// Run in the page before its own scripts: the microphone is made here, and what is received is kept for listening.
export function toneMicrophone(hz) {
  return microphone(`
    const tone = context.createOscillator();
    const level = context.createGain();
    level.gain.value = 0.3;
    tone.frequency.value = ${hz};
    tone.connect(level).connect(out);
    tone.start();`);
}

// A silent microphone until `say` has it speak: µ-law words by name, each at a moment of the wall clock.
export function speakingMicrophone() {
  return microphone(`
    window.say = (said) => said.forEach(({ at, words }) => {
      const bytes = Uint8Array.from(atob(words), (c) => c.charCodeAt(0));
      const buffer = context.createBuffer(1, bytes.length, 8000);
      buffer.getChannelData(0).set(Float32Array.from(bytes, (byte) => {
        const b = ~byte & 0xff;
        const size = ((((b & 15) << 3) + 0x84) << ((b >> 4) & 7)) - 0x84;
        return (b & 0x80 ? -size : size) / 32768;
      }));
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(out);
      source.start(context.currentTime + (at - Date.now()) / 1000);
    });`);
}

function microphone(makes) {
  return `(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      const out = context.createMediaStreamDestination();
      ${makes}
      await context.resume();
      return out.stream;
    };
    const Real = RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(...given) {
        super(...given);
        this.addEventListener("track", (event) => (window.heard = event.streams[0] ?? new MediaStream([event.track])));
      }
    };
  })()`;
}

// The tones among these that are heard now, each with its share of the power; and how loud it is altogether.
export async function listen(page, tones) {
  return page.evaluate(async (tones) => {
    if (!window.heard) return { loud: 0, tones: [] };
    if (window.ears?.of !== window.heard) {
      const context = new AudioContext({ sampleRate: 48000 });
      await context.resume();
      // Chromium lets a remote stream into WebAudio only while an element plays it.
      const plays = new Audio();
      plays.srcObject = window.heard;
      plays.muted = true;
      await plays.play();
      const analyser = context.createAnalyser();
      analyser.fftSize = 32768;
      context.createMediaStreamSource(window.heard).connect(analyser);
      window.ears = { of: window.heard, analyser, plays };
    }
    await new Promise((done) => setTimeout(done, 900));
    const samples = new Float32Array(32768);
    window.ears.analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, v) => sum + v * v, 0) / samples.length;
    const share = (hz) => {
      const c = 2 * Math.cos((2 * Math.PI * hz) / 48000);
      let [a, b] = [0, 0];
      for (const v of samples) [a, b] = [v + c * a - b, a];
      return (2 * (a * a + b * b - c * a * b)) / (samples.length * samples.length) / (power || 1);
    };
    const heard = tones.filter((hz) => power > 1e-5 && share(hz) > 0.2);
    return { loud: Math.sqrt(power), tones: heard };
  }, tones);
}

// Ears for these tones: they look again until somebody hears just what they should. Music and ringing are none of the tones.
export function ears(all) {
  return async (page, tones, why) => {
    let last;
    for (let tries = 0; tries < 10; tries++) {
      last = await listen(page, all);
      if (JSON.stringify(last.tones) === JSON.stringify(tones)) return last;
    }
    assert.deepEqual(last.tones, tones, why);
  };
}
