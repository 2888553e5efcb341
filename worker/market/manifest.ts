// The manifest: what an algorithm says of itself. Pure rules, no I/O: the command line, the build and the worker share it.
import * as z from "zod";
import { LIMITS } from "../limits.ts";

/** One name of an algorithm: a letter, then letters, digits, `_` or `-`; at most 30. Compared without regard to case. */
export const ALGORITHM_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,29}$/;
/** The name of an account or organisation (wire contract §2.11). */
export const OWNER_NAME = /^[A-Za-z][A-Za-z0-9_]{0,29}$/;
/** SemVer 2.0.0 without pre-release or build parts; each number below 10^6 so that versions sort as integers. */
export const VERSION = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/;

const permission = z.enum(["state", "call", "data", "data-write", "internet", "secrets"]);
/** What a value is outside the module: UTF-8 text, one JSON value, or bytes. */
const kind = z.enum(["text", "json", "bytes"]);
const schema = z.record(z.string(), z.unknown());

/** Text that may pass as a C string. */
const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\0]*$/, "no zero characters");
const atMost64 = (record: object): boolean => Object.keys(record).length <= 64;

const authored = {
  name: z.string().regex(ALGORITHM_NAME, "a letter, then letters, digits, _ or -, at most 30"),
  version: z.string().regex(VERSION, "MAJOR.MINOR.PATCH, for example 1.0.0"),
  summary: z.string().min(1).max(200),
  tags: z.array(z.string().min(1).max(30)).max(10).default([]),
  license: z.enum(["apl", "apache2", "gpl3", "mit"]).default("apl"),
  /** "open": whoever may call a version may also fetch its module, and replay its calls. */
  source: z.enum(["open", "closed"]).default("closed"),
  /** What it is written in, for the catalogue's filter. */
  language: z
    .string()
    .regex(/^[a-z][a-z0-9+#-]{0,19}$/, "lower case, at most 20")
    .default("assemblyscript"),
  visibility: z.enum(["public", "private"]).default("private"),
  memory: z.int().min(1).max(LIMITS.memoryMiBMax).default(LIMITS.memoryMiB),
  royalty: z.int().min(0).max(1_000_000_000_000).default(0),
  permissions: z.array(permission).max(8).default([]),
  /** "near-state": calls run from the object that holds the caller's state of it, where there is room. */
  runs: z.enum(["near-state"]).optional(),
  sample: z.json().optional(),
  /** For modules that other tools built: what a WASI command gets as arguments and environment, and a plug-in as its config. */
  args: z.array(text(1_000)).max(64).optional(),
  environ: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), text(1_000))
    .refine(atMost64, "at most 64")
    .optional(),
  config: z.record(text(100), text(1_000)).refine(atMost64, "at most 64").optional(),
  /** The function a plug-in is called by, where it exports several. */
  entry: z.string().min(1).max(100).optional(),
};

const sides = {
  input: z.strictObject({ kind, schema: schema.optional() }),
  output: z.strictObject({ kind: z.enum(["text", "json", "bytes", "void"]), schema: schema.optional() }),
};

/** What runs near its state has one. */
const consistent = ({
  runs,
  permissions,
}: {
  readonly runs?: string | undefined;
  readonly permissions: readonly string[];
}): boolean => runs !== "near-state" || permissions.includes("state");
const INCONSISTENT = { path: ["runs"], message: 'near-state needs the permission "state"' };

/** `algorithm.json`: what the author writes. */
export const authoredManifest = z
  .strictObject({
    $schema: z.string().optional(),
    /** A module that other tools built, beside algorithm.json; then `input` and `output` say what it takes and gives. */
    module: z.string().min(1).optional(),
    input: sides.input.optional(),
    output: sides.output.optional(),
    owner: z.string().regex(OWNER_NAME, "a letter, then letters, digits or _, at most 30").optional(),
    ...authored,
  })
  .refine(consistent, INCONSISTENT);

/** `manifest.json`: the authored part completed by the build with the ABI and both schemas. */
export const manifest = z
  .strictObject({
    ...authored,
    /** Found by the server from the module's imports and exports. */
    abi: z.enum(["orcade", "extism", "wasi"]).default("orcade"),
    ...sides,
  })
  .refine(consistent, INCONSISTENT);

export type AuthoredManifest = z.infer<typeof authoredManifest>;
export type Manifest = z.infer<typeof manifest>;
export type Kind = z.infer<typeof kind>;
export type Permission = z.infer<typeof permission>;
