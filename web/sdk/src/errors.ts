import { CLOSE_SENTENCES, CloseReason } from "./protocol.generated.js";

/** The base of every error that the SDK throws or hands to an `error` handler. */
export class TickroomError extends Error {
  override name = "TickroomError";
}

/** The server sent something that is not of the protocol. The connection is closed and made anew. */
export class ProtocolError extends TickroomError {
  override name = "ProtocolError";
}

/** A call that the connection's state, or a limit of the protocol, does not allow. Nothing was sent. */
export class UsageError extends TickroomError {
  override name = "UsageError";
}

/** A request over the connection was answered with a status of 400 or more. */
export class RequestError extends TickroomError {
  override name = "RequestError";
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(typeof body === "string" ? body : `The request was refused with status ${status}.`);
  }
}

/** A call of the game's rpc was refused, with the server's or the game's sentence; `status` 408: no answer came in time. */
export class CallError extends RequestError {
  override name = "CallError";
  constructor(
    /** The rpc's name. */
    readonly call: string,
    status: number,
    body: unknown,
  ) {
    super(status, body);
  }
}

/** The HTTP side refused (RFC 9457 problem details); `status` 0 means that the server was not reached. */
export class HttpError extends TickroomError {
  override name = "HttpError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const FINAL: ReadonlySet<number> = new Set([
  CloseReason.MALFORMED,
  CloseReason.UNSUPPORTED_PROTOCOL,
  CloseReason.OUT_OF_STATE,
  CloseReason.BAD_TOKEN,
  CloseReason.REPLACED,
  CloseReason.ROOM_ENDED,
  CloseReason.ROOM_FAILED,
  CloseReason.KICKED,
  CloseReason.LEFT,
  CloseReason.FINGERPRINT,
  CloseReason.MESSAGE_TOO_BIG,
]);

/** The connection ended. `code` is the WebSocket close code, a `CloseReason` where the server chose it. */
export class ConnectionClosed extends TickroomError {
  override name = "ConnectionClosed";
  /** Whether another attempt with the same token is pointless. */
  readonly final: boolean;
  constructor(
    readonly code: number,
    reason = "",
  ) {
    super(reason || CLOSE_SENTENCES[code] || "The connection was lost.");
    this.final = FINAL.has(code);
  }
}
