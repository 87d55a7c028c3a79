import type { Terminal } from "@xterm/xterm";

/**
 * Opens a terminal under a content security policy that allows no inline style. xterm.js 6 writes
 * its rules into `<style>` elements and some colours into style attributes, which such a policy
 * refuses; the same rules pass as constructed sheets, and the same colours through
 * `element.style`. Its option `documentOverride` reaches neither the scroll bar nor the rows.
 * document.test.ts holds that this version of xterm.js is still made so.
 */
export function openPoliced(terminal: Terminal, parent: HTMLElement): void {
  const make: MakeElement = Reflect.get(document, "createElement").bind(document);
  const makePoliced: MakeElement = (name, options) =>
    name === "style" ? styleElement() : make(name, options);
  // All style elements are made while it opens.
  Object.defineProperty(document, "createElement", { value: makePoliced, configurable: true });
  try {
    terminal.open(parent);
  } finally {
    Reflect.deleteProperty(document, "createElement"); // what is beneath is the prototype's
  }
  const rows = rowFactory(terminal);
  if (rows)
    rows._addStyle = (element, style) => {
      element.style.cssText += style;
    };
}

type MakeElement = (name: string, options?: ElementCreationOptions) => HTMLElement;

/** What draws the cells: no part of xterm's API, hence the care. */
interface RowFactory {
  _addStyle: (element: HTMLElement, style: string) => void;
}

function rowFactory(terminal: Terminal): RowFactory | null {
  const path = ["_core", "_renderService", "_renderer", "value", "_rowFactory"];
  let found: unknown = terminal;
  for (const name of path)
    found = typeof found === "object" && found !== null ? Reflect.get(found, name) : null;
  return typeof found === "object" && found !== null && "_addStyle" in found
    ? (found as RowFactory)
    : null;
}

/** Something that takes rules as its text, as a `<style>` does, until it is removed. */
function styleElement(): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const element = document.createElementNS("http://www.w3.org/1999/xhtml", "template");
  Object.defineProperty(element, "textContent", {
    set(rules: string) {
      sheet.replaceSync(rules);
    },
  });
  element.remove = () => {
    const at = document.adoptedStyleSheets.indexOf(sheet);
    if (at >= 0) document.adoptedStyleSheets.splice(at, 1);
    Element.prototype.remove.call(element);
  };
  return element;
}
