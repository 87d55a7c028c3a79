/** What fingers and the wheel do on a plot. */
export interface Gestures {
  /** Shows `factor` times as much, around a place of so many pixels from the left. */
  zoomBy: (factor: number, left: number) => void;
  /** A finger rests at this place. */
  point: (left: number, top: number) => void;
  leave: () => void;
}

interface Finger {
  readonly x: number;
  readonly y: number;
}

const WHEEL = 0.002; // of a wheel's turn, or of two fingers on a touchpad

/** Two fingers zoom, one reads values; up and down still scrolls the page. */
export function gestures(over: HTMLElement, act: Gestures): () => void {
  const fingers = new Map<number, Finger>();
  over.style.touchAction = "pan-y";

  const place = (event: { clientX: number; clientY: number }): Finger => {
    const box = over.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const down = (event: PointerEvent) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, place(event));
  };
  const move = (event: PointerEvent) => {
    if (!fingers.has(event.pointerId)) return;
    const before = spread(fingers);
    fingers.set(event.pointerId, place(event));
    const now = spread(fingers);
    if (before && now) act.zoomBy(before.width / now.width, now.middle);
    else act.point(place(event).x, place(event).y);
  };
  const up = (event: PointerEvent) => {
    if (fingers.delete(event.pointerId) && fingers.size === 0) act.leave();
  };
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    act.zoomBy(Math.exp(event.deltaY * WHEEL), place(event).x);
  };

  const heard = [
    ["pointerdown", down],
    ["pointermove", move],
    ["pointerup", up],
    ["pointercancel", up],
  ] as const;
  for (const [name, listen] of heard) over.addEventListener(name, listen);
  over.addEventListener("wheel", wheel, { passive: false });
  return () => {
    for (const [name, listen] of heard) over.removeEventListener(name, listen);
    over.removeEventListener("wheel", wheel);
  };
}

/** How far two fingers are apart along the axis, and where between them is. */
function spread(fingers: ReadonlyMap<number, Finger>): { width: number; middle: number } | null {
  const [one, other] = [...fingers.values()];
  if (!one || !other) return null;
  return { width: Math.max(20, Math.abs(one.x - other.x)), middle: (one.x + other.x) / 2 };
}
