// In `npm run torture`: random properties begin at the run's own seed, which was printed and can be given again. A plain
// `npm test` leaves them as they are.
import fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** ORCADE_SEED of a torture. */
    readonly seed: number;
  }
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: inject("seed") });
