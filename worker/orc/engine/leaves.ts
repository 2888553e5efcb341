// What a run refers to but does not hold: the singletons of the language, and what belongs to the program.
import { NIL, SIGNAL } from "../values/kinds.ts";
import { DONE, HALTED, LATER, NOTHING, WAITS } from "./records.ts";

/** By the names they have in a snapshot. */
export const SINGLETONS: ReadonlyMap<object, string> = new Map<object, string>([
  [SIGNAL, "signal"],
  [NIL, "nil"],
  [NOTHING, "nothing"],
  [HALTED, "halted"],
  [LATER, "later"],
  [WAITS, "waits"],
  [DONE, "done"],
]);
