import { CallError, RequestError, type TickroomError } from "./errors.js";
import type { CoreEvents } from "./events.js";

/** A request without an answer fails after this (ms). */
const REQUEST_TIMEOUT = 10_000;
/** A call without an answer fails after this, if it was not told otherwise (ms). */
export const CALL_TIMEOUT = 5_000;

export interface CallOptions {
  /** How long to wait for the answer (ms), over lost connections; 5,000 by itself. */
  readonly timeout?: number;
}

interface Open {
  resolve(body: unknown): void;
  reject(error: TickroomError): void;
  timer: ReturnType<typeof setTimeout>;
  /** The rpc, where this is a call of one: that outlives a lost connection. */
  readonly call?: string;
  /** Nobody waits for it any more. */
  forget?(): void;
}

/** What was asked of the server and waits for its answer, by id. */
export class Questions {
  readonly #open = new Map<number, Open>();

  /** Rejects with RequestError: the server's, 408 when no answer came; or with what ended the connection. */
  asked(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(id);
        reject(new RequestError(408, "The server did not answer in time."));
      }, REQUEST_TIMEOUT);
      this.#open.set(id, { resolve, reject, timer });
    });
  }

  /** Rejects with CallError: the server's, 408 when no answer came; or with what closed the client. */
  called(id: number, call: string, timeout: number, forget: () => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(id);
        forget();
        reject(new CallError(call, 408, "The server did not answer in time."));
      }, timeout);
      this.#open.set(id, { resolve, reject, timer, call, forget });
    });
  }

  answered({ id, status, body }: CoreEvents["answer"]): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    if (status < 400) open.resolve(body);
    else if (open.call === undefined) open.reject(new RequestError(status, body));
    else open.reject(new CallError(open.call, status, body));
  }

  /** Calls are sent again by the next connection; requests fail with this one. */
  connectionLost(error: TickroomError): void {
    this.#fail(error, ({ call }) => call === undefined);
  }

  closed(error: TickroomError): void {
    this.#fail(error, () => true);
  }

  #fail(error: TickroomError, fails: (open: Open) => boolean): void {
    for (const [id, open] of this.#open) {
      if (!fails(open)) continue;
      this.#open.delete(id);
      clearTimeout(open.timer);
      open.forget?.();
      open.reject(error);
    }
  }
}
