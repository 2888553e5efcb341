// An Extism plug-in for the tests, by the AssemblyScript PDK.
import { error_set } from "../../../node_modules/@extism/as-pdk/lib/env";
import { Config, Host, Memory, Var } from "../../../node_modules/@extism/as-pdk/lib/pdk";

export function myAbort(message: string | null, fileName: string | null, line: u32, column: u32): void {}

/** Upper case, with the configured end; counts in a variable how often it was asked. */
export function shout(): i32 {
  const text = Host.inputString();
  if (text == "fail") {
    error_set(Memory.allocateString("it was told to fail").offset);
    return 7;
  }
  Var.set("count", Uint8Array.wrap(String.UTF8.encode("1")));
  const count = Var.getString("count");
  const end = Config.get("end");
  const answer = text.toUpperCase() + (end === null ? "." : end) + (count === null ? "?" : count);
  // Host.outputString counts UTF-16 units, and so cuts text that is not ASCII.
  Host.output(Uint8Array.wrap(String.UTF8.encode(answer)));
  Var.remove("count");
  return Var.get("count") === null ? 0 : 9;
}

/** Gives the input back byte for byte. */
export function mirror(): i32 {
  Host.output(Host.input());
  return 0;
}
