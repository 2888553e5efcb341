// Inputs of the module test/modules/script.wat.
const encoder = new TextEncoder();

export type Step = readonly [
  what: "put" | "delete" | "get" | "append" | "list" | "call" | "increment" | "trap",
  name?: string,
  value?: string | Uint8Array,
];

function encoded([what, name = "", value = ""]: Step): Uint8Array<ArrayBuffer> {
  const path = encoder.encode(name);
  const bytes = typeof value === "string" ? encoder.encode(value) : value;
  const length = new Uint8Array(Uint32Array.of(bytes.length).buffer);
  const head = Uint8Array.of(what.charCodeAt(0), path.length, ...path, ...length);
  return joined([head, bytes]);
}

/** The permissions that the module needs. */
export const SCRIPTED = { permissions: ["state", "call", "data", "data-write"] };

export function script(...steps: readonly Step[]): Uint8Array<ArrayBuffer> {
  return joined(steps.map(encoded));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
