// ReadJSON and WriteJSON: objects are records, arrays are lists, numbers are exact.
import type { Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { argumentType, Failure } from "../values/failure.ts";
import { kindOf, type Value } from "../values/kinds.ts";
import { readJson, writeJson } from "../values/json.ts";
import { site1 } from "./define.ts";

const refused = (text: string): Failure => new Failure("orc.error.runtime.SiteException", text);

function read(run: Run, text: Value): Outcome {
  if (typeof text !== "string") return argumentType(0, "String", kindOf(text));
  run.made(2 * text.length);
  run.charge(text.length >> 2);
  const value = readJson(text);
  return value === undefined ? refused("Not a JSON text") : value;
}

function write(run: Run, value: Value): Outcome {
  const text = writeJson(value);
  if (typeof text === "string") run.made(16 * text.length);
  return text === undefined ? refused(`A ${kindOf(value)} has no JSON form`) : text;
}

export const JSON_SITES: readonly HostSite[] = [
  site1("orc.lib.web.ReadJSON", read),
  site1("orc.lib.web.WriteJSON", write),
];
