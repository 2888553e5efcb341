// What the build adds to the author's sources before they are compiled: methods that read and write each class of the
// signature, put before its closing brace, and the function that the module exports as `apply`. Nothing is added before
// or between the author's lines, so that asc's messages name them as they are.
import { ENTRY, type Sources } from "./compiler.ts";
import { allFields, isRequired, type ClassModel, type FieldModel, type Signature } from "./shapes.ts";

/** Names of the library as the glue calls them; authors cannot mean them by accident. */
const NAMES = {
  "orcade/json/values": ["read", "write", "readOptional", "writeOptional"],
  "orcade/json/read": ["openObject", "nextMember", "closeObject", "keyIs", "unknownField", "missing"],
  "orcade/json/path": ["atField"],
  "orcade/json/write": ["writeName"],
  "orcade/optional": ["Optional"],
  "orcade/glue": [
    "inputText",
    "inputUtf8",
    "inputBytes",
    "inputJson",
    "outputText",
    "outputUtf8",
    "outputBytes",
    "outputJson",
    "outputVoid",
  ],
} as const;

const PREFIX = "__orcade_";

/** The functions of the library that a text uses, as import statements. */
function imports(text: string): string {
  const lines = Object.entries(NAMES).map(([path, names]) => {
    const used = names.filter((name) => new RegExp(`\\b${PREFIX}${name}\\b`).test(text));
    const list = used.map((name) => `${name} as ${PREFIX}${name}`).join(", ");
    return used.length === 0 ? "" : `import { ${list} } from "${path}";\n`;
  });
  return lines.join("");
}

/**
 * @param read gives the author's text of a file
 * @returns the files that differ from the author's, and the entry module
 */
export function addGlue(signature: Signature, read: (file: string) => string): Sources {
  const insertions = new Map<string, { at: number; text: string }[]>();
  const insert = (file: string, at: number, text: string) =>
    insertions.set(file, [...(insertions.get(file) ?? []), { at, text }]);
  const inputs = new Map(signature.inputClasses.map((model) => [key(model), model]));
  const outputs = new Map(signature.outputClasses.map((model) => [key(model), model]));
  for (const model of inputs.values()) insert(model.file, model.end, reading(model));
  for (const model of outputs.values()) insert(model.file, model.end, writing(model));
  insert(signature.file, Number.MAX_SAFE_INTEGER, `\n${entryFunction(signature)}\n`);
  const sources = new Map<string, string>();
  for (const [file, list] of insertions) sources.set(file, splice(read(file), list));
  const path = signature.file.replace(/\.ts$/, "");
  sources.set(`${ENTRY}.ts`, `export { ${PREFIX}apply as apply } from "./${path}";\n`);
  return sources;
}

const key = (model: ClassModel): string => `${model.file}#${model.end}`;

function splice(source: string, list: readonly { at: number; text: string }[]): string {
  let text = source;
  for (const { at, text: added } of [...list].sort((a, b) => b.at - a.at)) {
    text = text.slice(0, at) + added + text.slice(at);
  }
  return `${text}\n${imports(text.slice(0))}`;
}

function entryFunction({ name, input, output }: Signature): string {
  const take = {
    text: input.shape?.kind === "utf8" ? "inputUtf8()" : "inputText()",
    bytes: "inputBytes()",
    json: `inputJson<${input.typeText}>()`,
    void: "",
  }[input.kind];
  const call = `${name}(${PREFIX}${take})`;
  const give = {
    text: output.shape?.kind === "utf8" ? `outputUtf8(${call})` : `outputText(${call})`,
    bytes: `outputBytes(${call})`,
    json: `outputJson<${output.typeText}>(${call})`,
    void: "outputVoid()",
  }[output.kind];
  const before = output.kind === "void" ? `${call}; ` : "";
  return `export function ${PREFIX}apply(): void { ${before}${PREFIX}${give}; }`;
}

/** The methods that read a class: initialisers, one field by its key, the whole object. */
function reading(model: ClassModel): string {
  const first = model.base === undefined ? 0 : allFields(model.base).length;
  const cases = model.fields.map((field, index) => readField(field, first + index)).join("");
  const otherwise = model.base === undefined ? "return -1;" : "return super.__orcadeTake();";
  const checks = allFields(model).flatMap((field, index) =>
    isRequired(field) ? [`if (!(seen & ((<u64>1) << ${index}))) ${PREFIX}missing("${field.name}"); `] : [],
  );
  return (
    ` ${model.constructed ? "" : initialising(model)}` +
    `__orcadeTake(): i32 { ${cases}${otherwise} } ` +
    `__orcadeRead(): void { let seen: u64 = 0; if (${PREFIX}openObject()) { do { let index = this.__orcadeTake(); ` +
    `if (index < 0) ${PREFIX}unknownField(); seen |= (<u64>1) << index; } while (${PREFIX}nextMember()); } ` +
    `${checks.join("")}${PREFIX}closeObject(); } `
  );
}

function readField(field: FieldModel, index: number): string {
  const read = field.optional
    ? `${PREFIX}readOptional<${field.typeText}>(this.${field.name});`
    : `this.${field.name} = ${PREFIX}read<${field.typeText}>();`;
  return `if (${PREFIX}keyIs("${field.name}")) { ${PREFIX}atField("${field.name}"); ${read} return ${index}; } `;
}

function initialising(model: ClassModel): string {
  const fields = model.fields.map((field) => {
    if (field.initialiser !== undefined) return `this.${field.name} = ${field.initialiser}; `;
    return field.optional ? `this.${field.name} = new ${PREFIX}Optional<${field.typeText}>(); ` : "";
  });
  const hidden = model.hidden.map(({ name, initialiser }) =>
    initialiser === undefined ? "" : `this.${name} = ${initialiser}; `,
  );
  const base = model.base === undefined ? "" : "super.__orcadeInit(); ";
  return `__orcadeInit(): void { ${base}${fields.join("")}${hidden.join("")}} `;
}

/**
 * The method that writes a class's fields. `as` is the class that the type says, or 0 when a class writes what it inherits:
 * an object of a class below it is written as what the type says, because the schema says the same.
 */
function writing(model: ClassModel): string {
  const fields = model.fields.map((field) =>
    field.optional
      ? `first = ${PREFIX}writeOptional<${field.typeText}>("${field.name}", first, this.${field.name}); `
      : `${PREFIX}writeName("${field.name}", first); first = false; ${PREFIX}write<${field.typeText}>(this.${field.name}); `,
  );
  const inherited =
    model.base === undefined
      ? ""
      : `if (as && as != idof<${model.name}>()) return super.__orcadeWrite(first, as); ` +
        "first = super.__orcadeWrite(first, 0); ";
  return ` __orcadeWrite(first: bool, as: u32): bool { ${inherited}${fields.join("")}return first; } `;
}
