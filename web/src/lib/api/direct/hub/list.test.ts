import { describe, expect, it } from "vitest";
import type { Problem } from "../../types";
import cases from "../golden/datasets.json?raw";
import type { Layout } from "../site/layout";
import { recipeForTests } from "../testing/site";
import { Clips, isLitter } from "./clips";
import { DataError } from "./lines";
import { readList, type Row } from "./list";

interface Case {
  name: string;
  given: { files: string[]; list: string; text: string; speakers: string };
  rows: Row[];
  problems: Pick<Problem, "code" | "field" | "place" | "severity">[];
}

const golden = JSON.parse(cases) as Case[];
const layout = ((): Layout => {
  const found = recipeForTests("piper").look["dataset"]?.layout;
  if (!found) throw new Error("Voices have no layout");
  return found;
})();
const bytes = (text: string) => new TextEncoder().encode(text);

function read({ files, list, text, speakers }: Case["given"]) {
  const folder = list.slice(0, list.lastIndexOf("/") + 1);
  const below = files
    .filter((file) => file.startsWith(folder) && !isLitter(file))
    .map((file) => file.slice(folder.length));
  const given = { name: list.slice(folder.length), bytes: bytes(text), whole: true };
  const said = (problems: readonly Problem[]) =>
    problems.map(({ code, field, place, severity }) => ({
      code,
      field: field || "dataset",
      place,
      severity,
    }));
  try {
    const found = readList(given, layout, speakers === "several", new Clips(below, layout));
    return { rows: found.rows, problems: said(found.problems) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { rows: [], problems: said([error.problem]) };
  }
}

describe("a list of texts is read as the trainer's own step reads it", () => {
  const listed = golden.filter(({ given }) => given.list).map((each) => [each.name, each] as const);

  it.each(listed)("%s", (_, { given, rows, problems }) => {
    expect(read(given)).toEqual({ rows, problems });
  });
});

describe("of a list's beginning", () => {
  const beginning = (text: string | Uint8Array<ArrayBuffer>, several = false) =>
    readList(
      { name: "metadata.csv", bytes: typeof text === "string" ? bytes(text) : text, whole: false },
      layout,
      several,
      null,
    );

  it("the line that is cut off isn't read", () => {
    const { rows, problems } = beginning("1|One.\n2|Two.\n3|Th");
    expect(rows.map(({ file }) => file)).toEqual(["1", "2"]);
    expect(problems).toEqual([]);
  });

  it("a sign that is cut off is no fault", () => {
    expect(beginning(bytes("1|One.\n2|ä").subarray(0, -1)).rows).toHaveLength(1);
  });

  it("nothing is said of speakers that may come later", () => {
    const text = "1|anna|One, and a long text.\n2|anna|Two, and another.\n3|";
    expect(beginning(text, true).problems).toEqual([]);
  });

  it("not a single line is no fault", () => {
    expect(beginning("x".repeat(100))).toEqual({ lines: [], rows: [], problems: [] });
  });
});

describe("the encoding", () => {
  const problemOf = (content: Uint8Array<ArrayBuffer>) => {
    try {
      readList({ name: "metadata.csv", bytes: content, whole: true }, layout, false, null);
    } catch (error) {
      if (error instanceof DataError) return error.problem;
    }
    return undefined;
  };

  it("that is none is said with its line", () => {
    const latin = new Uint8Array([...bytes("1|One.\r\n2|Two.\r\n3|sch"), 0xf6, ...bytes("n\n")]);
    expect(problemOf(latin)).toMatchObject({ code: "metadata-encoding", place: "metadata.csv:3" });
  });

  it("of a damaged file is said with its line", () => {
    const damaged = bytes("1|One.\n2|T\0wo.\n");
    expect(problemOf(damaged)).toMatchObject({
      code: "metadata-encoding",
      place: "metadata.csv:2",
    });
  });

  it("may be UTF-16 that says so", () => {
    const text = "\ufeff1|Ünö.\n2|Zwei.\n";
    const wide = new Uint8Array(Uint16Array.from(text, (sign) => sign.charCodeAt(0)).buffer);
    const list = { name: "metadata.csv", bytes: wide, whole: true };
    expect(readList(list, layout, false, null).rows.map((row) => row.text)).toEqual([
      "Ünö.",
      "Zwei.",
    ]);
    expect(problemOf(wide.subarray(0, -1))).toMatchObject({ code: "metadata-encoding" });
  });
});
