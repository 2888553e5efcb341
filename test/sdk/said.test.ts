// Log, progress, time, chance and data, as an algorithm sees them in a local run.
import { describe, expect, it } from "vitest";
import { runLocal } from "../../algorithms/sdk/build/index.ts";
import { built, text } from "./support.ts";

const SOURCE = `import { data, fetch, log, now, progress, random, randomBytes, secret, Utf8 } from "orcade";
export function apply(command: string): string {
  const words = command.split(" ");
  const verb = words[0];
  log.debug("a"); log.info("bé"); log.warn(""); log.error(command);
  progress(0.5); progress(1, "done");
  if (verb == "now") return now().toString() + " " + now().toString();
  if (verb == "random") {
    const drawn = random();
    if (drawn < 0 || drawn >= 1) return "outside";
    return drawn.toString() + " " + randomBytes(4).toString();
  }
  if (verb == "get") { const found = data.getString(words[1]); return found === null ? "none" : found; }
  if (verb == "range") {
    const found = data.getRange(words[1], I64.parseInt(words[2]), I32.parseInt(words[3]));
    return found === null ? "none" : found.toString();
  }
  if (verb == "size") return data.size(words[1]).toString() + " " + data.exists(words[1]).toString();
  if (verb == "list") { const names = data.list(words[1], words[2]); return names === null ? "none" : names.join(","); }
  if (verb == "fetch") {
    const reply = fetch(words[1], "POST", ["X-Mine: " + secret("KEY")!, "Accept: */*"], Utf8.from(words[2]).toBytes());
    if (!reply.ok) return reply.errorType;
    const answer = reply.value;
    return answer.status.toString() + " " + answer.headers.get("a") + " " + answer.headers.get("b") + " " + answer.text();
  }
  if (verb == "secret") { const found = secret(words[1]); return found === null ? "none" : found; }
  if (verb == "put") return data.putString(words[1], words[2]).toString();
  if (verb == "puts") return data.put(words[1], Uint8Array.wrap(String.UTF8.encode(words[2]))).toString() + " " + data.getString(words[1])!;
  if (verb == "delete") return data.delete(words[1]).toString() + " " + data.exists(words[1]).toString();
  return "?";
}`;

describe("what needs the host", () => {
  const build = built(SOURCE, { permissions: ["data", "data-write", "internet", "secrets"] });
  const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
  const data = new Map([
    ["data://.my/c/x", encode("é!")],
    ["data://.my/c/y", encode("")],
  ]);
  const written = new Map<string, Uint8Array | null>();
  const secrets = new Map([["KEY", "s3cr3t"]]);
  const internet = (head: string, body: Uint8Array) =>
    head.includes("//x.net/")
      ? {
          status: 201,
          headers: "a: 1\nb: 2\nb: 3\n",
          body: encode(`${head.replaceAll("\n", "|")}|${new TextDecoder().decode(body)}`),
        }
      : null;
  const heard: (readonly [number, string])[] = [];
  const log = (level: number, line: string): unknown => heard.push([level, line]);
  const fate = { now: 1_764_000_000_000, seed: new Uint8Array(32) };
  const run = async (command: string): Promise<string> => {
    const result = runLocal((await build).module, text(command), { data, written, fate, log, internet, secrets });
    return "error" in result ? `${result.error.type}: ${result.error.message}` : new TextDecoder().decode(result.bytes);
  };

  // The first 12 bytes of ChaCha20 with a key of zeros (RFC 8439 A.1) are 76 b8 e0 ad a0 f1 3d 90 40 5d 6a e5.
  const drawn = Number(0x903df1a0ade0b876n >> 11n) / 2 ** 53;
  it.each([
    ["now", "1764000000000001000 1764000000000002000"],
    ["random", `${drawn} 64,93,106,229`],
    ["get data://.my/c/x", "é!"],
    ["get data://.my/c/y", ""],
    ["get data://.my/c/z", "none"],
    ["range data://.my/c/x 1 5", "169,33"],
    ["range data://.my/c/x 9 5", ""],
    ["range data://.my/c/z 0 1", "none"],
    ["size data://.my/c/x", "3 true"],
    ["size data://.my/c/z", "-1 false"],
    ["list data://.my/c ", "x,y"],
    ["list data://.my/c x", "y"],
    ["list data://.my/d ", "none"],
    ["fetch https://x.net/ body", "201 1 2, 3 POST https://x.net/|X-Mine: s3cr3t|Accept: */*|body"],
    ["fetch https://other.net/ body", "NoInternet"],
    ["secret KEY", "s3cr3t"],
    ["secret NONE", "none"],
    ["put data://.my/c/z ü!", "true"],
    ["puts data://.my/c/w again", "true again"],
    ["delete data://.my/c/y", "true false"],
    ["delete data://.my/c/none", "false false"],
  ])("%s: %s", async (command, answer) => expect(await run(command)).toBe(answer));

  it("tells what was written", () => {
    expect([...written]).toEqual([
      ["data://.my/c/z", encode("ü!")],
      ["data://.my/c/w", encode("again")],
      ["data://.my/c/y", null],
    ]);
  });

  it("logs lines with their levels", async () => {
    heard.length = 0;
    await run("hm");
    expect(heard).toEqual([
      [0, "a"],
      [1, "bé"],
      [2, ""],
      [3, "hm"],
    ]);
  });
});
