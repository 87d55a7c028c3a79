import type { Control } from "$lib/api/control";
import type { Upload } from "$lib/api/types";
import { notePicked } from "$lib/form/picked";

export interface DroppedFile {
  /** Inside of what was dropped, with the folder's own name. */
  readonly path: string;
  readonly file: File;
}

type Calls = Pick<Control, "upload" | "removeUpload">;

/** A dataset on its way from the browser to this computer. */
export class Sending {
  state = $state<"nothing" | "sending" | "failed" | "sent">("nothing");
  /** The folder's or file's name. */
  name = $state("");
  files = $state(0);
  bytes = $state(0);
  sent = $state(0);
  error = $state.raw<unknown>();
  /** Where it then lies. */
  place = $state("");

  readonly #control: Calls;
  #what: readonly DroppedFile[] = [];
  #running: AbortController | undefined;
  #upload: Upload | undefined;

  constructor(control: Calls) {
    this.#control = control;
  }

  /** Null while nobody knows: of the first file nothing is there before all of it is. */
  get share(): number | null {
    return this.sent === 0 || this.bytes === 0 ? null : this.sent / this.bytes;
  }

  /** Sends it and answers where it then lies; undefined if that failed or was given up. */
  async send(what: readonly DroppedFile[]): Promise<string | undefined> {
    this.cancel();
    this.#what = what;
    this.name = nameOf(what);
    this.files = what.length;
    this.bytes = what.reduce((sum, { file }) => sum + file.size, 0);
    return this.retry();
  }

  async retry(): Promise<string | undefined> {
    const running = (this.#running = new AbortController());
    this.state = "sending";
    this.sent = 0;
    this.error = undefined;
    try {
      const upload = await this.#control.upload(
        this.#what,
        (sent) => {
          if (!running.signal.aborted) this.sent = sent;
        },
        running.signal,
      );
      if (running.signal.aborted) return undefined;
      this.#upload = upload;
      this.state = "sent";
      const { name, files, bytes } = this;
      this.place = upload.path ?? "";
      if (upload.path) notePicked(upload.path, { name, files, bytes });
      return upload.path ?? undefined;
    } catch (error) {
      if (running.signal.aborted) return undefined;
      this.state = "failed";
      this.error = error;
      return undefined;
    }
  }

  cancel(): void {
    this.#running?.abort();
    this.#what = [];
    this.state = "nothing";
  }

  /** What was sent is not wanted any more. */
  remove(): void {
    this.cancel();
    if (this.#upload) void this.#control.removeUpload(this.#upload.id).catch(() => undefined);
    this.#upload = undefined;
  }
}

/** The one folder in which all lies, or the one file. */
function nameOf(what: readonly DroppedFile[]): string {
  const tops = new Set(what.map(({ path }) => path.split("/")[0] ?? ""));
  const [first = ""] = tops;
  return tops.size === 1 ? first : "";
}
