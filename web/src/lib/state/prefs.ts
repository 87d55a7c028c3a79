import { lasting } from "./shelves";

/** What this browser remembers between visits: choices and drafts, never a secret. */
const PREFIX = "tuneyard.";

export function recall(name: string): unknown {
  try {
    const text = lasting.getItem(PREFIX + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined; // no storage here, or nothing that can be read
  }
}

/** undefined forgets it. */
export function remember(name: string, value: unknown): void {
  try {
    if (value === undefined) lasting.removeItem(PREFIX + name);
    else lasting.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A full or forbidden storage loses a convenience, nothing else.
  }
}

/** Tells of changes that another tab makes, until the answer is called. */
export function onChange(name: string, changed: (value: unknown) => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === PREFIX + name) changed(recall(name));
  };
  window.addEventListener("storage", heard);
  return () => {
    window.removeEventListener("storage", heard);
  };
}
