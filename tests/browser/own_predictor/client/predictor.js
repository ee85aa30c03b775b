// Predicts a slider by its rule in JavaScript; the page loads no engine then.

const SPEED = 300;

/** @param {import("tickroom").PredictorContext} context */
export default function predictor({ replaying, tickRate }) {
  return replaying({
    kind: "dot",
    state: ({ x, y }) => ({ x, y }),
    step: ({ x, y }, { held }) => ({ x: x + (SPEED / tickRate) * (held.has("right") - held.has("left")), y }),
    motion: ({ x, y }) => ({ x, y }),
  });
}
