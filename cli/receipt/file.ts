// A receipt as a file: what was signed, the keys to check it with, and whatever is open of what it needs to be replayed. JSON;
// bytes in base64.
import { readFileSync } from "node:fs";
import * as z from "zod";
import { TAPED } from "../../worker/market/record/tape.ts";
import { CliFailure, EXIT, messageOf } from "../failure.ts";

export const FILE_FORMAT = "orcade-receipt-file-1";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const amount = z.int().min(0);
const charge = z.object({
  compute: amount,
  call: amount,
  royalty: amount,
  payer: z.enum(["caller", "author", "nobody"]),
});
const posting = z.object({ to: z.string(), amount, for: z.enum(["royalty", "platform"]) });

/** Loose, like the statement: what a later server signs beside this is part of what is signed. */
const node = z.looseObject({
  id: z.string(),
  parent: z.string().nullable(),
  algorithm: z.string(),
  version: z.string(),
  build: hash,
  costTable: z.string(),
  closed: z.boolean(),
  status: z.enum(["completed", "failed"]),
  error: z.string().nullable(),
  fuel: amount,
  fuelTotal: amount,
  hostCalls: amount,
  inputBytes: amount,
  outputBytes: amount,
  memoryPages: amount,
  started: amount,
  duration: amount,
  input: hash,
  output: hash.nullable(),
  answers: hash.nullable(),
  seed: hash.exactOptional(),
  charge,
  postings: z.array(posting),
});

export const receiptShape = z.object({
  statement: z.looseObject({
    format: z.literal("orcade-receipt-1"),
    issuer: z.string(),
    call: z.string(),
    account: z.string(),
    key: z.string(),
    at: amount,
    settled: amount,
    entry: amount,
    cost: amount,
    nodes: z.array(node).min(1),
  }),
  signature: z.object({ algorithm: z.literal("Ed25519"), key: z.string(), value: z.string() }),
});

export const keysShape = z.object({
  keys: z.array(
    z.object({
      kid: z.string(),
      kty: z.literal("OKP"),
      crv: z.literal("Ed25519"),
      x: z.string(),
      use: z.literal("sig"),
      created: z.string(),
      retired: z.string().nullable(),
    }),
  ),
});

/** What a build is made of, when its source is open. */
export const moduleShape = z.object({
  abi: z.enum(["orcade", "extism", "wasi"]),
  /** MiB. */
  memory: z.int().min(1).max(64),
  permissions: z.array(z.string()),
  input: z.enum(["text", "json", "bytes"]),
  output: z.enum(["text", "json", "bytes", "void"]),
  wasm: z.base64(),
  /** How one that other tools built is driven, as in algorithm.json. */
  entry: z.string().optional(),
  args: z.array(z.string()).optional(),
  environ: z.record(z.string(), z.string()).optional(),
  config: z.record(z.string(), z.string()).optional(),
});

export const keptShape = z.object({
  nodes: z.array(
    z.object({
      id: z.string(),
      input: z.base64(),
      /** Null: only the input is known. */
      answers: z.array(z.object({ function: z.enum(TAPED), parts: z.array(z.base64()) })).nullable(),
    }),
  ),
});

const fileShape = z.object({
  format: z.literal(FILE_FORMAT),
  receipt: receiptShape,
  keys: keysShape.shape.keys,
  /** By build. */
  modules: z.record(z.string(), moduleShape),
  kept: keptShape.shape.nodes,
});

export type ReceiptFile = z.infer<typeof fileShape>;
export type ReceiptNode = z.infer<typeof node>;
export type OpenModule = z.infer<typeof moduleShape>;
export type KeptValues = ReceiptFile["kept"][number];

/** @throws CliFailure when the file cannot be read or is no receipt */
export function readReceiptFile(path: string): ReceiptFile {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new CliFailure(EXIT.usage, "unreadable-receipt", `${path} cannot be read: ${messageOf(error)}.`);
  }
  const parsed = fileShape.safeParse(document);
  if (parsed.success) return parsed.data;
  const message = `${path} is not a receipt as \`orcade receipt --export\` writes it: ${z.prettifyError(parsed.error)}`;
  throw new CliFailure(
    EXIT.failed,
    "not-a-receipt",
    message,
    "A file that was changed proves nothing: export it again.",
  );
}
