// Compiles the C programs anew and commits to what came of which source: `node test/foreign/record.ts`, after a change of one.
import { writeFileSync } from "node:fs";
import { C_PROGRAMS, RECORD, compiledC, hashOf, moduleOf, sourceOf } from "./build.ts";

const entries = C_PROGRAMS.map((name) => {
  const bytes = compiledC(name);
  if (bytes === undefined)
    throw new Error(`${name}.c was not compiled: install clang lld wasi-libc libclang-rt-14-dev-wasm32`);
  writeFileSync(moduleOf(name), bytes);
  return [name, { source: hashOf(sourceOf(name)), module: hashOf(moduleOf(name)) }] as const;
});
writeFileSync(RECORD, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
