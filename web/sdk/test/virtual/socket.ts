/** What a socket asks of the other side of the pipe. */
export interface Wire {
  connect(socket: VirtualSocket): void;
  send(socket: VirtualSocket, frame: Uint8Array): void;
  close(socket: VirtualSocket): void;
}

/** A WebSocket without a network: as much of one as the SDK's client uses. */
export class VirtualSocket {
  readyState = 0;
  binaryType = "arraybuffer";
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((how: { code: number; reason: string }) => void) | null = null;
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
    wire.connect(this);
  }

  send(frame: Uint8Array): void {
    this.#wire.send(this, frame);
  }

  close(): void {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    this.#wire.close(this);
  }

  // What the other side does

  opened(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  heard(frame: Uint8Array): void {
    if (this.readyState === 1) this.onmessage?.({ data: new Uint8Array(frame).buffer });
  }

  closed(code: number, reason: string): void {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}
