// The fundamental sites: Let, Ift, Iff, Error, MakeSite.
import { HALTED } from "../engine/records.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { Exit } from "../values/bounds.ts";
import { argumentType, signalled } from "../values/failure.ts";
import { Closure, kindOf, SIGNAL, Tuple, type Value, Wrapped } from "../values/kinds.ts";
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

export const CORE: readonly HostSite[] = [
  siteN("orc.lib.builtin.Let", (_, args) => letAll(args)),
  test("orc.lib.builtin.Ift", true),
  test("orc.lib.builtin.Iff", false),
  site1("orc.lib.util.Error", (_, text) => error(text)),
  site1("orc.lib.builtin.MakeSite", (_, target) =>
    target instanceof Closure ? new Wrapped(target) : argumentType(0, "Function", kindOf(target)),
  ),
  site0("orc.lib.util.OrcVersion", () => "Orc 2.1 (Orcade)"),
];
