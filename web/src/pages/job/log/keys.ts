import type { Terminal } from "@xterm/xterm";

/** Keys move through the log; all others do in it what they do on any page. */
export function keysOf(terminal: Terminal, search: () => void): (event: KeyboardEvent) => boolean {
  const moves: Record<string, () => void> = {
    ArrowUp: () => {
      terminal.scrollLines(-1);
    },
    ArrowDown: () => {
      terminal.scrollLines(1);
    },
    PageUp: () => {
      terminal.scrollPages(-1);
    },
    PageDown: () => {
      terminal.scrollPages(1);
    },
    Home: () => {
      terminal.scrollToTop();
    },
    End: () => {
      terminal.scrollToBottom();
    },
  };
  return (event) => {
    if (event.type !== "keydown" || event.altKey) return false;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "f") {
      event.preventDefault();
      search();
    } else if (!command && !event.shiftKey) {
      const move = moves[event.key];
      if (move) {
        event.preventDefault();
        move();
      } else if (event.key === "/") {
        event.preventDefault();
        search();
      }
    }
    return false; // the terminal itself has nothing to do with keys
  };
}
