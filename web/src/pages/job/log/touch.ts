import type { Terminal } from "@xterm/xterm";

const SLOWS = 0.95; // of its speed that a flick keeps from frame to frame
const SLOWEST = 0.2; // pixels a frame at which it stands

/**
 * Fingers move through the log, which xterm.js 6 leaves to nobody. Where the log can't move
 * further, the page does.
 */
export function touchScroll(
  parent: HTMLElement,
  terminal: Terminal,
  canMove: (direction: "back" | "on") => boolean,
): () => void {
  let last = 0; // where the finger was
  let ours: boolean | null = null; // whether this touch moves the log; null: not known yet
  let speed = 0;
  let rest = 0; // pixels that make no row yet
  let frame = 0;

  const move = (pixels: number) => {
    const height = (terminal.element?.clientHeight ?? 0) / terminal.rows || 16;
    rest += pixels;
    const rows = Math.trunc(rest / height);
    rest -= rows * height;
    if (rows) terminal.scrollLines(-rows);
  };
  const glide = () => {
    speed *= SLOWS;
    if (Math.abs(speed) < SLOWEST || !canMove(speed > 0 ? "back" : "on")) return;
    move(speed);
    frame = requestAnimationFrame(glide);
  };

  const start = (event: TouchEvent) => {
    cancelAnimationFrame(frame);
    speed = rest = 0;
    ours = event.touches.length === 1 ? null : false;
    last = event.touches[0]?.clientY ?? 0;
  };
  const moved = (event: TouchEvent) => {
    const at = event.touches[0]?.clientY ?? last;
    const by = at - last;
    last = at;
    if (by === 0) return;
    ours ??= canMove(by > 0 ? "back" : "on");
    if (!ours) return;
    event.preventDefault();
    speed = by;
    move(by);
  };
  const end = () => {
    if (ours && !matchMedia("(prefers-reduced-motion: reduce)").matches)
      frame = requestAnimationFrame(glide);
  };

  parent.addEventListener("touchstart", start, { passive: true });
  parent.addEventListener("touchmove", moved, { passive: false });
  parent.addEventListener("touchend", end);
  return () => {
    cancelAnimationFrame(frame);
    parent.removeEventListener("touchstart", start);
    parent.removeEventListener("touchmove", moved);
    parent.removeEventListener("touchend", end);
  };
}
