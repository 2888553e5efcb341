// Calling other algorithms, one or many at once: what the module hands over is checked here, everything else is the host's
// business.
import { LIMITS } from "../../limits.ts";
import type { AskedCall, CallReply, CallsReply, Replied } from "../protocol.ts";
import type { Asking } from "./asking.ts";
import { stop } from "./stop.ts";

/** Kinds an input can have: 0 text, 1 JSON, 2 bytes. */
const INPUT_KINDS = 3;

/** @param name, input views of the module's memory @throws Stop */
function asked(name: Uint8Array, kind: number, input: Uint8Array): AskedCall {
  if (name.length > LIMITS.calleeBytes) {
    throw stop("CallLimit", `a name of ${name.length} bytes; at most ${LIMITS.calleeBytes} are looked up`);
  }
  if (input.length > LIMITS.inputBytes) {
    throw stop("CallLimit", `an input of ${input.length} bytes; at most ${LIMITS.inputBytes} are sent`);
  }
  if (kind >>> 0 >= INPUT_KINDS) throw stop("BadKind", `the input's kind is ${kind}; 0 text, 1 JSON, 2 bytes exist`);
  return { callee: new TextDecoder().decode(name), kind, input: input.slice() };
}

export class Callee {
  readonly #asking: Asking;
  /** Calls to be made together, and their inputs' bytes. */
  #listed: AskedCall[] = [];
  #bytes = 0;
  /** Answers of those that were made, which the module has not taken. */
  #replies: Replied[] = [];

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** @param name, input views of the module's memory @param burned fuel so far */
  call(name: Uint8Array, kind: number, input: Uint8Array, burned: number): Promise<CallReply> {
    const call = asked(name, kind, input);
    return this.#asking.ask((host) => host.call(call.callee, call.kind, call.input, burned));
  }

  /** Puts a call on the list. */
  add(name: Uint8Array, kind: number, input: Uint8Array): void {
    this.#bytes += input.length;
    if (this.#bytes > LIMITS.inputBytes) {
      throw stop("CallLimit", `inputs of ${this.#bytes} bytes; at most ${LIMITS.inputBytes} are sent at once`);
    }
    if (this.#listed.length >= LIMITS.listedCalls) {
      throw stop("CallLimit", `more than ${LIMITS.listedCalls} calls at once`);
    }
    this.#listed.push(asked(name, kind, input));
  }

  /** How many calls are on the list. */
  get listed(): number {
    return this.#listed.length;
  }

  /** Makes the calls of the list, which is empty then. @param burned fuel so far */
  all(burned: number): Promise<CallsReply> {
    const calls = this.#listed;
    this.#listed = [];
    this.#bytes = 0;
    this.#replies = [];
    return this.#asking.ask((host) => host.callAll(calls, burned), calls.length);
  }

  /** Keeps the answers for the module. */
  keep(replies: readonly Replied[]): void {
    this.#replies = [...replies];
  }

  /** The next of the kept answers. @throws Stop when there is none */
  next(): Replied {
    const reply = this.#replies.shift();
    if (reply === undefined) throw stop("CallLimit", "there is no answer that was not taken");
    return reply;
  }
}
