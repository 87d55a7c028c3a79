import { Terminal } from "@xterm/xterm";
import { afterEach, describe, expect, it } from "vitest";
import { openPoliced } from "./document";

afterEach(() => {
  document.adoptedStyleSheets = [];
  document.body.replaceChildren();
});

/** What xterm.js does, as far as a content security policy is concerned. */
class Writer {
  readonly style = { made: null as HTMLElement | null };
  readonly rows = {
    _addStyle: (element: HTMLElement, style: string) => {
      element.setAttribute("style", style);
    },
  };
  readonly _core = { _renderService: { _renderer: { value: { _rowFactory: this.rows } } } };

  open(parent: HTMLElement): void {
    const style = document.createElement("style");
    this.style.made = style;
    parent.append(style, document.createElement("span"));
    style.textContent = ".a { color: red; }";
  }
}

function open(): Writer {
  const writer = new Writer();
  openPoliced(writer as unknown as Terminal, document.body);
  return writer;
}

const rules = () =>
  document.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText));

describe("a terminal under the content security policy", () => {
  it("gives its rules to a constructed sheet, until they are removed", () => {
    const { style } = open();
    expect(document.querySelector("style")).toBeNull();
    expect(document.querySelector("span")).not.toBeNull();
    expect(rules().join()).toMatch(/\.a.*red/);
    if (style.made) style.made.textContent = ".a { color: blue; }";
    expect(rules().join()).toMatch(/\.a.*blue/);
    style.made?.remove();
    expect(document.adoptedStyleSheets).toHaveLength(0);
    expect(style.made?.isConnected).toBe(false);
  });

  it("styles its cells by properties", () => {
    const { rows } = open();
    const cell = document.createElement("span");
    rows._addStyle(cell, "color: red;");
    rows._addStyle(cell, "font-weight: bold;");
    expect([cell.style.color, cell.style.fontWeight]).toEqual(["red", "bold"]);
  });

  it("leaves the document as it was", () => {
    open();
    expect(document.createElement("style").tagName).toBe("STYLE");
    expect(Object.hasOwn(document, "createElement")).toBe(false);
  });

  it("finds in this version of xterm.js what colours the cells", () => {
    const terminal = new Terminal({ cols: 10, rows: 2 });
    openPoliced(terminal, document.body.appendChild(document.createElement("div")));
    expect(document.querySelector("style")).toBeNull();
    const path = ["_core", "_renderService", "_renderer", "value", "_rowFactory"];
    const rows = path.reduce<unknown>((at, name) => Reflect.get(at as object, name), terminal);
    expect(Object.getPrototypeOf(rows)).toHaveProperty("_addStyle");
    expect(Object.hasOwn(rows as object, "_addStyle")).toBe(true);
    terminal.dispose();
  });
});
