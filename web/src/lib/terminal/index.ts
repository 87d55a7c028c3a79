import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Terminal, type ITerminalOptions, type ITheme } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { theme } from "$lib/state/theme.svelte";
import { openPoliced } from "./document";

export interface OpenTerminal {
  terminal: Terminal;
  search: SearchAddon;
  close: () => void;
}

/**
 * A terminal that only shows, in the page's colours, as large as `parent`. Load this module when
 * it is needed: it brings xterm.js with it.
 */
export function openTerminal(parent: HTMLElement, options: ITerminalOptions = {}): OpenTerminal {
  const terminal = new Terminal({
    convertEol: true,
    disableStdin: true,
    cursorInactiveStyle: "none",
    cursorBlink: false,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono"),
    fontSize: 13,
    lineHeight: 1.25,
    minimumContrastRatio: 4.5,
    allowProposedApi: true, // the search's marks need it
    ...options,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  openPoliced(terminal, parent);
  const sized = new ResizeObserver(() => {
    fit.fit();
  });
  sized.observe(parent);
  const unfollow = theme.watch(() => {
    terminal.options.theme = colours();
  });
  return {
    terminal,
    search,
    close() {
      sized.disconnect();
      unfollow();
      terminal.dispose();
    },
  };
}

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

function colours(): ITheme {
  const bright = (name: string) => `bright${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return {
    background: theme.colour("--sunken"),
    foreground: theme.colour("--ink"),
    cursor: theme.colour("--sunken"),
    selectionBackground: theme.colour("--term-selection"),
    ...Object.fromEntries(
      names.flatMap((name) => [
        [name, theme.colour(`--term-${name}`)],
        [bright(name), theme.colour(`--term-bright-${name}`)],
      ]),
    ),
  };
}
