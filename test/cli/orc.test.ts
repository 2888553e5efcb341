// `orcade orc`: what goes to standard output, what to standard error, and the exit codes.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { orcade as run } from "./harness.ts";

async function orcade(argv: readonly string[], stdin = ""): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run(argv, { stdin });
  return { code, stdout, stderr };
}

const folder = mkdtempSync(join(tmpdir(), "orcade-orc-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("orcade orc run", () => {
  test("publications, printed text and errors in order of occurrence, each as the reference prints it", async () => {
    const path = file("order.orc", 'Println("one") >> (1, "a", 1.50) >x> Print("no end") >> Rwait(10) >> (1 / 0 ; x)');
    expect(await orcade(["orc", "run", path])).toEqual({
      code: 0,
      stdout:
        "one\nno end" +
        "Error: orc.error.runtime.JavaException: java.lang.ArithmeticException: BigInteger divide by zero\n" +
        '(1, "a", 1.50)\n',
      stderr: "",
    });
  });

  test("--simulated-clock does not wait", async () => {
    const path = file("year.orc", 'Rwait(31536000000) >> "a year" | Rwait(1) >> Rtime()');
    const begun = Date.now();
    const { stdout, code } = await orcade(["orc", "run", path, "--simulated-clock"]);
    expect({ stdout, code }).toEqual({ stdout: '1\n"a year"\n', code: 0 });
    expect(Date.now() - begun).toBeLessThan(30_000);
  });

  test("--json is one document a line, with the place of an error", async () => {
    const path = file("json.orc", '[1, "a"] |\n  Error("oh")');
    const { stdout } = await orcade(["orc", "run", path, "--json"]);
    expect(stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]))).toEqual([
      { type: "publication", value: '[1, "a"]' },
      {
        type: "error",
        class: "orc.error.runtime.ProgramSignalledError",
        text: "oh",
        place: { source: path, line: 2, column: 3 },
      },
      { type: "end", state: "halted" },
    ]);
  });

  test("a program that does not compile: diagnostics to standard error, nothing to standard output, exit 1", async () => {
    const path = file("wrong.orc", 'Println("never") | nowhere(1)');
    expect(await orcade(["orc", "run", path])).toEqual({
      code: 1,
      stdout: "",
      stderr: `${path}:1:20: error: \`nowhere\` is not defined.\n  Println("never") | nowhere(1)\n                     ^^^^^^^\n`,
    });
    const json = await orcade(["orc", "run", path, "--json"]);
    expect({ code: json.code, stdout: json.stdout }).toEqual({ code: 1, stdout: "" });
    expect(JSON.parse(json.stderr)).toMatchObject({ severity: "error", code: "unbound", line: 1, column: 20 });
  });

  test("warnings do not stop a program", async () => {
    const path = file("warned.orc", "def f(x) = x\ndef f(0) = 1\nf(0)");
    const { code, stdout, stderr } = await orcade(["orc", "run", path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "0\n" });
    expect(stderr).toContain(`${path}:2:1: warning: `);
  });

  test("a program that waits for ever is told so", async () => {
    const path = file("blocked.orc", "1 | Channel().get()");
    const { code, stdout, stderr } = await orcade(["orc", "run", path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
    expect(stderr).toBe("The program waits for something that can no longer happen.\n");
  });

  test("a program that passes a bound is stopped with its code, exit 1", async () => {
    const path = file("huge.orc", "1 | 2 ** 1000000000");
    const { code, stdout, stderr } = await orcade(["orc", "run", path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "1\n" });
    expect(stderr).toMatch(/^The program was stopped \([a-z-]+\): /);
  });
});

describe("files", () => {
  test("includes stand below the program's folder, relative to the including file", async () => {
    file("lib/more.inc", "def three() = 3");
    file("lib/first.inc", 'include "more.inc"\ndef two() = 2');
    const path = file("includes.orc", 'include "lib/first.inc"\n(two(), three())');
    expect(await orcade(["orc", "run", path])).toEqual({ code: 0, stdout: "(2, 3)\n", stderr: "" });
  });

  test("what lies elsewhere is not included, not behind a link either", async () => {
    file("outside.inc", "def f() = 1");
    symlinkSync(join(folder, "outside.inc"), join(folder, "lib", "link.inc"));
    for (const name of ["../outside.inc", "link.inc", join(folder, "outside.inc"), "http://example.org/a.inc"]) {
      const path = file("lib/program.orc", `include ${JSON.stringify(name)}\nf()`);
      const { code, stdout, stderr } = await orcade(["orc", "run", path]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`There is no file ${JSON.stringify(name)} to include.`);
    }
  });

  test("a program on standard input includes nothing", async () => {
    expect((await orcade(["orc", "run", "-"], "1 + 1")).stdout).toBe("2\n");
    const { code, stderr } = await orcade(["orc", "check", "-"], 'include "more.inc"\n1');
    expect(code).toBe(1);
    expect(stderr).toContain("standard input:1:9: error: There is no file");
  });

  test("a byte order mark and line ends of Windows do not shift places", async () => {
    const { stderr } = await orcade(["orc", "check", file("bom.orc", "\ufeffa\r\n| b\r\n")]);
    expect(stderr.match(/:[0-9]+:[0-9]+: /g)).toEqual([":1:1: ", ":2:3: "]);
  });

  test("a missing file, a folder and bytes that are no text are wrong command lines", async () => {
    expect((await orcade(["orc", "run", join(folder, "absent.orc")])).code).toBe(2);
    expect((await orcade(["orc", "check", folder])).code).toBe(2);
    expect((await orcade(["orc", "check", file("bytes.orc", new Uint8Array([0xff, 0xfe]))])).code).toBe(2);
  });
});

describe("orcade orc check", () => {
  test("is silent about a program that compiles", async () => {
    expect(await orcade(["orc", "check", file("fine.orc", "1 | 2")])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("says what is wrong, also as JSON", async () => {
    const path = file("check.orc", "a |\nb");
    const { code, stdout, stderr } = await orcade(["orc", "check", path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.match(/error: /g)).toHaveLength(2);
    const json = JSON.parse((await orcade(["orc", "check", path, "--json"])).stdout) as unknown;
    expect(json).toMatchObject({ ok: false, diagnostics: [{ line: 1 }, { line: 2 }] });
  });
});
