import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Schema } from "$lib/api/types";
import RowsHost from "./testing/RowsHost.svelte";
import { complete, initialValues, readFields } from "./schema";
import { placeOf } from "./places";
import { Validation } from "./validate";

const schema: Schema = {
  $defs: {
    Folder: {
      type: "object",
      title: "Folder",
      properties: {
        path: { type: "string", default: "", title: "Path", importance: "basic" },
        repeats: { type: "integer", minimum: 1, default: 1, title: "Repeats", importance: "basic" },
        sizes: {
          anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }],
          default: null,
          title: "Sizes",
        },
      },
    },
  },
  properties: {
    folders: {
      type: "array",
      items: { $ref: "#/$defs/Folder" },
      default: [],
      title: "Folders",
      importance: "basic",
    },
  },
};

const fields = readFields(schema);

function shown(folders: readonly unknown[] = []) {
  const host = { folders, problems: [] as string[] };
  render(RowsHost, {
    fields,
    values: host,
    changed: (next: unknown) => (host.folders = next as unknown[]),
  });
  return { host, user: userEvent.setup() };
}

describe("a list of tables", () => {
  it("is read from the schema, with the fields of each row", () => {
    const [folders] = fields;
    expect(folders?.kind).toBe("rows");
    expect(folders?.row).toBe("Folder");
    expect(folders?.rows.map(({ name, kind, nullable }) => [name, kind, nullable])).toEqual([
      ["path", "text", false],
      ["repeats", "integer", false],
      ["sizes", "lines", true],
    ]);
    expect(initialValues(fields)).toEqual({ folders: [] });
  });

  it("adds a row, fills it in, and removes the right one", async () => {
    const { host, user } = shown([{ path: "/one", repeats: 2, sizes: null }]);
    await user.click(screen.getByRole("button", { name: "Another folder" }));
    const second = screen.getByRole("region", { name: "Folder 2" });
    expect(within(second).getByRole("textbox", { name: "Path" })).toHaveFocus();
    await user.keyboard("/two");
    expect(host.folders).toEqual([
      { path: "/one", repeats: 2, sizes: null },
      { path: "/two", repeats: 1, sizes: null },
    ]);
    await user.click(screen.getByRole("button", { name: "Remove folder 1" }));
    expect(host.folders).toEqual([{ path: "/two", repeats: 1, sizes: null }]);
  });

  it("says what is wrong at the field of the row", () => {
    const wrong = new Validation(fields).problems({
      folders: [
        { path: "/one", repeats: 1 },
        { path: "/two", repeats: 0 },
      ],
    });
    expect([...wrong.keys()]).toEqual(["folders.1.repeats"]);
    const known = {
      settings: new Set(["folders"]),
      results: new Set<string>(),
      compute: new Set<string>(),
    };
    expect(placeOf("settings.folders.1.repeats", known)).toBe("settings.folders.1.repeats");
    expect(placeOf("folders.1.path", known)).toBe("settings.folders.1.path");
    expect(placeOf("folders.1", known)).toBe("settings.folders");
  });

  it("is sent with every field of each row, and without empty lines", () => {
    const [folders] = fields;
    expect(folders && complete(folders, [{ path: "/one", sizes: ["512", ""] }])).toEqual([
      { path: "/one", repeats: 1, sizes: ["512"] },
    ]);
  });
});
