import { afterEach, describe, expect, it, vi } from "vitest";
import { Keys, focusSearch } from "./keys.svelte";

afterEach(() => {
  document.body.replaceChildren();
});

let now = 0;

function press(keys: Keys, key: string, { on = document.body, later = 100, ...how } = {}) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...how });
  now += later;
  Object.defineProperty(event, "timeStamp", { value: now });
  Object.defineProperty(event, "target", { value: on });
  keys.press(event);
  return event;
}

function made(names: string[]): { keys: Keys; run: Record<string, () => void> } {
  const keys = new Keys();
  const run: Record<string, () => void> = Object.fromEntries(
    names.map((name) => [name, vi.fn<() => void>()]),
  );
  keys.add(names.map((name) => ({ keys: name, label: name, run: () => run[name]?.() })));
  return { keys, run };
}

describe("keys", () => {
  it("run what they are for", () => {
    const { keys, run } = made(["n", "?"]);
    expect(press(keys, "n").defaultPrevented).toBe(true);
    expect(press(keys, "x").defaultPrevented).toBe(false);
    expect(run["n"]).toHaveBeenCalledTimes(1);
    expect(run["?"]).not.toHaveBeenCalled();
  });

  it("can be two, one soon after the other", () => {
    const { keys, run } = made(["g j", "j"]);
    press(keys, "g");
    press(keys, "j");
    expect(run["g j"]).toHaveBeenCalledTimes(1);
    press(keys, "g");
    press(keys, "j", { later: 5000 });
    expect(run["g j"]).toHaveBeenCalledTimes(1);
    expect(run["j"]).toHaveBeenCalledTimes(1);
  });

  it.each(["input", "textarea", "select"])("do nothing while one types into %s", (name) => {
    const { keys, run } = made(["n"]);
    press(keys, "n", { on: document.createElement(name) });
    expect(run["n"]).not.toHaveBeenCalled();
  });

  it.each(["ctrlKey", "metaKey", "altKey"])("leave those with %s to the browser", (held) => {
    const { keys, run } = made(["n"]);
    press(keys, "n", { [held]: true });
    expect(run["n"]).not.toHaveBeenCalled();
  });

  it("do nothing under an open dialog", () => {
    const { keys, run } = made(["n"]);
    const dialog = document.createElement("dialog");
    dialog.setAttribute("open", "");
    document.body.append(dialog);
    press(keys, "n");
    expect(run["n"]).not.toHaveBeenCalled();
  });

  it("of a page come before the app's, and go with it", () => {
    const { keys, run } = made(["n"]);
    const here = vi.fn();
    const remove = keys.add([{ keys: "n", label: "here", run: here, here: true }]);
    press(keys, "n");
    remove();
    press(keys, "n");
    expect(here).toHaveBeenCalledTimes(1);
    expect(run["n"]).toHaveBeenCalledTimes(1);
    expect(keys.list).toHaveLength(1);
  });

  it("put the focus into the page's search", () => {
    const field = document.createElement("input");
    field.dataset["search"] = "true";
    document.body.append(field);
    focusSearch();
    expect(document.activeElement).toBe(field);
  });
});
