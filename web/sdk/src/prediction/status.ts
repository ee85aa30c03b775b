/** Where prediction stands, and why it is not on. */
export type PredictionStatus =
  | { readonly state: "off"; readonly reason: string }
  | { readonly state: "loading"; readonly loaded: number; readonly total: number }
  | { readonly state: "on" }
  | { readonly state: "failed"; readonly reason: string };

/** What a predictor's last answers said, for who looks into it. */
export interface PredictionStatistics {
  /** World units. */
  readonly error: number;
  readonly corrected: number;
  readonly pending: number;
  /** How late its answers are (ms). */
  readonly lateness: number;
  /** Why it is wrong all the time; empty while it is not. */
  readonly hint: string;
  /** The errors of the last answers, oldest first; `corrected` where one of them was put right. */
  readonly history: readonly { readonly error: number; readonly corrected: boolean }[];
}
