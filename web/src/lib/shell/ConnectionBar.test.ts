import { render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connection } from "$lib/state/connection.svelte";
import ConnectionBar from "./ConnectionBar.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  connection.state = "open";
  connection.times = 1;
  connection.restarted = false;
  connection.live.heardAt = Date.now();
  render(ConnectionBar);
});

afterEach(() => {
  vi.useRealTimers();
});

const bar = () => screen.getByRole("status");

async function pass(ms: number): Promise<void> {
  await tick();
  await vi.advanceTimersByTimeAsync(ms);
}

describe("the connection bar", () => {
  it("says nothing of a break that heals at once", async () => {
    connection.state = "waiting";
    await pass(1000);
    connection.state = "open";
    await pass(5000);
    expect(bar()).toBeEmptyDOMElement();
  });

  it("says that it is lost and when it tries again, however often it does", async () => {
    for (const state of ["waiting", "connecting", "waiting"] as const) {
      connection.state = state;
      connection.retryAt = Date.now() / 1000 + 4;
      await pass(600);
    }
    expect(bar()).toHaveTextContent("The connection to Tuneyard is lost.");
    expect(bar()).toHaveTextContent("Next try in 4 s.");
  });

  it("tries at once when it is pressed", async () => {
    const retry = vi.spyOn(connection.live, "retry").mockImplementation(() => undefined);
    connection.state = "waiting";
    await pass(2000);
    screen.getByRole("button", { name: "Try now" }).click();
    expect(retry).toHaveBeenCalledTimes(1);
  });

  it.each([
    [false, "Connected again"],
    [true, "Tuneyard was restarted."],
  ])("says that it is back (restarted: %s), and goes", async (restarted, text) => {
    connection.state = "waiting";
    await pass(2000);
    connection.restarted = restarted;
    connection.state = "open";
    connection.live.heardAt = Date.now();
    await pass(100);
    expect(bar()).toHaveTextContent(text);
    connection.live.heardAt = Date.now() + 10_000; // it is heard all the while
    await pass(4000);
    expect(bar()).toBeEmptyDOMElement();
  });

  it("says for how long nothing was heard", async () => {
    await pass(12_000);
    expect(bar()).toHaveTextContent(/Last heard 1\d s ago/);
  });
});
