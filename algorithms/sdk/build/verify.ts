// Checks by the platform's own rules, so that what would be refused at publish is refused here: schemas within their limits,
// a sample that fits.
import type { Manifest } from "../../../worker/market/manifest.ts";
import { checkValue, compileSchema } from "../../../worker/market/schema.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** @param file the file that declares `apply` */
export function verify(manifest: Manifest, file: string): readonly Diagnostic[] {
  return [...verifySchema(manifest, "input", file), ...verifySchema(manifest, "output", file)];
}

function verifySchema(manifest: Manifest, side: "input" | "output", file: string): readonly Diagnostic[] {
  const { schema } = manifest[side];
  if (schema === undefined) return [];
  const compiled = compileSchema(schema);
  if (!compiled.ok) {
    const { path, message } = compiled.error;
    const where = path === "$" ? "" : ` At ${path} in it.`;
    return [{ file, line: 0, column: 0, message: `The schema of the ${side} is not possible. ${message}${where}` }];
  }
  if (side === "output" || manifest.sample === undefined) return [];
  const fits = checkValue(compiled.value, manifest.sample);
  if (fits.ok) return [];
  return fits.error.map(({ path, message }) => ({
    file: "algorithm.json",
    line: 0,
    column: 0,
    message: `The sample does not fit the input: ${path} ${message}`,
  }));
}
