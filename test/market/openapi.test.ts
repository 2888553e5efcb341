import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { manifest as shape, type Manifest } from "../../worker/market/manifest.ts";
import { algorithmOpenApi } from "../../worker/market/openapi.ts";
import { compileSchema } from "../../worker/market/schema.ts";

const DEFINED = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    fasta: { type: "string" },
    options: { $ref: "#/$defs/Options" },
    list: { type: "array", items: { $ref: "#/$defs/Options" } },
    map: { additionalProperties: { $ref: "#/$defs/Leaf.1-x_y" } },
  },
  required: ["fasta"],
  additionalProperties: false,
  $defs: {
    Options: { type: "object", properties: { leaf: { $ref: "#/$defs/Leaf.1-x_y" } } },
    "Leaf.1-x_y": { type: ["integer", "null"], enum: [1, null] },
  },
};

/** A property named like a keyword, and a value that looks like a reference: the validator itself stumbles over both. */
const TRICKY = {
  ...DEFINED,
  properties: { ...DEFINED.properties, $ref: { type: "string", default: { $ref: "#/$defs/Options" } } },
};

function made(changes: Partial<Manifest>): Manifest {
  return shape.parse({
    name: "kmers",
    version: "1.2.3",
    summary: "Counts k-mers.",
    abi: "orcade",
    input: { kind: "json", schema: DEFINED },
    output: { kind: "json", schema: DEFINED },
    ...changes,
  });
}

interface Document {
  info: { description: string };
  paths: Record<string, { post: { requestBody: { content: Record<string, unknown> } } }>;
}

function documentOf(manifest: Manifest): Document {
  const subject = { owner: "genome", name: "kmers", version: "1.2.3", manifest, serverUrl: "https://api.example" };
  return JSON.parse(JSON.stringify(algorithmOpenApi(subject))) as Document;
}

function bodyOf(document: Document): Record<string, unknown> {
  return document.paths["/v1/algo/genome/kmers/1.2.3"]!.post.requestBody.content;
}

async function expectValid(document: Document): Promise<void> {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>);
  expect([validator.version, result.valid, result.errors]).toEqual(["3.1", true, undefined]);
  for (const ref of references(document)) expect(lookUp(document, ref)).toBeTypeOf("object");
}

/** Every `$ref` that is text; those inside a `default` are values, not references. */
function references(node: unknown, key = ""): string[] {
  if (typeof node !== "object" || node === null || key === "default") return [];
  const own = (node as { $ref?: unknown }).$ref;
  const below = Object.entries(node).flatMap(([name, value]) => references(value, name));
  return typeof own === "string" ? [own, ...below] : below;
}

function lookUp(document: object, ref: string): unknown {
  const steps = ref.split("/").slice(1);
  return steps.reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], document);
}

describe("algorithmOpenApi", () => {
  const kinds = [
    ["json", "application/json", "json"],
    ["text", "text/plain", "text"],
    ["bytes", "application/octet-stream", "binary"],
  ] as const;

  it.each(kinds)("is a valid document for input and output of %s", async (kind, media, contentType) => {
    for (const schema of kind === "json" ? [DEFINED, {}, undefined] : [undefined]) {
      const side = schema === undefined ? { kind } : { kind, schema };
      const document = documentOf(
        made({ input: side, output: side, tags: ["genomics", "genomics"], permissions: ["state"] }),
      );
      await expectValid(document);
      const { post } = document["paths"]["/v1/algo/genome/kmers/1.2.3"] as {
        post: { requestBody: { content: object } };
      };
      expect(Object.keys(post.requestBody.content)).toEqual([media]);
      expect(lookUp(document, "#/components/schemas/Answer/properties/metadata/properties/content_type")).toEqual({
        const: contentType,
      });
    }
  });

  it("is a valid document for an output of void", async () => {
    const document = documentOf(made({ output: { kind: "void" } }));
    await expectValid(document);
    expect(lookUp(document, "#/components/schemas/Result")).toEqual({ type: "null" });
  });

  it("moves definitions to the components, and rewrites references but not values that look like them", () => {
    const document = documentOf(made({ input: { kind: "json", schema: TRICKY } }));
    const input = lookUp(document, "#/components/schemas/Input") as typeof TRICKY;
    expect(input).not.toHaveProperty("$defs");
    expect(input).not.toHaveProperty("$schema");
    expect(input.properties.options).toEqual({ $ref: "#/components/schemas/Input.Options" });
    expect(input.properties.list.items).toEqual({ $ref: "#/components/schemas/Input.Options" });
    expect(input.properties.map.additionalProperties).toEqual({ $ref: "#/components/schemas/Input.Leaf.1-x_y" });
    expect(input.properties.$ref).toEqual(TRICKY.properties.$ref);
    expect(lookUp(document, "#/components/schemas/Result.Options")).toEqual({
      type: "object",
      properties: { leaf: { $ref: "#/components/schemas/Result.Leaf.1-x_y" } },
    });
    expect(compileSchema(TRICKY)).toMatchObject({ ok: true });
  });

  it("shows the sample where it is an example of the body", () => {
    const media = (manifest: Manifest): unknown => bodyOf(documentOf(manifest));
    const sample = { fasta: ">a\nACGT", k: 2 };
    expect(media(made({ sample }))).toMatchObject({ "application/json": { example: sample } });
    expect(media(made({ input: { kind: "text" }, sample: "ACGT" }))).toMatchObject({
      "text/plain": { example: "ACGT" },
    });
    expect(media(made({ input: { kind: "bytes" }, sample: { base64: "AAAA" } }))).toEqual({
      "application/octet-stream": {},
    });
    expect(media(made({ sample: null }))).toMatchObject({ "application/json": { example: null } });
    expect(JSON.stringify(media(made({})))).not.toContain("example");
  });

  it("tells price and permissions", () => {
    const text = (changes: Partial<Manifest>): string => documentOf(made(changes)).info.description;
    expect(text({})).toContain("no royalty");
    expect(text({})).toContain("only computes");
    expect(text({ royalty: 150 })).toContain("a royalty of 150");
    expect(text({ permissions: ["state"] })).toContain("keeps state");
  });

  it("names each licence", async () => {
    for (const license of ["apl", "apache2", "gpl3", "mit"] as const) await expectValid(documentOf(made({ license })));
  });
});
