type Handler<Detail> = (detail: Detail) => void;

/** Typed events: `on` gives back the function that takes the handler away again. */
export class Emitter<Events> {
  readonly #handlers = new Map<keyof Events, Set<Handler<never>>>();

  on<Name extends keyof Events>(name: Name, handler: Handler<Events[Name]>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler as Handler<never>);
    return () => handlers.delete(handler as Handler<never>);
  }

  emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
    for (const handler of this.#handlers.get(name) ?? []) (handler as Handler<Events[Name]>)(detail);
  }
}
