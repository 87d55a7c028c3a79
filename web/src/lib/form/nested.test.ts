import { describe, expect, it } from "vitest";
import { patternOf, textsOf, valueAt, withValue } from "./nested";
import { readFields } from "./schema";

const fields = readFields({
  properties: {
    kind: { type: "string", default: "picture" },
    words: { type: "array", items: { type: "string" }, default: [] },
    count: { type: "integer", default: 1 },
    folders: {
      type: "array",
      default: [],
      items: {
        type: "object",
        title: "Folder",
        properties: {
          path: { type: "string", default: "" },
          kind: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
          sound: { type: "string", default: "", shown_when: { kind: "video" } },
        },
      },
    },
  },
});

describe("texts among values", () => {
  it("are found in lists and in rows, each at its place", () => {
    const values = {
      kind: "picture",
      words: ["one", "two"],
      count: 3,
      folders: [{ path: "/a", kind: null }, { path: "/b" }],
    };
    expect(textsOf(fields, values).map(({ place, value }) => [place, value])).toEqual([
      ["kind", "picture"],
      ["words.0", "one"],
      ["words.1", "two"],
      ["folders.0.path", "/a"],
      ["folders.1.path", "/b"],
    ]);
  });

  it("matter in a row by what is set for all, unless the row says it otherwise", () => {
    const folders = [{ sound: "1" }, { kind: "video", sound: "2" }];
    const matter = (kind: string) =>
      textsOf(fields, { kind, folders })
        .filter(({ field, matters }) => field.name === "sound" && matters)
        .map(({ value }) => value);
    expect(matter("picture")).toEqual(["2"]);
    expect(matter("video")).toEqual(["1", "2"]);
  });
});

describe("a place among values", () => {
  const values = { a: 1, folders: [{ path: "/a" }, { path: "/b", more: { x: 1 } }] };

  it("is read", () => {
    expect(valueAt(values, "folders.1.path")).toBe("/b");
    expect(valueAt(values, "folders.1.more.x")).toBe(1);
    expect(valueAt(values, "folders.2.path")).toBeUndefined();
    expect(valueAt(values, "a.length")).toBeUndefined();
  });

  it("is written, and the values before stay as they were", () => {
    expect(withValue(values, "folders.0.path", "/c")).toEqual({
      a: 1,
      folders: [{ path: "/c" }, { path: "/b", more: { x: 1 } }],
    });
    expect(withValue(values, "folders.1.more.x", 2)["folders"]).toMatchObject([
      { path: "/a" },
      { path: "/b", more: { x: 2 } },
    ]);
    expect(values.folders[0]).toEqual({ path: "/a" });
  });

  it("may be one row more than there are", () => {
    expect(withValue({ folders: [] }, "folders.0.path", "/a")).toEqual({
      folders: [{ path: "/a" }],
    });
  });

  it("has a star for each row where all are meant", () => {
    expect(patternOf("folders.12.path")).toBe("folders.*.path");
    expect(patternOf("words.0")).toBe("words.*");
    expect(patternOf("dataset")).toBe("dataset");
  });
});
