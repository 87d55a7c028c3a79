import type { Control } from "$lib/api/control";
import { t } from "$lib/texts";
import { toasts } from "./toasts.svelte";

/**
 * How a link or a button lets the browser save something: by its address where that may stand in
 * a link, else by a press that fetches it first.
 */
export type Saving = { href: string; download: true | string } | { onclick: () => void };

type Calls = Pick<
  Control,
  | "can"
  | "open"
  | "jobFile"
  | "metricsText"
  | "fileAddress"
  | "zipAddress"
  | "logAddress"
  | "metricsAddress"
  | "jobFileAddress"
>;

const LOG = "output.log"; // in a job's folder
const READ = 10_000; // ms after which the browser has begun to read what it saves

export function savingFile(control: Calls, id: string, path: string): Saving {
  if (control.can.links) return { href: control.fileAddress(id, path), download: true };
  return pressed(nameOf(path), () => saveFile(control, id, path));
}

/** Several: in one zip, or where nobody makes one of them, one after the other. */
export function savingFiles(control: Calls, id: string, paths: readonly string[]): Saving {
  const [only] = paths;
  if (only !== undefined && paths.length === 1) return savingFile(control, id, only);
  if (control.can.links) return { href: control.zipAddress(id, paths), download: true };
  return pressed(t.files.count(paths.length), async () => {
    for (const path of paths) await saveFile(control, id, path);
  });
}

export function savingLog(control: Calls, id: string): Saving {
  if (control.can.links) return { href: control.logAddress(id), download: true };
  return pressed(`${id}.log`, () => saveFile(control, id, LOG, `${id}.log`));
}

export function savingFigures(control: Calls, id: string): Saving {
  if (control.can.links) return { href: control.metricsAddress(id), download: true };
  const name = `${id}.csv`;
  return pressed(name, async () => {
    saveText(await control.metricsText(id), "text/csv", name);
  });
}

export function savingJobFile(control: Calls, id: string, name: string): Saving {
  if (control.can.links) return { href: control.jobFileAddress(id), download: name };
  return pressed(name, async () => {
    saveText(await control.jobFile(id), "application/toml", name);
  });
}

/** Lets the browser save a text. */
export function saveText(text: string, type: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  save(address, name);
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, READ);
}

async function saveFile(control: Calls, id: string, path: string, name = nameOf(path)) {
  const { address, release } = await control.open(id, path);
  save(address, name);
  setTimeout(release, READ);
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.rel = "noreferrer";
  link.click();
}

function pressed(name: string, fetch: () => Promise<void>): Saving {
  return {
    onclick: () => {
      fetch().catch((error: unknown) => {
        toasts.fail(error, t.files.saveFailed(name));
      });
    },
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
