import { beforeAll, describe, expect, it } from "vitest";
import { useLocale } from "$lib/format";
import { t } from "$lib/texts";
import { schema } from "./example";
import { initialValues, readFields } from "./schema";
import { Validation } from "./validate";

const fields = readFields(schema);
const validation = new Validation(fields);
const good = initialValues(fields);

function wrong(values: Record<string, unknown>): Record<string, string> {
  const problems = validation.problems({ ...good, ...values });
  return Object.fromEntries([...problems].map(([name, { sentence }]) => [name, sentence]));
}

describe("Validation", () => {
  beforeAll(() => {
    useLocale(["en-US"]);
  });

  it("finds nothing wrong with the defaults", () => {
    expect(wrong({})).toEqual({});
  });

  it.each([
    ["corners", 0, t.newJob.wrong.atLeast("1")],
    ["corners", 1_000_001, t.newJob.wrong.atMost("1,000,000")],
    ["corners", 1.5, t.newJob.wrong.whole],
    ["corners", null, t.newJob.wrong.whole],
    ["corners", "4", t.newJob.wrong.whole],
    ["speed", 0, t.newJob.wrong.moreThan("0")],
    ["speed", 1, t.newJob.wrong.lessThan("1")],
    ["speed", null, t.newJob.wrong.number],
    ["limit", 0, t.newJob.wrong.moreThan("0")],
    ["words", ["a", "b", "c"], t.newJob.wrong.fewerLines(2)],
    ["shape", "oval", t.newJob.wrong.oneOf(["round", "square"])],
    ["mode", "c", t.newJob.wrong.oneOf(["a", "b"])],
    ["source", null, t.newJob.wrong.empty],
  ])("says of %s: %j", (name, value, sentence) => {
    expect(wrong({ [name]: value })).toEqual({ [name]: sentence });
  });

  it("takes null where it may be empty", () => {
    expect(wrong({ limit: null })).toEqual({});
  });

  it("looks into lists", () => {
    expect(Object.keys(wrong({ words: ["a", 3] }))).toEqual(["words"]);
  });

  it("says each of several at its field, as an error", () => {
    const problems = validation.problems({ ...good, corners: 0, speed: 2 });
    expect([...problems.keys()]).toEqual(["corners", "speed"]);
    expect(problems.get("corners")).toMatchObject({ field: "corners", severity: "error" });
  });

  it("compiles nothing, as the content security policy demands", () => {
    const run = globalThis.Function;
    globalThis.Function = (() => {
      throw new Error("compiled");
    }) as unknown as FunctionConstructor;
    try {
      expect(new Validation(fields).problems({ ...good, corners: 0 }).size).toBe(1);
    } finally {
      globalThis.Function = run;
    }
  });
});
