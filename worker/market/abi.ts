// Which ABI a module speaks, told from its imports and exports alone (design §3). Pure: it sees names and types, no code.
// Each ABI is one row of ABIS.
import { EXTISM_MODULE, EXTISM_SIGNATURES } from "./abis/extism.ts";
import { WASI_MODULE, WASI_SIGNATURES } from "./abis/wasi.ts";
import type { PublishCode } from "./codes.ts";
import type { Permission } from "./manifest.ts";
import { err, ok, type Result } from "./result.ts";

/** What a module can import or export (WebAssembly core specification §2.5.10). */
export type ExternKind = "function" | "table" | "memory" | "global" | "tag";

/** Value types as the specification's text format spells them: "i32", "i64", "f32", "f64", "v128", "funcref"... */
export interface Signature {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

/** An import of a module. `type` is there for functions; where it is absent the signature is not checked. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  readonly type?: Signature;
}

/** An export of a module. `type` as for imports. */
export interface ModuleExport {
  readonly name: string;
  readonly kind: ExternKind;
  readonly type?: Signature;
}

export type AbiName = "orcade" | "extism" | "wasi";

/** Why no ABI fits. `subject` is the import or export meant, as `module.name` or `name`. */
export interface AbiError {
  readonly reason: Extract<
    PublishCode,
    | "no-apply"
    | "no-start"
    | "no-entry"
    | "apply-signature"
    | "no-memory"
    | "unknown-import"
    | "import-kind"
    | "import-signature"
    | "reserved-name"
    | "permission-missing"
  >;
  readonly subject: string;
  readonly message: string;
}

interface HostFunction extends Signature {
  /** One of these is needed; none: none is. */
  readonly permissions: readonly Permission[];
}

interface HostModule {
  readonly name: string;
  readonly functions: ReadonlyMap<string, HostFunction>;
}

interface ExportRule {
  readonly name: string;
  readonly kind: ExternKind;
  readonly type?: Signature;
  readonly missing: "no-apply" | "no-start" | "no-memory";
}

interface Abi {
  readonly name: AbiName;
  /** The modules that host functions are imported from; the first is the one that tells the ABI. */
  readonly modules: readonly [HostModule, ...HostModule[]];
  readonly exports: readonly ExportRule[];
}

const RESERVED = "orcade:";
/** Names are an author's and may be 8 MiB long; messages show this much of them. */
const SHOWN = 80;

/** A signature of `count` i32 parameters and perhaps one i32 result, as most of the orcade ABI. */
function i32s(count: number, results: 0 | 1, ...permissions: Permission[]): HostFunction {
  return { params: Array<string>(count).fill("i32"), results: Array<string>(results).fill("i32"), permissions };
}

/** docs/architecture.md, "The orcade ABI, version 1". */
const ORCADE_MODULE: HostModule = {
  name: "orcade",
  functions: new Map([
    ["input_type", i32s(0, 1)],
    ["input_size", i32s(0, 1)],
    ["input_read", i32s(3, 0)],
    ["output", i32s(3, 0)],
    ["fail", i32s(4, 0)],
    ["log", i32s(3, 0)],
    ["progress", { params: ["f64", "i32", "i32"], results: [], permissions: [] }],
    ["random", i32s(2, 0)],
    ["now", { params: [], results: ["i64"], permissions: [] }],
    ["state_get", i32s(2, 1, "state")],
    ["state_put", i32s(4, 0, "state")],
    ["state_delete", i32s(2, 0, "state")],
    ["state_list", i32s(5, 1, "state")],
    ["call", i32s(5, 1, "call")],
    ["job_size", i32s(0, 1)],
    ["job_read", i32s(3, 0)],
    ["job_done", { params: ["i64", "i32", "i32", "i32"], results: [], permissions: [] }],
    ["call_add", i32s(5, 0, "call")],
    ["call_all", i32s(0, 1, "call")],
    ["call_next", i32s(0, 1, "call")],
    ["answer_kind", i32s(0, 1, "call")],
    ["data_get", i32s(2, 1, "data")],
    ["data_range", { params: ["i32", "i32", "i64", "i32"], results: ["i32"], permissions: ["data"] }],
    ["data_size", { params: ["i32", "i32"], results: ["i64"], permissions: ["data"] }],
    ["data_list", i32s(5, 1, "data")],
    ["data_put", i32s(4, 1, "data-write")],
    ["data_delete", i32s(2, 1, "data-write")],
    ["fetch", i32s(4, 1, "internet")],
    ["fetch_status", i32s(0, 1, "internet")],
    ["fetch_headers", i32s(0, 1, "internet")],
    ["secret_get", i32s(2, 1, "secrets")],
    ["answer_read", i32s(3, 0, "state", "call", "data", "internet", "secrets")],
  ]),
};

const MEMORY = { name: "memory", kind: "memory", missing: "no-memory" } as const;
const NOTHING: Signature = { params: [], results: [] };
const free = (signatures: ReadonlyMap<string, Signature>): HostModule["functions"] =>
  new Map([...signatures].map(([name, signature]) => [name, { ...signature, permissions: [] }]));

const WASI: HostModule = { name: WASI_MODULE, functions: free(WASI_SIGNATURES) };
const EXTISM: HostModule = { name: EXTISM_MODULE, functions: free(EXTISM_SIGNATURES) };

/** In the order in which they are told: plug-ins may use WASI, and both may use ours. */
const ABIS: readonly Abi[] = [
  { name: "extism", modules: [EXTISM, WASI, ORCADE_MODULE], exports: [MEMORY] },
  {
    name: "wasi",
    modules: [WASI, ORCADE_MODULE],
    exports: [{ name: "_start", kind: "function", type: NOTHING, missing: "no-start" }, MEMORY],
  },
];
const ORCADE: Abi = {
  name: "orcade",
  modules: [ORCADE_MODULE],
  exports: [{ name: "apply", kind: "function", type: NOTHING, missing: "no-apply" }, MEMORY],
};

/**
 * Recognises the ABI of a module: the first row whose own module is imported from is the one that is meant, else ours. Linear in the number of imports and exports.
 *
 * @param permissions what the manifest asks for
 */
export function recognise(
  imports: readonly ModuleImport[],
  exports: readonly ModuleExport[],
  permissions: readonly Permission[],
): Result<AbiName, AbiError> {
  const modules = new Set(imports.map((item) => item.module));
  const abi = ABIS.find(({ modules: [own] }) => modules.has(own.name)) ?? ORCADE;
  const granted = new Set(permissions);
  const error =
    reservedExport(exports) ??
    firstOf(imports, (item) => checkImport(abi, item, granted)) ??
    firstOf(abi.exports, (rule) => checkExport(rule, exports));
  return error === undefined ? ok(abi.name) : err(error);
}

/** What a plug-in exports for its runtime, and not to be called by. */
const RUNTIME =
  /^(?:_initialize|_start|hs_init|hs_exit|__wasm_call_ctors|malloc|free|realloc|calloc|cabi_.*|asyncify_.*)$/;

/**
 * The function that a module is called by.
 * @param wanted the manifest's `entry`: needed where a plug-in exports several
 */
export function entryOf(
  abi: AbiName,
  exports: readonly ModuleExport[],
  wanted: string | undefined,
): Result<string, AbiError> {
  if (abi === "orcade") return ok("apply");
  if (abi === "wasi") return ok("_start");
  const callable = exports.filter(
    ({ name, kind, type }) => kind === "function" && !RUNTIME.test(name) && isEntry(type),
  );
  const named = callable.filter(({ name }) => wanted === undefined || name === wanted);
  const [only, another] = named;
  if (only !== undefined && another === undefined) return ok(only.name);
  const list = callable.map(({ name }) => name.slice(0, SHOWN)).slice(0, 20);
  const subject = wanted ?? "entry";
  const rest = `must be one of the functions it exports without parameters: ${list.join(", ") || "there are none"}`;
  return err(refusal("no-entry", subject, rest));
}

/** No parameters, and perhaps a code. */
const isEntry = (type: Signature | undefined): boolean =>
  type === undefined || (type.params.length === 0 && (type.results.length === 0 || spell(type) === "() -> (i32)"));

function firstOf<T>(items: readonly T[], check: (item: T) => AbiError | undefined): AbiError | undefined {
  for (const item of items) {
    const error = check(item);
    if (error !== undefined) return error;
  }
  return undefined;
}

function reservedExport(exports: readonly ModuleExport[]): AbiError | undefined {
  const found = exports.find((item) => item.name.startsWith(RESERVED));
  if (found === undefined) return undefined;
  return refusal(
    "reserved-name",
    found.name,
    "is an export, and names beginning `orcade:` are the platform's: rename it",
  );
}

function checkImport(abi: Abi, item: ModuleImport, granted: ReadonlySet<Permission>): AbiError | undefined {
  const subject = `${item.module}.${item.name}`;
  if (item.module.startsWith(RESERVED) || item.name.startsWith(RESERVED)) {
    return refusal(
      "reserved-name",
      subject,
      "is an import, and names beginning `orcade:` are the platform's: remove it",
    );
  }
  if (item.kind !== "function") {
    return refusal(
      "import-kind",
      subject,
      `is an imported ${item.kind}; only functions may be imported: define it inside`,
    );
  }
  const host = abi.modules.find(({ name }) => name === item.module)?.functions.get(item.name);
  if (host === undefined) return refusal("unknown-import", subject, unknownHint(abi, item));
  if (item.type !== undefined && !sameSignature(item.type, host)) {
    return refusal("import-signature", subject, `must be imported as ${spell(host)}, and is ${spell(item.type)}`);
  }
  const { permissions } = host;
  if (permissions.length === 0 || permissions.some((permission) => granted.has(permission))) return undefined;
  return refusal(
    "permission-missing",
    subject,
    `needs ${permissions.map((permission) => `"${permission}"`).join(" or ")} among the manifest's "permissions"`,
  );
}

function checkExport(rule: ExportRule, exports: readonly ModuleExport[]): AbiError | undefined {
  const found = exports.find((item) => item.name === rule.name);
  if (found === undefined)
    return refusal(rule.missing, rule.name, `is not exported; the module must export it as a ${rule.kind}`);
  if (found.kind !== rule.kind)
    return refusal(rule.missing, rule.name, `is exported as a ${found.kind}, not as a ${rule.kind}`);
  if (rule.type === undefined || found.type === undefined || sameSignature(found.type, rule.type)) return undefined;
  return refusal("apply-signature", rule.name, `must be ${spell(rule.type)}, and is ${spell(found.type)}`);
}

function unknownHint(abi: Abi, item: ModuleImport): string {
  if (item.module === "env" && item.name === "abort") {
    return "is not a host function; AssemblyScript imports it unless built by `orcade build` (asc --use abort=)";
  }
  const [first] = abi.modules;
  const from = abi.modules.find(({ name }) => name === item.module) ?? first;
  return `is not a host function; those of "${from.name}" are ${[...from.functions.keys()].join(", ")}`;
}

function sameSignature(a: Signature, b: Signature): boolean {
  return spell(a) === spell(b);
}

function spell(type: Signature): string {
  return `(${type.params.join(", ")}) -> (${type.results.join(", ")})`;
}

function refusal(reason: AbiError["reason"], name: string, rest: string): AbiError {
  const subject = name.length > SHOWN ? `${name.slice(0, SHOWN)}...` : name;
  return { reason, subject, message: `${JSON.stringify(subject)} ${rest}.` };
}
