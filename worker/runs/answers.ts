// How a site answered, as text: what a journal holds. What enters a program is always read back from it, so that a run that
// is repeated from its journal gets the very same value.
import type { Answer } from "../orc/engine/index.ts";
import { SIGNAL } from "../orc/values/kinds.ts";
import { readJson, writeJson } from "../orc/values/json.ts";

/** @returns `s` a signal, `v` and JSON a value, `h` a halt, `e` and `[kind, text]` an error */
export function writeAnswer(answer: Answer): string {
  switch (answer.type) {
    case "halt":
      return "h";
    case "error":
      return `e${JSON.stringify([answer.kind, answer.text])}`;
    case "value": {
      if (answer.value === SIGNAL) return "s";
      const text = writeJson(answer.value);
      return typeof text === "string" ? `v${text}` : writeAnswer(UNWRITABLE);
    }
  }
}

const UNWRITABLE: Answer = { type: "error", kind: "BadAnswer", text: "The answer has no JSON form" };

export function readAnswer(text: string): Answer {
  const rest = text.slice(1);
  switch (text[0]) {
    case "s":
      return { type: "value", value: SIGNAL };
    case "v": {
      const value = readJson(rest);
      return value === undefined ? UNWRITABLE : { type: "value", value };
    }
    case "e": {
      const [kind = "", said = ""] = JSON.parse(rest) as readonly string[];
      return { type: "error", kind, text: said };
    }
    default:
      return { type: "halt" };
  }
}

/** The kind of an answer's error; null when it is none. */
export const errorOf = (text: string): string | null => {
  const answer = readAnswer(text.startsWith("e") ? text : "h");
  return answer.type === "error" ? answer.kind : null;
};
