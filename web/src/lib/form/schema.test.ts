import { describe, expect, it } from "vitest";
import { schema } from "./example";
import {
  type FormField,
  grouped,
  initialValues,
  isEmpty,
  matters,
  readFields,
  saidAtStop,
  same,
} from "./schema";

const fields = readFields(schema);

function field(name: string): FormField {
  const found = fields.find((each) => each.name === name);
  if (!found) throw new Error(`no field ${name}`);
  return found;
}

describe("readFields", () => {
  it("takes the order and the words of the schema", () => {
    expect(fields[0]).toMatchObject({
      name: "source",
      title: "Source",
      help: "Where the pictures are.",
      importance: "basic",
      group: "Data",
      widget: "dataset",
      kind: "text",
    });
  });

  it("knows the kind of each type, and JSON of what it doesn't know", () => {
    const kinds = Object.fromEntries(fields.map(({ name, kind }) => [name, kind]));
    expect(kinds).toEqual({
      source: "text",
      shape: "text",
      corners: "integer",
      speed: "number",
      limit: "number",
      words: "lines",
      aloud: "switch",
      volume: "integer",
      mode: "text",
      layers: "json",
    });
  });

  it("reads what may be empty out of anyOf, with the bounds of the rest", () => {
    expect(field("limit")).toMatchObject({ nullable: true, min: 0, unit: "hours" });
    expect(field("corners")).toMatchObject({ nullable: false, min: 1, max: 1_000_000 });
  });

  it("reads a list of types with null in it", () => {
    const [only] = readFields({ properties: { x: { type: ["string", "null"] } } });
    expect(only).toMatchObject({ kind: "text", nullable: true, initial: null });
  });

  it("follows references, and keeps what stands beside them", () => {
    expect(field("mode")).toMatchObject({ title: "Mode", initial: "a" });
    expect(field("mode").options.map(({ value }) => value)).toEqual(["a", "b"]);
  });

  it("gives options their meanings", () => {
    expect(field("shape").options).toEqual([
      { value: "round", meaning: "without corners" },
      { value: "square", meaning: "with four" },
    ]);
  });

  it("calls a field by its name where it has no title, and advanced where nothing is said", () => {
    expect(field("layers")).toMatchObject({ title: "layers", importance: "advanced" });
  });

  it("has a value for a field without a default", () => {
    const properties = {
      text: { type: "string" },
      flag: { type: "boolean" },
      one: { enum: ["x", "y"] },
      number: { type: "number" },
    };
    expect(initialValues(readFields({ properties }))).toEqual({
      text: "",
      flag: false,
      one: "x",
      number: null,
    });
  });
});

describe("matters", () => {
  it("with the value that is named", () => {
    expect(matters(field("corners"), { shape: "square" })).toBe(true);
    expect(matters(field("corners"), { shape: "round" })).toBe(false);
  });

  it("with * for anything that is not empty, and only if all of it fits", () => {
    expect(matters(field("volume"), { words: ["a"], aloud: true })).toBe(true);
    expect(matters(field("volume"), { words: [], aloud: true })).toBe(false);
    expect(matters(field("volume"), { words: ["a"], aloud: false })).toBe(false);
  });

  it("with any of a list", () => {
    const wanted = { ...field("corners"), shownWhen: { shape: ["square", "star"] } };
    expect(matters(wanted, { shape: "star" })).toBe(true);
    expect(matters(wanted, { shape: "round" })).toBe(false);
  });
});

it("groups fields in the order in which groups appear", () => {
  const groups = grouped(fields).map(([group, members]) => [group, members.length]);
  expect(groups).toEqual([
    ["Data", 2],
    ["Model", 4],
    ["Samples", 3],
    ["", 1],
  ]);
});

it("says what is empty and what is the same", () => {
  expect([undefined, null, "", [], false].every(isEmpty)).toBe(true);
  expect([0, "a", ["a"], true].some(isEmpty)).toBe(false);
  expect(same(["a"], ["a"])).toBe(true);
  expect(same(null, "")).toBe(false);
});

describe("saidAtStop", () => {
  const kept = { type: "boolean", at_stop: "A last one is saved." };
  const report = { ...kept, at_stop: "Told.", shown_when: { kind: "full" } };
  const stopping = readFields({ properties: { kind: { type: "string" }, kept, report } });

  it("has a sentence of each switch that is on, and matters", () => {
    const on = { kind: "adapter", kept: true, report: true };
    expect(saidAtStop(stopping, on)).toEqual(["A last one is saved."]);
    expect(saidAtStop(stopping, { ...on, kind: "full", kept: false })).toEqual(["Told."]);
    expect(saidAtStop(fields, initialValues(fields))).toEqual([]);
  });
});
