// The imports of `extism:host/env` for one call (Extism 1.x). Input and output pass through the kernel's blocks; variables last
// as long as the call; what needs the network is not there.
import { EXTISM_NAMES, type ExtismName } from "../../../market/abis/extism.ts";
import { LIMITS } from "../../../limits.ts";
import type { FetchAsked } from "../../protocol.ts";
import type { Outside } from "../outside.ts";
import type { Pay } from "../pay.ts";
import { Stop, stop } from "../stop.ts";
import { KERNEL_BYTES, Kernel } from "./kernel.ts";

/** Bytes of all variables together, names included: Extism's own default. */
const VARIABLE_BYTES = 1024 * 1024;
/** Variables: each takes some 300 bytes of ours beside its own. */
const VARIABLES = 4_096;
/** Bytes of a name: no config has a longer one. */
const NAME_BYTES = 64 * 1024;
const CHARACTERS = 1_000;
/** Level "debug" (0 is trace, 4 error): a plug-in that asks learns that nothing below is of interest. */
const LOG_LEVEL = 1;
/** Our numbers of the levels that are kept. */
const LEVELS = { debug: 0, info: 1, warn: 2, error: 3 } as const;

export interface PluginWorld {
  readonly input: Uint8Array;
  readonly config: Readonly<Record<string, string>>;
  /** Hears a line of the log. */
  readonly log: (level: number, line: Uint8Array) => void;
  /** The Internet; null when the manifest does not ask for it. */
  readonly outside: Outside | null;
}

type Argument = number | bigint | undefined;
type Given = number | bigint | void;

const failed = (type: string, message: string): Stop => new Stop({ kind: "failed", type, message });

const METHODS: readonly FetchAsked["method"][] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** A request as PDKs write it. */
function requestOf(text: string): Omit<FetchAsked, "body"> | null {
  try {
    const { url, method = "GET", headers = {} } = JSON.parse(text) as Record<string, unknown>;
    const known = METHODS.find((each) => typeof method === "string" && each === method.toUpperCase());
    if (typeof url !== "string" || known === undefined || typeof headers !== "object" || headers === null) return null;
    return { url, method: known, headers: Object.entries(headers).map(([name, value]) => [name, String(value)]) };
  } catch {
    return null;
  }
}

/** An i64 as a number: offsets and lengths are below 2^53, and what is not is found out by the kernel. */
const small = (value: Argument): number => Number(BigInt.asUintN(64, BigInt(value ?? 0)));

export class Plugin {
  readonly kernel = new Kernel();
  readonly #world: PluginWorld;
  readonly #variables = new Map<string, Uint8Array>();
  #variableBytes = 0;
  #output: Uint8Array = new Uint8Array(0);
  #error: string | undefined;

  constructor(world: PluginWorld) {
    this.#world = world;
  }

  get output(): Uint8Array {
    return this.#output;
  }

