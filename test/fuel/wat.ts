// The text format, by wabt: an assembler and disassembler that share nothing with worker/fuel.
import wabtInit from "wabt";

const wabt = await wabtInit();

/** What worker/fuel meters: WebAssembly 2.0 and tail calls. */
const METERED_FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  tail_call: true,
};

export type Features = Readonly<Record<string, boolean>>;

/** @param name what errors call it */
export function assemble(
  wat: string,
  features: Features = METERED_FEATURES,
  name = "case.wat",
): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat(name, wat, features);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** One instruction a line, numbers instead of names. */
export function disassemble(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { ...METERED_FEATURES, readDebugNames: false });
  try {
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}
