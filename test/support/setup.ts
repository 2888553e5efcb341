// Before any test: compiles the WAT under test/modules to build/test/modules.json (base64 by name), because wabt itself
// cannot run inside workerd, where some of the tests do.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, "test", "modules");

export default async function setup(): Promise<void> {
  const assembler = await wabt();
  const modules: Record<string, string> = {};
  for (const file of readdirSync(folder)) {
    const parsed = assembler.parseWat(file, readFileSync(join(folder, file), "utf8"), { tail_call: true });
    modules[basename(file, ".wat")] = Buffer.from(parsed.toBinary({}).buffer).toString("base64");
    parsed.destroy();
  }
  mkdirSync(join(root, "build", "test"), { recursive: true });
  writeFileSync(join(root, "build", "test", "modules.json"), JSON.stringify(modules));
}