  /** The beginning of a block as text: a name longer than that is no name of anything. */
  #text(handle: Argument, bytes = NAME_BYTES): string {
    return new TextDecoder().decode(this.kernel.block(small(handle)).subarray(0, bytes));
  }

  /** Bytes of a variable; 0 without one. For its price, before it is fetched. */
  variableBytes(handle: Argument): number {
    return this.#variables.get(this.#text(handle))?.length ?? 0;
  }

  #log(level: number, handle: Argument): void {
    this.#world.log(level, this.kernel.block(small(handle)));
  }

  #inputView(offset: number, length: number): DataView {
    const { input } = this.#world;
    if (!(offset + length <= input.length))
      throw stop("BadPointer", `${length} bytes of the input at ${offset} are not there`);
    return new DataView(input.buffer, input.byteOffset + offset, length);
  }

  setOutput(offset: number, length: number): void {
    if (length > LIMITS.answerBytes) {
      throw stop("AnswerTooLarge", `the answer has ${length} bytes; at most ${LIMITS.answerBytes} are sent`);
    }
    this.#output = this.kernel.view(offset, length).slice();
  }

  getVariable(handle: Argument): number {
    const value = this.#variables.get(this.#text(handle));
    return value === undefined ? 0 : this.kernel.store(value);
  }

  setVariable(handle: Argument, value: number): void {
    const name = this.#text(handle);
    const before = this.#variables.get(name);
    const block = value === 0 ? undefined : this.kernel.block(value);
    const change =
      (block === undefined ? 0 : block.length + name.length) - (before === undefined ? 0 : before.length + name.length);
    const count = this.#variables.size + (block === undefined || before !== undefined ? 0 : 1);
    if (this.#variableBytes + change > VARIABLE_BYTES || count > VARIABLES) {
      throw new Stop({
        kind: "failed",
        type: "VariablesFull",
        message: `at most ${VARIABLES} variables hold at most ${VARIABLE_BYTES} bytes`,
      });
    }
    this.#variableBytes += change;
    if (block === undefined) this.#variables.delete(name);
    else this.#variables.set(name, block.slice());
  }

  /** What a code other than 0 is told as. */
  failure(code: number): Stop {
    return new Stop({
      kind: "failed",
      type: "PluginError",
      message: this.#error ?? `the plug-in answered with code ${code}`,
    });
  }

  /** `{"url", "method", "headers"}` in a block, and a body in another. @returns the answer's body */
  async #request(handle: Argument, body: Argument): Promise<bigint> {
    const { outside } = this.#world;
    if (outside === null) throw failed("NoInternet", "this algorithm was not granted access to the Internet");
    const asked = requestOf(new TextDecoder().decode(this.kernel.block(small(handle))));
    if (asked === null) throw failed("InvalidRequest", "a request is JSON of url, method and headers");
    const bytes = small(body) === 0 ? null : this.kernel.block(small(body));
    const fetched = await outside.send({ ...asked, body: bytes });
    if ("error" in fetched) throw failed(fetched.error.type, fetched.error.message);
    return BigInt(this.kernel.store(fetched.body));
  }

  /** One function by its name. */
  readonly functions: Readonly<Record<ExtismName, (first: Argument, second: Argument) => Given | Promise<Given>>> = {
    alloc: (length) => BigInt(this.kernel.alloc(small(length))),
    free: (offset) => this.kernel.free(small(offset)),
    length: (offset) => BigInt(this.kernel.length(small(offset))),
    length_unsafe: (offset) => BigInt(this.kernel.length(small(offset))),
    load_u8: (offset) => this.kernel.data(small(offset), 1).getUint8(0),
    load_u64: (offset) => this.kernel.data(small(offset), 8).getBigInt64(0, true),
    store_u8: (offset, value) => this.kernel.data(small(offset), 1).setUint8(0, Number(value ?? 0)),
    store_u64: (offset, value) => this.kernel.data(small(offset), 8).setBigInt64(0, BigInt(value ?? 0), true),
    input_offset: () => BigInt(this.kernel.store(this.#world.input)),
    input_length: () => BigInt(this.#world.input.length),
    input_load_u8: (offset) => this.#inputView(small(offset), 1).getUint8(0),
    input_load_u64: (offset) => this.#inputView(small(offset), 8).getBigInt64(0, true),
    output_set: (offset, length) => this.setOutput(small(offset), small(length)),
    error_set: (handle) => void (this.#error = this.#text(handle, 4 * CHARACTERS).slice(0, CHARACTERS)),
    config_get: (handle) => {
      const value = this.#world.config[this.#text(handle)];
      return BigInt(value === undefined ? 0 : this.kernel.store(new TextEncoder().encode(value)));
    },
    var_get: (handle) => BigInt(this.getVariable(handle)),
    var_set: (handle, value) => this.setVariable(handle, small(value)),
    http_request: (request, body) => this.#request(request, body),
    http_status_code: () => this.#world.outside?.status ?? 0,
    http_headers: () => {
      const headers = this.#world.outside?.headers ?? [];
      return headers.length === 0
        ? 0n
        : BigInt(this.kernel.store(new TextEncoder().encode(JSON.stringify(Object.fromEntries(headers)))));
    },
    log_trace: () => undefined,
    log_debug: (handle) => this.#log(LEVELS.debug, handle),
    log_info: (handle) => this.#log(LEVELS.info, handle),
    log_warn: (handle) => this.#log(LEVELS.warn, handle),
    log_error: (handle) => this.#log(LEVELS.error, handle),
    get_log_level: () => LOG_LEVEL,
  };
}

/** Fuel of a function that moves at most eight bytes, and of the others: numbers of 64 bits are made anew each time. */
const LIGHT_FUEL = 250;
const BASE = 1_000;

/** A value of the config has as many at most. */
const CONFIG_BYTES = 4_000;

/** Bytes' worth of a request to the Internet, beside what it moves: as a round trip costs. */
const REQUEST_WORK = 140_000;

/** Bytes that a function moves, by its arguments. */
function weight(plugin: Plugin, name: ExtismName, [first, second]: readonly Argument[], input: number): number {
  switch (name) {
    case "alloc":
      return Math.min(small(first), KERNEL_BYTES);
    case "output_set":
      return Math.min(small(second), KERNEL_BYTES);
    case "input_offset":
      return input;
    case "log_debug":
    case "log_info":
    case "log_warn":
    case "log_error":
      return plugin.kernel.length(small(first));
    case "http_request":
      return plugin.kernel.length(small(first)) + plugin.kernel.length(small(second)) + REQUEST_WORK;
    case "error_set":
    case "config_get":
      return plugin.kernel.length(small(first)) + CONFIG_BYTES;
    case "var_get":
      return plugin.kernel.length(small(first)) + 4 * plugin.variableBytes(first);
    case "var_set":
      return CONFIG_BYTES + plugin.kernel.length(small(first)) + 4 * plugin.kernel.length(small(second));
    default:
      return 0;
  }
}

/** Functions that move at most eight bytes: they never suspend the module. */
const LIGHT: ReadonlySet<ExtismName> = new Set([
  "free",
  "length",
  "length_unsafe",
  "load_u8",
  "load_u64",
  "store_u8",
  "store_u64",
  "input_length",
  "input_load_u8",
  "input_load_u64",
  "http_status_code",
  "get_log_level",
]);

type Function = (first?: Argument, second?: Argument) => unknown;

/** @param pay charges, in the next slice where one is used up, and then does the work @param charge takes fuel at once */
export function extismFunctions(
  plugin: Plugin,
  input: number,
  pay: Pay,
  charge: (fuel: number) => void,
): Record<string, unknown> {
  const light =
    (name: ExtismName): Function =>
    (first, second) => {
      charge(LIGHT_FUEL);
      return plugin.functions[name](first, second);
    };
  const heavy = (name: ExtismName): Function => {
    const act: Function = (first, second) =>
      pay(BASE, weight(plugin, name, [first, second], input), () => plugin.functions[name](first, second));
    return new WebAssembly.Suspending(act) as unknown as Function;
  };
  return Object.fromEntries(EXTISM_NAMES.map((name) => [name, LIGHT.has(name) ? light(name) : heavy(name)]));
}
