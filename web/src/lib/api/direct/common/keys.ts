/**
 * The keys of this visit. They are here and nowhere else: no storage of the browser, no
 * address and no history ever holds one, so a reload forgets them.
 */

const held = new Map<string, string>();
const refused = new Set<string>();
const listeners = new Set<() => void>();

export function keep(name: string, value: string): void {
  held.set(name, value);
  refused.delete(name);
  tell();
}

export function forget(name: string): void {
  refused.delete(name);
  if (held.delete(name)) tell();
}

export function forgetAll(): void {
  if (held.size === 0) return;
  held.clear();
  refused.clear();
  tell();
}

export function has(name: string): boolean {
  return held.has(name);
}

/** For a request's header alone. */
export function key(name: string): string | undefined {
  return held.get(name);
}

/** Values by name, of those that are held. */
export function some(names: Iterable<string>): Record<string, string> {
  const found = [...new Set(names)].map((name) => [name, held.get(name)] as const);
  return Object.fromEntries(found.filter((each): each is [string, string] => Boolean(each[1])));
}

/** Somebody says of a value whether they know it; of one that is held no more nobody cares. */
export function judge(name: string, value: string, known: boolean): void {
  if (held.get(name) !== value || refused.has(name) !== known) return;
  if (known) refused.delete(name);
  else refused.add(name);
  tell();
}

/** Whether the one that is held was refused when it was used last: expired, or revoked. */
export function isRefused(name: string): boolean {
  return refused.has(name);
}

/** Calls whenever one is given, forgotten or refused, until the answer is called. */
export function watch(changed: () => void): () => void {
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
  };
}

/** Its last four characters, of one that is long enough to give nothing away by them. */
export function ending(name: string): string | null {
  const value = held.get(name);
  return value && value.length >= 20 ? value.slice(-4) : null;
}

function tell(): void {
  for (const listener of [...listeners]) listener();
}
