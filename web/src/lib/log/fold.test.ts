import { describe, expect, it } from "vitest";
import { Folder } from "./fold";

describe("progress bars", () => {
  it("keeps the last state of a line", () => {
    expect(new Folder().fold("0%\r50%\r100%\ndone\n")).toEqual({
      text: "100%\ndone\n",
      rewind: true,
    });
  });

  it("leaves lines that end in both alone", () => {
    expect(new Folder().fold("one\r\ntwo\r\n")).toEqual({ text: "one\ntwo\n", rewind: false });
  });

  it("goes on with a bar across pieces", () => {
    const folder = new Folder();
    expect(folder.fold("10%")).toEqual({ text: "10%", rewind: false });
    expect(folder.fold("\r20%")).toEqual({ text: "20%", rewind: true });
    expect(folder.fold("\r30%\r")).toEqual({ text: "30%", rewind: true });
    expect(folder.fold("40%")).toEqual({ text: "40%", rewind: true });
    expect(folder.fold("\nnext")).toEqual({ text: "\nnext", rewind: false });
  });

  it("takes a line's end for one when it comes in two pieces", () => {
    const folder = new Folder();
    expect(folder.fold("a line\r")).toEqual({ text: "a line", rewind: false });
    expect(folder.fold("\nnext")).toEqual({ text: "\nnext", rewind: false });
  });

  it("rewinds only for the line that was already there", () => {
    expect(new Folder().fold("end of it\n1%\r2%")).toEqual({
      text: "end of it\n2%",
      rewind: false,
    });
  });

  it("keeps a state when nothing is written over it", () => {
    expect(new Folder().fold("90%\r\r\nnext")).toEqual({ text: "90%\nnext", rewind: false });
    expect(new Folder().fold("x\n90%\r \r")).toEqual({ text: "x\n ", rewind: false });
  });

  it("keeps colours that were set in a state that is gone", () => {
    expect(new Folder().fold("\n\x1b[31m1%\r2%")).toEqual({ text: "\n\x1b[31m2%", rewind: false });
  });

  it("leaves bars below one another to the terminal", () => {
    const bars = "\n\rinner 1\x1b[A\router 1";
    expect(new Folder().fold(bars).text).toBe(bars);
  });
});
