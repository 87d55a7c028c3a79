/** A server's end of the socket for tests: what was asked, and frames as the real one sends them. */
export class FakeSocket {
  static readonly made: FakeSocket[] = [];

  static last(): FakeSocket {
    const socket = FakeSocket.made.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  readyState = 0;
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly asked: Record<string, unknown>[] = [];

  constructor() {
    FakeSocket.made.push(this);
  }

  send(text: string): void {
    this.asked.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  /** Opens, and says hello as the server of this start. */
  open(server = "first"): this {
    this.readyState = 1;
    this.onopen?.();
    this.say({ channel: "hello", server, version: "1.0" });
    return this;
  }

  say(message: Record<string, unknown>): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** A piece of a log: u32 number, u64 offset, u8 flags, bytes. */
  bytes(number: number, start: number, text: string, flags = 0): void {
    const bytes = new TextEncoder().encode(text);
    const frame = new ArrayBuffer(13 + bytes.length);
    const view = new DataView(frame);
    view.setUint32(0, number);
    view.setBigUint64(4, BigInt(start));
    view.setUint8(12, flags);
    new Uint8Array(frame).set(bytes, 13);
    this.onmessage?.({ data: frame });
  }
}
