// Exporting a receipt: the signed statement with everything that whoever checks it needs, as far as it is open.
import { accepted, getJson, sendSigned } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import type { Settings } from "../settings.ts";
import {
  FILE_FORMAT,
  type OpenModule,
  type ReceiptFile,
  keptShape,
  keysShape,
  moduleShape,
  receiptShape,
} from "./file.ts";

type Nodes = ReceiptFile["receipt"]["statement"]["nodes"];

/** The module of an open version, with what its build is made of; undefined when it cannot be had any more. */
async function moduleOf(settings: Settings, algorithm: string, version: string): Promise<OpenModule | undefined> {
  const path = `/v1/algorithms/${algorithm}/versions/${version}`;
  const facts = await sendSigned(settings, { method: "GET", path });
  const module = await sendSigned(settings, { method: "GET", path: `${path}/module`, seconds: 120 });
  if (facts.status !== 200 || module.status !== 200) return undefined;
  const known = asObject(accepted(facts)["settings"]);
  const parsed = moduleShape.safeParse({
    abi: asString(known?.["abi"]),
    memory: asNumber(known?.["memory_mib"]),
    permissions: known?.["permissions"],
    input: asString(known?.["input"]),
    output: asString(known?.["output"]),
    entry: known?.["entry"],
    args: known?.["args"],
    environ: known?.["environ"],
    config: known?.["config"],
    wasm: Buffer.from(module.body).toString("base64"),
  });
  return parsed.success ? parsed.data : undefined;
}

async function modulesOf(settings: Settings, nodes: Nodes): Promise<Record<string, OpenModule>> {
  const found: Record<string, OpenModule> = {};
  for (const { algorithm, version, build, closed } of nodes) {
    if (closed || found[build] !== undefined) continue;
    const module = await moduleOf(settings, algorithm, version);
    if (module !== undefined) found[build] = module;
  }
  return found;
}

/** @param input of the call's root, when whoever exports has it and the server kept nothing */
export async function exportReceipt(
  settings: Settings,
  call: string,
  input: Uint8Array | undefined,
): Promise<ReceiptFile> {
  const path = `/v1/calls/${encodeURIComponent(call)}`;
  const receipt = receiptShape.parse(await getJson(settings, `${path}/receipt`));
  const { keys } = keysShape.parse(await getJson(settings, "/.well-known/orcade-keys"));
  const { nodes: kept } = keptShape.parse(await getJson(settings, `${path}/kept`));
  const modules = await modulesOf(settings, receipt.statement.nodes);
  const given =
    input === undefined || kept.some(({ id }) => id === call)
      ? []
      : [{ id: call, input: Buffer.from(input).toString("base64"), answers: null }];
  return { format: FILE_FORMAT, receipt, keys, modules, kept: [...given, ...kept] };
}
