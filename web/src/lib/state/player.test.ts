import { beforeEach, describe, expect, it, vi } from "vitest";
import { Player } from "./player.svelte";

/** An audio element as far as the player uses one; the test says when something happens. */
class FakeAudio extends EventTarget {
  src = "";
  preload = "";
  currentTime = 0;
  ended = false;
  refuse: Error | null = null;

  play = vi.fn(async () => {
    await Promise.resolve();
    if (this.refuse) throw this.refuse;
    this.ended = false;
    this.dispatchEvent(new Event("playing"));
  });

  pause = vi.fn(() => {
    this.dispatchEvent(new Event("pause"));
  });

  end(): void {
    this.ended = true;
    this.dispatchEvent(new Event("pause"));
    this.dispatchEvent(new Event("ended"));
  }

  at(seconds: number): void {
    this.currentTime = seconds;
    this.dispatchEvent(new Event("timeupdate"));
  }
}

let audio: FakeAudio;
let player: Player;
const made = vi.fn(() => audio as unknown as HTMLAudioElement);

beforeEach(() => {
  audio = new FakeAudio();
  made.mockClear();
  made.mockImplementation(() => audio as unknown as HTMLAudioElement);
  player = new Player(made);
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
});

async function settled() {
  await new Promise((done) => setTimeout(done));
}

describe("Player", () => {
  it("makes nothing before something is played", () => {
    expect(made).not.toHaveBeenCalled();
  });

  it("plays, pauses and goes on where it was", async () => {
    player.toggle("a.wav");
    await settled();
    expect(player).toMatchObject({ current: "a.wav", playing: true });

    audio.at(0.7);
    player.toggle("a.wav");
    expect(player).toMatchObject({ playing: false, position: 0.7 });

    player.toggle("a.wav");
    await settled();
    expect(player).toMatchObject({ playing: true, position: 0.7 });
    expect(audio.play).toHaveBeenCalledTimes(2);
  });

  it("plays one at a time, through one element", async () => {
    player.toggle("a.wav");
    await settled();
    player.toggle("b.wav");
    await settled();
    expect(player).toMatchObject({ current: "b.wav", position: 0 });
    expect(audio.src).toBe("b.wav");
    expect(made).toHaveBeenCalledTimes(1);
  });

  it("plays several in their order and ends with the last", async () => {
    player.playAll(["a.wav", "b.wav"]);
    await settled();
    expect(audio.src).toBe("a.wav");
    audio.end();
    await settled();
    expect(player).toMatchObject({ current: "b.wav", playing: true, queue: [] });
    audio.end();
    await settled();
    expect(player).toMatchObject({ current: "b.wav", playing: false, position: 0 });
  });

  it("forgets the rest of several when another one is chosen", async () => {
    player.playAll(["a.wav", "b.wav", "c.wav"]);
    await settled();
    player.toggle("z.wav");
    await settled();
    audio.end();
    await settled();
    expect(player).toMatchObject({ current: "z.wav", playing: false });
  });

  it("begins again what has come to its end", async () => {
    player.toggle("a.wav");
    await settled();
    audio.end();
    player.toggle("a.wav");
    await settled();
    expect(player).toMatchObject({ playing: true, position: 0 });
  });

  it("says which one can't be played, and goes on with the next", async () => {
    player.playAll(["gone.wav", "b.wav"]);
    audio.dispatchEvent(new Event("error"));
    await settled();
    expect([...player.failed]).toEqual(["gone.wav"]);
    expect(player).toMatchObject({ current: "b.wav", playing: true });
  });

  it("does not take an interrupted start for a failure", async () => {
    audio.refuse = new DOMException("interrupted", "AbortError");
    player.toggle("a.wav");
    await settled();
    expect(player.failed.size).toBe(0);
  });

  it("seeks, and begins there what was not playing", async () => {
    player.seek("a.wav", 1.5);
    await settled();
    expect(audio).toMatchObject({ src: "a.wav", currentTime: 1.5 });
    expect(player.position).toBe(1.5);
    player.seek("a.wav", -3);
    expect(audio.currentTime).toBe(0);
  });

  it("ends when its page is left", async () => {
    player.playAll(["a.wav", "b.wav"]);
    await settled();
    player.stop();
    expect(player).toMatchObject({ current: null, playing: false, queue: [] });
  });

  it("begins a sound when its address is known, unless another is wanted by then", async () => {
    const told = new Map<string, (address: string) => void>();
    player = new Player(made, (source) => new Promise((tell) => told.set(source, tell)));
    player.toggle("late");
    expect([player.current, player.playing]).toEqual(["late", false]);
    told.get("late")?.("blob:late");
    await settled();
    expect([player.playing, audio.src]).toEqual([true, "blob:late"]);
    player.toggle("later");
    player.toggle("other");
    told.get("other")?.("blob:other");
    told.get("later")?.("blob:later");
    await settled();
    expect([player.current, audio.src]).toEqual(["other", "blob:other"]);
  });

  it("says of one whose address can't be had that it failed", async () => {
    player = new Player(made, () => Promise.reject(new Error("gone")));
    player.toggle("gone");
    await vi.waitFor(() => {
      expect(player.failed.has("gone")).toBe(true);
    });
  });
});
