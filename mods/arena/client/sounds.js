// Every sound is made here, of a tone or of noise: nothing to fetch. Browsers allow sound after the first key or click only.

const HEARD = 900; // world units; further away nothing is heard
const VOICES = 24;

const TONES = {
  Shot: { from: 640, to: 170, seconds: 0.09, volume: 0.16, type: "square" },
  Struck: { from: 240, to: 120, seconds: 0.05, volume: 0.05, type: "triangle" },
  Hit: { from: 320, to: 90, seconds: 0.12, volume: 0.22, type: "sawtooth" },
  Died: { from: 280, to: 40, seconds: 0.5, volume: 0.3, type: "sawtooth" },
  Picked: { from: 520, to: 1040, seconds: 0.18, volume: 0.16, type: "sine" },
  Respawned: { from: 260, to: 780, seconds: 0.3, volume: 0.12, type: "sine" },
  Dashed: { from: 180, to: 420, seconds: 0.16, volume: 0.12, type: "triangle" },
  RoundEnded: { from: 392, to: 784, seconds: 0.9, volume: 0.2, type: "triangle" },
};

export class Sounds {
  constructor({ hud }) {
    this.hud = hud;
    // here, not at the first key: asking for the device holds a page up for 30 to 50 ms, and that key's move would show late
    this.audio = new AudioContext();
    this.muted = false;
    this.playing = 0;
    this.own = null;
    this.wake = () => this.resume();
    this.toggle = (event) => this.keyDown(event);
    addEventListener("pointerdown", this.wake);
    addEventListener("keydown", this.wake);
    addEventListener("keydown", this.toggle);
  }

  resume() {
    if (this.audio.state === "suspended") this.audio.resume();
  }

  keyDown({ code, target, repeat }) {
    if (code !== "KeyM" || repeat || target instanceof HTMLInputElement) return;
    this.muted = !this.muted;
    this.hud.feed(this.muted ? "Sound off" : "Sound on");
  }

  frame({ own }) {
    this.own = own ?? null;
  }

  event({ name, body }) {
    const tone = TONES[name];
    if (!tone || this.muted || this.audio.state !== "running" || this.playing >= VOICES) return;
    const volume = tone.volume * this.nearness(body);
    if (volume > 0.004) this.play(tone, volume);
  }

  nearness({ x, y }) {
    if (x === undefined || !this.own) return 1;
    return Math.max(0, 1 - Math.hypot(x - this.own.x, y - this.own.y) / HEARD) ** 2;
  }

  play({ from, to, seconds, type }, volume) {
    const now = this.audio.currentTime;
    const voice = this.audio.createOscillator();
    const loudness = this.audio.createGain();
    const pitch = 0.94 + Math.random() * 0.12;
    voice.type = type;
    voice.frequency.setValueAtTime(from * pitch, now);
    voice.frequency.exponentialRampToValueAtTime(to * pitch, now + seconds);
    loudness.gain.setValueAtTime(volume, now);
    loudness.gain.exponentialRampToValueAtTime(0.0008, now + seconds);
    voice.connect(loudness).connect(this.audio.destination);
    this.playing += 1;
    voice.onended = () => {
      this.playing -= 1;
    };
    voice.start(now);
    voice.stop(now + seconds);
  }

  destroy() {
    removeEventListener("pointerdown", this.wake);
    removeEventListener("keydown", this.wake);
    removeEventListener("keydown", this.toggle);
    this.audio.close();
  }
}
