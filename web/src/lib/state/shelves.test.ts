import { afterEach, describe, expect, it } from "vitest";
import { Memory, lasting, ofTab } from "./shelves";

afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

describe.each([
  ["what lasts", lasting],
  ["what is a tab's", ofTab],
  ["what is forgotten", new Memory()],
])("%s", (_, shelf) => {
  it("keeps texts by their names", () => {
    expect(shelf.getItem("a")).toBeNull();
    shelf.setItem("a", "1");
    shelf.setItem("b", "2");
    shelf.setItem("a", "3");
    expect(shelf.getItem("a")).toBe("3");
    expect([...shelf.names()].sort()).toEqual(["a", "b"]);
    shelf.removeItem("a");
    expect(shelf.names()).toEqual(["b"]);
  });
});

it("the app's are the browser's own", () => {
  lasting.setItem("a", "1");
  ofTab.setItem("b", "2");
  expect(localStorage.getItem("a")).toBe("1");
  expect(sessionStorage.getItem("b")).toBe("2");
});
