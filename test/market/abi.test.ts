import { describe, expect, it } from "vitest";
import {
  recognise,
  type ExternKind,
  type ModuleExport,
  type ModuleImport,
  type Signature,
} from "../../worker/market/abi.ts";
import { PUBLISH_CODES } from "../../worker/market/codes.ts";
import type { Permission } from "../../worker/market/manifest.ts";
import data from "./cases/abi.json" with { type: "json" };

const LINE = /^(?<name>\S+) (?<kind>\w+)(?: \((?<params>[^)]*)\) -> \((?<results>[^)]*)\))?$/;

function readExport(line: string): ModuleExport {
  const { name, kind, params, results } = LINE.exec(line)!.groups!;
  const list = (text: string): string[] => (text === "" ? [] : text.split(", "));
  const type: Signature | undefined =
    params === undefined ? undefined : { params: list(params), results: list(results!) };
  const plain = { name: name!, kind: kind as ExternKind };
  return type === undefined ? plain : { ...plain, type };
}

function readImport(line: string): ModuleImport {
  const { name, ...rest } = readExport(line);
  const dot = name.indexOf(".");
  return { module: name.slice(0, dot), name: name.slice(dot + 1), ...rest };
}

describe("recognise", () => {
  it.each(data.cases)("$title: $answer", ({ imports, exports, permissions, answer, subject, says }) => {
    const asked = (permissions ?? []) as readonly Permission[];
    const result = recognise(imports.map(readImport), exports.map(readExport), asked);
    if (result.ok) return expect(result.value).toBe(answer);
    expect(result.error).toMatchObject({ reason: answer, subject });
    expect(result.error.message).toMatch(/^".*" .*\.$/);
    expect(result.error.message).toContain(says ?? subject);
    expect(Object.keys(PUBLISH_CODES)).toContain(result.error.reason);
  });

  it("shows the beginning of a very long name only", () => {
    const result = recognise([{ module: "env", name: "x".repeat(1_000_000), kind: "function" }], [], []);
    expect(result.ok ? 0 : result.error.message.length).toBeLessThan(500);
  });
});
