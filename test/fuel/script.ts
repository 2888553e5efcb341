// Runs scripts in the format of WebAssembly's specification tests (modules, `register`, `invoke`, `assert_…`): each command
// in two worlds, with modules as they are and metered, several of them linked with each other. Answers what happened.
import { FuelError, meter, REFUEL } from "../../worker/fuel/index.ts";
import { assemble } from "./wat.ts";
import { bytesOf, type Node, parse, word } from "./sexpr.ts";
import { argumentOf, callThrough, type Expected, expectedOf, matches, needsBits, show } from "./values.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

/** Meters nothing, or grants this much fuel at a time. */
export type World = { readonly slice: bigint } | null;

export interface Ran {
  /** One line a command: what came of it. */
  readonly lines: string[];
  /** Commands whose outcome is not what the script says. */
  readonly failures: string[];
}

/** Errors that a call or an instantiation ends in, by their names. */
const ENDS = ["RuntimeError", "LinkError", "RangeError"];

class Refused extends Error {
  override readonly name = "Refused";
}

const grant = (slice: bigint) => (balance: bigint) => balance + slice * (-balance / slice + 1n);

/** What the specification's tests import as "spectest", made anew for each script. */
function spectest(log: string[]): WebAssembly.ModuleImports {
  const print =
    (name: string) =>
    (...given: unknown[]): void =>
      void log.push(`${name}(${given.map(show).join(" ")})`);
  const names = ["print", "print_i32", "print_i64", "print_f32", "print_f64", "print_i32_f32", "print_f64_f64"];
  return {
    ...Object.fromEntries(names.map((name) => [name, print(name)])),
    global_i32: new WebAssembly.Global({ value: "i32" }, 666),
    global_i64: new WebAssembly.Global({ value: "i64" }, 666n),
    global_f32: new WebAssembly.Global({ value: "f32" }, 666.6),
    global_f64: new WebAssembly.Global({ value: "f64" }, 666.6),
    table: new WebAssembly.Table({ element: "anyfunc", initial: 10, maximum: 20 }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}

class Script {
  readonly lines: string[] = [];
  readonly failures: string[] = [];
  readonly #world: World;
  readonly #text: string;
  readonly #registered: Record<string, WebAssembly.ModuleImports>;
  readonly #named = new Map<string, WebAssembly.Exports>();
  #current: WebAssembly.Exports = {};

  constructor(text: string, world: World) {
    this.#text = text;
    this.#world = world;
    this.#registered = { spectest: spectest(this.lines) };
  }

  run(): Ran {
    for (const command of parse(this.#text)) {
      const line = this.#text.slice(0, command.from).split("\n").length;
      try {
        const said = this.#command(command);
        if (said !== null) this.lines.push(`${line}: ${said}`);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        this.lines.push(`${line}: ${error.name}: ${error.message}`);
        this.failures.push(`${line}: ${error.name}: ${error.message}`);
      }
    }
    return { lines: this.lines, failures: this.failures };
  }

  #command(node: Node): string | null {
    switch (word(node, 0)) {
      case "module":
        return this.#module(node);
      case "register":
        return this.#register(node);
      case "invoke":
      case "get":
        return this.#act(node, null);
      case "assert_return":
        return this.#returns(node);
      case "assert_trap":
      case "assert_exhaustion":
      case "assert_unlinkable":
      case "assert_uninstantiable":
        return this.#fails(node);
      case "assert_invalid":
      case "assert_malformed":
        return this.#refuses(node);
      default:
        throw new SyntaxError(`unknown command ${word(node, 0)}`);
    }
  }

  /** The bytes of `(module …)`; null for text that is quoted, which says nothing of bytes. */
  #bytes(node: Node): Uint8Array | null {
    const [, ...rest] = node.items;
    const named = rest[0]?.text.startsWith("$") === true;
    const kind = rest[named ? 1 : 0]?.text;
    if (kind === "quote") return null;
    if (kind === "binary") return Uint8Array.from(rest.slice(named ? 2 : 1).flatMap((item) => [...bytesOf(item)]));
    return assemble(this.#text.slice(node.from, node.to));
  }

  #instantiate(bytes: Uint8Array): WebAssembly.Exports {
    if (this.#world === null) {
      if (!WebAssembly.validate(bytes.slice())) throw new Refused("invalid");
      return new WebAssembly.Instance(new Module(bytes), this.#registered).exports;
    }
    const { module } = metered(bytes);
    const imports = { ...this.#registered, [REFUEL.module]: { [REFUEL.name]: grant(this.#world.slice) } };
    return new WebAssembly.Instance(new Module(module), imports).exports;
  }

  #module(node: Node): string | null {
    const bytes = this.#bytes(node);
    if (bytes === null) return null;
    this.#current = {};
    this.#current = this.#instantiate(bytes);
    const name = word(node, 1);
    if (name.startsWith("$")) this.#named.set(name, this.#current);
    return "instantiated";
  }

  #register(node: Node): null {
    const [, as, of] = node.items;
    if (as === undefined) throw new SyntaxError("register what?");
    this.#registered[Buffer.from(bytesOf(as)).toString("utf8")] = this.#exportsOf(of);
    return null;
  }

  #exportsOf(name: Node | undefined): WebAssembly.Exports {
    if (name === undefined) return this.#current;
    const exports = this.#named.get(name.text);
    if (exports === undefined) throw new ReferenceError(`no module ${name.text}`);
    return exports;
  }

  /** Performs `(invoke $module? "name" argument…)` or `(get $module? "name")`. @returns what it answered, as text */
  #act(node: Node, expected: readonly Expected[] | null): string {
    const items = node.items.slice(1);
    const of = items[0]?.text.startsWith("$") === true ? items.shift() : undefined;
    const [name, ...given] = items;
    if (name === undefined) throw new SyntaxError("invoke what?");
    const target = this.#exportsOf(of)[Buffer.from(bytesOf(name)).toString("utf8")];
    if (word(node, 0) === "get") return show((target as WebAssembly.Global).value);
    const call = target as (...values: unknown[]) => unknown;
    if (expected !== null && needsBits(given, expected)) return callThrough(call, given, expected);
    if (given.some((each) => word(each, 0) === "v128.const")) return "left out: a v128 that JavaScript cannot hold";
    return show(call(...given.map(argumentOf)));
  }

  #returns(node: Node): string {
    const [, action, ...results] = node.items;
    if (action === undefined) throw new SyntaxError("assert_return of what?");
    const expected = results.map(expectedOf);
    const said = this.#act(action, expected);
    if (!matches(said, expected))
      throw new RangeError(`${said}, expected ${expected.map(({ text }) => text).join(" ")}`);
    return said;
  }

  /** What must end in an error that is not a refusal: of a call, or of instantiation. */
  #fails(node: Node): string | null {
    const [, action] = node.items;
    if (action === undefined) throw new SyntaxError("which?");
    const isModule = word(action, 0) === "module";
    const bytes = isModule ? this.#bytes(action) : null;
    if (isModule && bytes === null) return null;
    try {
      if (bytes === null) this.#act(action, null);
      else this.#instantiate(bytes);
    } catch (error) {
      const expected = error instanceof Error && ENDS.includes(error.name);
      if (!expected) throw error;
      return linkText(error);
    }
    throw new RangeError("did not fail");
  }

  #refuses(node: Node): string | null {
    const [, module] = node.items;
    if (module === undefined) throw new SyntaxError("which?");
    let bytes: Uint8Array | null;
    try {
      bytes = this.#bytes(module);
    } catch {
      // The assembler would not write it: only its text is wrong.
      return null;
    }
    if (bytes === null) return null;
    const valid = this.#world === null ? WebAssembly.validate(bytes.slice()) : isMetered(bytes);
    // The engine may know more than WebAssembly 2.0.
    if (valid && this.#world !== null) throw new RangeError("was metered");
    return "refused";
  }
}

/** V8 names the import by its number, which metering may change. */
const linkText = (error: Error): string =>
  error.name === "LinkError"
    ? `LinkError: ${error.message.replace(/^[^:]*: (Import #\d+ )?/, "")}`
    : `${error.name}: ${error.message}`;

function metered(bytes: Uint8Array): { module: Uint8Array } {
  try {
    return meter(bytes);
  } catch (error) {
    if (error instanceof FuelError) throw new Refused(`${error.reason}: ${error.message}`);
    throw error;
  }
}

function isMetered(bytes: Uint8Array): boolean {
  try {
    metered(bytes);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

export const runScript = (text: string, world: World): Ran => new Script(text, world).run();
