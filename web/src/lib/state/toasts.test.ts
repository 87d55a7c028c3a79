import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError } from "$lib/api/problem";
import { Toasts } from "./toasts.svelte";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const texts = (toasts: Toasts) => toasts.list.map(({ text }) => text);

describe("toasts", () => {
  it("go by themselves, an error later", () => {
    const toasts = new Toasts();
    toasts.say("Saved.");
    toasts.say("Not saved.", { kind: "error" });
    vi.advanceTimersByTime(6000);
    expect(texts(toasts)).toEqual(["Not saved."]);
    vi.advanceTimersByTime(6000);
    expect(texts(toasts)).toEqual([]);
  });

  it("are four at most, the newest", () => {
    const toasts = new Toasts();
    for (const text of ["1", "2", "3", "4", "5"]) toasts.say(text);
    expect(texts(toasts)).toEqual(["2", "3", "4", "5"]);
  });

  it("say a problem in the server's words, anything else in ours", () => {
    const toasts = new Toasts();
    const details = {
      type: "",
      title: "",
      status: 409,
      detail: "It is running.",
      code: "",
      field: "",
      next_step: "",
      problems: [],
    };
    toasts.fail(new ProblemError(details), "It could not be deleted.");
    toasts.fail(new TypeError("x is undefined"), "It could not be deleted.");
    expect(texts(toasts)).toEqual(["It is running.", "It could not be deleted."]);
  });
});
