// How much is tried: a sample in `npm test`, everything in `npm run torture`.

/** Whether all cases are to be run rather than a sample. */
export const TORTURE = process.env["ORCADE_TORTURE"] === "1";

/** Of so many random cases, one in four unless it is torture. */
export const runs = (all: number, share = 4): { readonly numRuns: number } => ({
  numRuns: TORTURE ? all : Math.ceil(all / share),
});
