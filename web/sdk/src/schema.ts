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

/** Names the parts of the wire's game schema. */
export function readGame(schema: GameSchema): Game {
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

/** The values of a component or an event as an object by field name, quantised numbers in their own units. */
export function readFields(fields: readonly Field[], values: readonly unknown[]): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) {
    const value = values[index];
    named[field.name] = field.step > 0 && typeof value === "number" ? value * field.step : value;
  }
  return named;
}
