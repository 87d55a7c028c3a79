import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { State } from "$lib/api/types";
import { Notifications } from "./notifications.svelte";

const shown: { title: string; body: string; tag: string }[] = [];

class FakeNotification {
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static requestPermission = (): Promise<NotificationPermission> => {
    FakeNotification.permission = FakeNotification.answer;
    return Promise.resolve(FakeNotification.answer);
  };
  onclick: (() => void) | null = null;

  constructor(title: string, { body, tag }: { body: string; tag: string }) {
    shown.push({ title, body, tag });
  }
}

const row = (state: State, id = "one") => ({
  id,
  name: "first-voice",
  state,
  cause:
    state === "failed"
      ? { code: "memory", sentence: "Out of GPU memory.", next_step: "", fix: {}, lines: [] }
      : null,
});

beforeEach(() => {
  localStorage.clear();
  shown.length = 0;
  FakeNotification.permission = "default";
  FakeNotification.answer = "granted";
  vi.stubGlobal("Notification", FakeNotification);
  vi.stubGlobal("isSecureContext", true);
  vi.spyOn(document, "hasFocus").mockReturnValue(false);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("notifications", () => {
  it("are off until somebody asks for them", async () => {
    const notifications = new Notifications();
    notifications.hear([row("training")]);
    notifications.hear([row("succeeded")]);
    expect([notifications.on, shown]).toEqual([false, []]);
    expect(await notifications.enable()).toBe(true);
    expect(new Notifications().on).toBe(true); // remembered
    notifications.disable();
    expect(new Notifications().on).toBe(false);
  });

  it("stay off where the browser was told no", async () => {
    FakeNotification.answer = "denied";
    expect(await new Notifications().enable()).toBe(false);
  });

  it("tell of a job that ends, with why it failed", async () => {
    const notifications = new Notifications();
    await notifications.enable();
    notifications.hear([row("training"), row("queued", "two")]);
    notifications.hear([row("failed")]);
    notifications.hear([row("failed")]);
    expect(shown).toEqual([
      { title: "first-voice failed", body: "Out of GPU memory.", tag: "one" },
    ]);
  });

  it("are silent about what had ended before, and while one looks at the page", async () => {
    const notifications = new Notifications();
    await notifications.enable();
    notifications.hear([row("succeeded")]);
    notifications.hear([row("training", "two")]);
    vi.mocked(document.hasFocus).mockReturnValue(true);
    notifications.hear([row("succeeded", "two")]);
    expect(shown).toEqual([]);
  });
});
