// The library: every site and method of the host, by name.
import type { Run } from "../engine/run.ts";
import type { HostMethod, HostSite, Library, Outcome } from "../engine/site.ts";
import { noSuchMember } from "../values/failure.ts";
import { Ctor, fieldOf, Method, Port, Rec, type Value } from "../values/kinds.ts";
import { format } from "../values/text.ts";
import { Arr, ARRAY, ARRAYS, Element, ELEMENT } from "./arrays.ts";
import { BOUNDED, Channel, CHANNEL, CHANNELS } from "./channels.ts";
import { CORE, PORT_SITE } from "./core.ts";
import type { Methods } from "./define.ts";
import { JSON_SITES } from "./json.ts";
import { OPERATORS } from "./operators.ts";
import { RANDOM } from "./random.ts";
import { Counter, COUNTER, Dictionary, entryOf, Ref, REF, Semaphore, SEMAPHORE, STATE } from "./state.ts";
import { STRING } from "./strings.ts";
import { TEXT } from "./text.ts";
import { Clock, CLOCK, TIME } from "./time.ts";

const SITES: ReadonlyMap<string, HostSite> = new Map(
  [...OPERATORS, ...CORE, ...STATE, ...CHANNELS, ...ARRAYS, ...TIME, ...TEXT, ...RANDOM, ...JSON_SITES].map((site) => [
    site.name,
    site,
  ]),
);

const NO_METHODS: Methods = {};
/** `a.length` before it is read or called. */
const LENGTH: Methods = {
  read: (_, self) => ((self as Method).target as Arr).items.length,
};

/** @returns the methods that the host answers for such a value */
function methodsOf(value: Value): Methods {
  if (typeof value === "string") return STRING;
  if (value instanceof Channel) return value.bound === null ? CHANNEL : BOUNDED;
  if (value instanceof Ref) return REF;
  if (value instanceof Element) return ELEMENT;
  if (value instanceof Arr) return ARRAY;
  if (value instanceof Semaphore) return SEMAPHORE;
  if (value instanceof Counter) return COUNTER;
  if (value instanceof Clock) return CLOCK;
  if (value instanceof Method && value.name === "length" && value.target instanceof Arr) return LENGTH;
  return NO_METHODS;
}

function method(value: Value, name: string): HostMethod | undefined {
  const methods = methodsOf(value);
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
}

function member(run: Run, value: Value, name: string): Outcome {
  if (value instanceof Rec) run.charge(value.keys.length >> 5);
  if (value instanceof Rec) return fieldOf(value, name) ?? missing(value, name);
  if (value instanceof Dictionary) return entryOf(value, name);
  if (value instanceof Port) return new Method(value, name);
  if (value instanceof Ctor && (name === "apply" || name === "unapply")) return new Method(value, name);
  return method(value, name) === undefined || name === "()" ? missing(value, name) : new Method(value, name);
}

function missing(value: Value, name: string): Outcome {
  if (value instanceof Rec && value.keys.includes(name)) return null;
  const text = format(value);
  return noSuchMember(typeof text === "string" ? text : "…", name);
}

export const LIBRARY: Library = { site: (name) => SITES.get(name), method, member };

/** The classes of values that change: a snapshot has to know them. */
export const THINGS = [Channel, Ref, Element, Arr, Semaphore, Counter, Clock, Dictionary] as const;

/** @returns the names that the prelude's imports give: the library's, and Prompt, which somebody outside has to answer */
export const siteNames = (): string[] => [
  ...[...SITES.keys()].filter((name) => name !== PORT_SITE),
  "orc.lib.util.Prompt",
];
