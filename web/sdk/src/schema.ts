import { ProtocolError } from "./errors.js";
import type { FieldSchema, GameSchema, MapHeader, PlayerRecord } from "./protocol.generated.js";

/** A field of a component or an event. `step` > 0: it travels as round(value / step). */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly step: number;
}

/** How an entity kind is drawn by a page without the game's own view. */
export interface Kind {
  readonly name: string;
  readonly shape: string;
  readonly colour: string;
  readonly layer: number;
  readonly label: boolean;
}

export interface Component {
  readonly name: string;
  readonly audience: string;
  readonly fields: readonly Field[];
}

export interface EventType {
  readonly name: string;
  readonly fields: readonly Field[];
}

/** How numbers travel; see `Steps` in the protocol. */
export interface NumberSteps {
  readonly originX: number;
  readonly originY: number;
  readonly position: number;
  readonly velocity: number;
  readonly size: number;
  readonly positionBits: number;
}

/** What the welcome says of the game: the wire's `GameSchema` with its parts named. Sizes in world units. */
export interface Game {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly width: number;
  readonly height: number;
  readonly keys: readonly string[];
  readonly axes: readonly string[];
  /** For each key the `KeyboardEvent.code`s, `Pointer0`, `Gamepad0`.. that press it. */
  readonly bindings: Readonly<Record<string, readonly string[]>>;
  readonly kinds: readonly Kind[];
  readonly components: readonly Component[];
  readonly events: readonly EventType[];
  readonly commands: readonly string[];
  readonly steps: NumberSteps;
  /** Address of the game's own view module, or empty. */
  readonly view: string;
  /** What the numbers of the tile map mean, or null where the game has none. */
  readonly map: MapHeader | null;
  /** How far back (ms) the server looks for what a shooter saw; 0: it does not. */
  readonly rewind: number;
}

/** A player of the room. */
export interface Player {
  readonly player: number;
  readonly player_id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly team: number;
}

const POSITION_BITS: ReadonlySet<number> = new Set([16, 32]);
/** What a component, an event or a field may be called: what is a name in the rules, which are Python. */
const NAME = /^\p{L}[\p{L}\p{N}_]*$/u;
/** By the names of their types; a field of any other is handed on as it came. */
const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  int: Number.isInteger,
  float: Number.isFinite,
  bool: (value) => typeof value === "boolean",
  str: (value) => typeof value === "string",
};

/** Names the parts of the wire's game schema. Throws ProtocolError for one that no game could have. */
export function readGame(schema: GameSchema): Game {
  const game = named(schema);
  const { position, velocity, size, positionBits } = game.steps;
  if (!POSITION_BITS.has(positionBits) || !(position > 0 && velocity > 0 && size > 0)) {
    throw new ProtocolError("The server's game has steps that none can have.");
  }
  for (const record of [...game.components, ...game.events]) {
    const names = [record.name, ...record.fields.map((field) => field.name)];
    if (!names.every((name) => NAME.test(name)) || !record.fields.every(({ step }) => step >= 0)) {
      throw new ProtocolError(`The server's game has a ${record.name} that none can have.`);
    }
  }
  return game;
}

function named(schema: GameSchema): Game {
  const [name, title, version, width, height, inputs, kinds, components, events, commands, steps] = schema;
  const [, , , , , , , , , , , view, map, rewind] = schema;
  const [keys, axes, bindings] = inputs;
  const [originX, originY, position, velocity, size, positionBits] = steps;
  return {
    name,
    title,
    version,
    width,
    height,
    keys,
    axes,
    bindings,
    kinds: kinds.map(([name, shape, colour, layer, label]) => ({ name, shape, colour, layer, label })),
    components: components.map(([name, audience, fields]) => ({
      name,
      audience,
      fields: fields.map(readField),
    })),
    events: events.map(([name, fields]) => ({ name, fields: fields.map(readField) })),
    commands,
    steps: { originX, originY, position, velocity, size, positionBits },
    view,
    map,
    rewind,
  };
}

function readField([name, type, step]: FieldSchema): Field {
  return { name, type, step };
}

/** Names the parts of the wire's player record. */
export function readPlayer([player, player_id, name, connected, team]: PlayerRecord): Player {
  return { player, player_id, name, connected, team };
}

/**
 * The values of a component or an event as an object by field name, quantised numbers in their own units. Throws
 * ProtocolError where they are not of the declared number and types.
 */
export function readFields(
  { name, fields }: Component | EventType,
  values: readonly unknown[],
): Record<string, unknown> {
  if (values.length !== fields.length) {
    throw new ProtocolError(`The server sent a ${name} of ${values.length} values, not ${fields.length}.`);
  }
  const read: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) {
    const value = values[index];
    const fits = field.step > 0 ? TYPES.float : TYPES[field.type];
    if (fits && !fits(value)) {
      throw new ProtocolError(`The server sent a ${name} whose ${field.name} cannot be.`);
    }
    read[field.name] = field.step > 0 ? (value as number) * field.step : value;
  }
  return read;
}
