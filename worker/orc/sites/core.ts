// The fundamental sites: Let, Ift, Iff, Error, MakeSite.
import { HALTED } from "../engine/records.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { Exit } from "../values/bounds.ts";
import { argumentType, signalled } from "../values/failure.ts";
import { Closure, Cons, kindOf, listOf, Port, SIGNAL, Tuple, type Value, Wrapped } from "../values/kinds.ts";
import { readJson, writeJson } from "../values/json.ts";
import { plainText } from "../values/text.ts";
import { site0, site1, siteN } from "./define.ts";

const test = (name: string, wanted: boolean): HostSite =>
  site1(name, (_, value) => {
    if (typeof value !== "boolean") return argumentType(0, "Boolean", kindOf(value));
    return value === wanted ? SIGNAL : HALTED;
  });

function letAll(args: readonly Value[]): Outcome {
  if (args.length === 0) return SIGNAL;
  return args.length === 1 ? (args[0] as Value) : new Tuple(args);
}

function error(value: Value): Outcome {
  const text = plainText(value);
  return text instanceof Exit ? text : signalled(text);
}

/** For preludes of a host, no program's. */
export const PORT_SITE = "orc.lib.host.Port";

/** `Port(name, first, …)`: a site outside that is called with these arguments before its own; its name holds them as JSON. */
function port([name, ...first]: readonly Value[]): Outcome {
  if (typeof name !== "string") return argumentType(0, "String", kindOf(name ?? null));
  const text = writeJson(listOf(first));
  return typeof text === "string" ? new Port(`${name}:${text}`) : argumentType(1, "JSON", kindOf(first[0] ?? null));
}

/** @returns name and first arguments of a site as {@link PORT_SITE} makes it */
export function portOf(site: string): { readonly name: string; readonly first: readonly Value[] } {
  const colon = site.indexOf(":");
  const first: Value[] = [];
  if (colon < 0) return { name: site, first };
  for (let cell = readJson(site.slice(colon + 1)); cell instanceof Cons; cell = cell.tail) first.push(cell.head);
  return { name: site.slice(0, colon), first };
}

export const CORE: readonly HostSite[] = [
  siteN("orc.lib.builtin.Let", (_, args) => letAll(args)),
  test("orc.lib.builtin.Ift", true),
  test("orc.lib.builtin.Iff", false),
  site1("orc.lib.util.Error", (_, text) => error(text)),
  site1("orc.lib.builtin.MakeSite", (_, target) =>
    target instanceof Closure ? new Wrapped(target) : argumentType(0, "Function", kindOf(target)),
  ),
  siteN(PORT_SITE, (_, args) => port(args)),
  site0("orc.lib.util.OrcVersion", () => "Orc 2.1 (Orcade)"),
];
