// An Extism plug-in for the tests that calls another algorithm, by the imports of the orcade ABI; as ../relay.c does. The
// configuration "next" says which.
import { error_set } from "../../../node_modules/@extism/as-pdk/lib/env";
import { Config, Host, Memory } from "../../../node_modules/@extism/as-pdk/lib/pdk";

@external("orcade", "call")
declare function orcadeCall(name: usize, nameLength: i32, kind: i32, input: usize, inputLength: i32): i32;
@external("orcade", "answer_read")
declare function orcadeAnswerRead(to: usize, offset: i32, length: i32): void;

const TEXT: i32 = 0;

export function myAbort(message: string | null, fileName: string | null, line: u32, column: u32): void {}

export function relay(): i32 {
  const hops = I32.parseInt(Host.inputString());
  if (!hops) {
    Host.output(Uint8Array.wrap(String.UTF8.encode("extism()")));
    return 0;
  }
  const next = Config.get("next");
  if (next === null) return 2;
  const name = String.UTF8.encode(next!);
  const input = String.UTF8.encode((hops - 1).toString());
  const called = orcadeCall(changetype<usize>(name), name.byteLength, TEXT, changetype<usize>(input), input.byteLength);
  const size = called < 0 ? -1 - called : called;
  const answer = new ArrayBuffer(size);
  orcadeAnswerRead(changetype<usize>(answer), 0, size);
  const text = String.UTF8.decode(answer);
  if (called < 0) {
    error_set(Memory.allocateString(text).offset);
    return 5;
  }
  Host.output(Uint8Array.wrap(String.UTF8.encode("extism(" + text + ")")));
  return 0;
}
