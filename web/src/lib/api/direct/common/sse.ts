/** One server-sent event; `id` is the newest that was said, `event` empty for a plain message. */
export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** The events of a stream, as they come. `heard` is called with each piece, whatever is in it. */
export async function* eventsOf(
  stream: ReadableStream<Uint8Array>,
  heard: () => void = () => undefined,
): AsyncGenerator<ServerEvent> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let [rest, id, event] = ["", "", ""];
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const raw of lines) {
        const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
        if (line === "") {
          if (data.length) yield { event, id, data: data.join("\n") };
          [event, data] = ["", []];
          continue;
        }
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const after = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "data") data.push(after);
        else if (name === "event") event = after;
        else if (name === "id") id = after;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
