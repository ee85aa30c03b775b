import type { PredictionStatistics } from "tickroom";

const WIDTH = 240;
const HEIGHT = 48;
const ERROR = "#5b7cfa";
const CORRECTED = "#ff7b72";
/** What fills the height at least, in world units: noise is no mountain. */
const SMALLEST = 1;

/** The errors of the last predicted ticks, a column each; where one was put right it is red. The largest of them. */
export function drawCorrections(canvas: HTMLCanvasElement, history: PredictionStatistics["history"]): number {
  const most = Math.max(SMALLEST, ...history.map(({ error }) => error));
  const brush = canvas.getContext("2d");
  if (!brush) return most;
  if (canvas.width !== WIDTH) [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  brush.clearRect(0, 0, WIDTH, HEIGHT);
  const first = WIDTH - history.length;
  for (const [index, { error, corrected }] of history.entries()) {
    const height = Math.max(corrected ? 4 : 1, (error / most) * HEIGHT);
    brush.fillStyle = corrected ? CORRECTED : ERROR;
    brush.fillRect(first + index, HEIGHT - height, 1, height);
  }
  return most;
}
