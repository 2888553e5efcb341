// State, as an algorithm sees it in a local run.
import { describe, expect, it } from "vitest";
import { runLocal } from "../../algorithms/sdk/build/index.ts";
import { built, text } from "./support.ts";

const SOURCE = `import { fail, state, Utf8 } from "orcade";
function show(keys: string[]): string { return keys.join(","); }
export function apply(command: string): string {
  const words = command.split(" ");
  const verb = words[0];
  if (verb == "put") state.putString(words[1], words[2]);
  else if (verb == "bytes") state.put(words[1], Utf8.from(words[2]).toBytes());
  else if (verb == "delete") state.delete(words[1]);
  else if (verb == "list") return show(state.list(words[1], words[2], <i32>parseInt(words[3])));
  else if (verb == "all") return show(state.list());
  else if (verb == "length") {
    const value = state.get(words[1]);
    return value === null ? "none" : value.length.toString();
  } else if (verb == "broken") {
    state.putString(words[1], "x");
    fail("Broken", "after a write");
  }
  const value = state.getString(words[words.length > 1 ? 1 : 0]);
  return value === null ? "none" : value;
}`;

describe("state", () => {
  const build = built(SOURCE, { permissions: ["state"] });
  const state = new Map<string, Uint8Array>();
  const run = async (command: string) => {
    const result = runLocal((await build).module, text(command), { state });
    return "error" in result ? `${result.error.type}: ${result.error.message}` : new TextDecoder().decode(result.bytes);
  };

  it.each([
    ["get a", "none"],
    ["length a", "none"],
    ["put a é", "é"],
    ["length a", "2"],
    ["put b ", ""],
    ["length b", "0"],
    ["bytes cc 123", "123"],
    ["put ca x", "x"],
    ["put é x", "x"],
    ["all", "a,b,ca,cc,é"],
    ["list c  10", "ca,cc"],
    ["list c ca 10", "cc"],
    ["list  a 2", "b,ca"],
    ["list  é 2", ""],
    ["list   0", "StateLimit: a list has a limit of 1 to 1,000, not 0"],
    ["list   1001", "StateLimit: a list has a limit of 1 to 1,000, not 1001"],
    ["list   1000", "a,b,ca,cc,é"],
    ["delete a", "none"],
    ["delete a", "none"],
    ["broken zz", "Broken: after a write"],
    ["get zz", "none"],
    ["all", "b,ca,cc,é"],
  ])("%s", async (command, answer) => expect(await run(command)).toBe(answer));
});
