import { expect, it } from "vitest";
import { lastLines } from "./tail";

it("gives the last lines as they look", () => {
  const log = "one\n\n\x1b[31mtwo\x1b[0m  \n10%\r99%\rthree\n\n\nfour\r";
  expect(lastLines(new TextEncoder().encode(log), 3)).toEqual(["two", "three", "four"]);
  expect(lastLines(new Uint8Array(), 3)).toEqual([]);
});
