// The prelude: what every program may name without declaring it.
import { CORE } from "./core.ts";
import { IDIOMS } from "./idioms.ts";
import { LISTS } from "./lists.ts";
import { STATE } from "./state.ts";
import { TIME } from "./time.ts";
import { UTIL } from "./util.ts";

/** In the order in which they are included. */
export const PRELUDE: readonly { readonly name: string; readonly source: string }[] = [
  { name: "core.inc", source: CORE },
  { name: "state.inc", source: STATE },
  { name: "time.inc", source: TIME },
  { name: "idioms.inc", source: IDIOMS },
  { name: "lists.inc", source: LISTS },
  { name: "util.inc", source: UTIL },
];
