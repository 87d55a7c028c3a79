import type { Upload } from "./types";

interface Calls {
  begin(count: number, bytes: number): Promise<Upload>;
  put(id: string, path: string, body: Blob): Promise<void>;
  end(id: string): Promise<Upload>;
  remove(id: string): Promise<void>;
}

const AT_ONCE = 4; // a dataset is many small files: one after the other would wait, not send

/** Sends files and answers the finished upload; one that fails or is given up is removed. */
export async function upload(
  calls: Calls,
  files: readonly { path: string; file: Blob }[],
  onprogress?: (sent: number, total: number) => void,
  signal?: AbortSignal,
): Promise<Upload> {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const { id } = await calls.begin(files.length, total);
  try {
    let sent = 0;
    const queue = files.values(); // shared: each sender takes the next one
    const sender = async () => {
      for (const { path, file } of queue) {
        signal?.throwIfAborted();
        await calls.put(id, path, file);
        sent += file.size;
        onprogress?.(sent, total);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    return await calls.end(id);
  } catch (error) {
    await calls.remove(id).catch(() => undefined); // the server clears what was left, later
    throw error;
  }
}
