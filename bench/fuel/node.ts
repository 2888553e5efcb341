// The child process in which modules run on Node: a line of JSON in, a line of JSON out. Its main thread does nothing
// else, so that thread's CPU time is the work's.
import { createInterface } from "node:readline";
import { type Job, Machine } from "./machine.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const machines = new Map<string, Machine>();

type Message = { readonly id: string } & ({ readonly bytes: string | null } | { readonly job: Job });

async function answer(message: Message): Promise<unknown> {
  if ("job" in message) return machines.get(message.id)?.perform(message.job);
  if (message.bytes === null) machines.delete(message.id);
  else machines.set(message.id, new Machine(new Module(Buffer.from(message.bytes, "base64"))));
  return {};
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply: unknown;
  try {
    reply = await answer(JSON.parse(line) as Message);
  } catch (error) {
    reply = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
