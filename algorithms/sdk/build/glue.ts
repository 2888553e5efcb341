// What the build adds to the author's sources before they are compiled: methods that read and write each class of the
// signature, put before its closing brace, and the function that the module exports as `apply`. No line is added before the
// author's last, so that asc's messages name the author's lines as they are.
import { ENTRY } from "./compiler.ts";
import { code, splice, type Insertion, type Piece, type Trace, type Woven } from "./insertion.ts";
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
export function addGlue(signature: Signature, read: (file: string) => string): Woven {
  const insertions = new Map<string, Insertion[]>();
  const insert = (file: string, at: number, pieces: readonly Piece[]) =>
    insertions.set(file, [...(insertions.get(file) ?? []), { at, pieces }]);
  for (const model of signature.inputClasses) insert(model.file, model.end, reading(model));
  for (const model of signature.outputClasses) insert(model.file, model.end, writing(model));
  insert(signature.file, Number.MAX_SAFE_INTEGER, code`\n${entryFunction(signature)}\n`);
  const sources = new Map<string, string>();
  const traces = new Map<string, Trace>();
  for (const [file, list] of insertions) {
    const { text, trace } = splice(read(file), list);
    sources.set(file, `${text}\n${imports(text)}`);
    traces.set(file, trace);
  }
  const path = signature.file.replace(/\.ts$/, "");
  sources.set(`${ENTRY}.ts`, `export { ${PREFIX}apply as apply } from "./${path}";\n`);
  return { sources, traces };
}

function entryFunction({ name, input, output }: Signature): readonly Piece[] {
  const take = {
    text: input.shape?.kind === "utf8" ? ["inputUtf8()"] : ["inputText()"],
    bytes: ["inputBytes()"],
    json: code`inputJson<${input.type}>()`,
    void: [],
  }[input.kind];
  const call = code`${name}(${PREFIX}${take})`;
  const give = {
    text: output.shape?.kind === "utf8" ? code`outputUtf8(${call})` : code`outputText(${call})`,
    bytes: code`outputBytes(${call})`,
    json: code`outputJson<${output.type}>(${call})`,
    void: ["outputVoid()"],
  }[output.kind];
  const before = output.kind === "void" ? code`${call}; ` : [];
  return code`export function ${PREFIX}apply(): void { ${before}${PREFIX}${give}; }`;
}

/** The methods that read a class: initialisers, one field by its key, the whole object. */
function reading(model: ClassModel): readonly Piece[] {
  const first = model.base === undefined ? 0 : allFields(model.base).length;
  const cases = model.fields.flatMap((field, index) => readField(field, first + index));
  const otherwise = model.base === undefined ? "return -1;" : "return super.__orcadeTake();";
  const checks = allFields(model).flatMap((field, index) =>
    isRequired(field) ? [`if (!(seen & ((<u64>1) << ${index}))) ${PREFIX}missing("${field.name}"); `] : [],
  );
  return [
    " ",
    ...(model.constructed ? [] : initialising(model)),
    ...code`__orcadeTake(): i32 { ${cases}${otherwise} } `,
    `__orcadeRead(): void { let seen: u64 = 0; if (${PREFIX}openObject()) { do { let index = this.__orcadeTake(); `,
    `if (index < 0) ${PREFIX}unknownField(); else seen |= (<u64>1) << index; } while (${PREFIX}nextMember()); } `,
    `${checks.join("")}${PREFIX}closeObject(); } `,
  ];
}

function readField(field: FieldModel, index: number): readonly Piece[] {
  const read = field.optional
    ? code`${PREFIX}readOptional<${field.type}>(this.${field.name});`
    : code`this.${field.name} = ${PREFIX}read<${field.type}>();`;
  return code`if (${PREFIX}keyIs("${field.name}")) { ${PREFIX}atField("${field.name}"); ${read} return ${String(index)}; } `;
}

function initialising(model: ClassModel): readonly Piece[] {
  const fields = model.fields.flatMap((field) => {
    if (field.initialiser !== undefined) return code`this.${field.name} = ${field.initialiser}; `;
    return field.optional ? code`this.${field.name} = new ${PREFIX}Optional<${field.type}>(); ` : [];
  });
  const hidden = model.hidden.flatMap(({ name, initialiser }) =>
    initialiser === undefined ? [] : code`this.${name} = ${initialiser}; `,
  );
  const base = model.base === undefined ? "" : "super.__orcadeInit(); ";
  return code`__orcadeInit(): void { ${base}${fields}${hidden}} `;
}

/**
 * The method that writes a class's fields. `as` is the class that the type says, or 0 when a class writes what it inherits:
 * an object of a class below it is written as what the type says, because the schema says the same.
 */
function writing(model: ClassModel): readonly Piece[] {
  const fields = model.fields.flatMap((field) =>
    field.optional
      ? code`first = ${PREFIX}writeOptional<${field.type}>("${field.name}", first, this.${field.name}); `
      : code`${PREFIX}writeName("${field.name}", first); first = false; ${PREFIX}write<${field.type}>(this.${field.name}); `,
  );
  const inherited =
    model.base === undefined
      ? ""
      : `if (as && as != idof<${model.name}>()) return super.__orcadeWrite(first, as); ` +
        "first = super.__orcadeWrite(first, 0); ";
  return code` __orcadeWrite(first: bool, as: u32): bool { ${inherited}${fields}return first; } `;
}
