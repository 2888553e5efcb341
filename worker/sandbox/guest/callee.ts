// Calling other algorithms: what the module hands over is checked here, everything else is the host's business.
import { LIMITS } from "../../limits.ts";
import type { CallReply } from "../protocol.ts";
import type { Asking } from "./asking.ts";
import { stop } from "./stop.ts";

/** Kinds an input can have: 0 text, 1 JSON, 2 bytes. */
const INPUT_KINDS = 3;

export class Callee {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** @param name, input views of the module's memory @param burned fuel so far */
  call(name: Uint8Array, kind: number, input: Uint8Array, burned: number): Promise<CallReply> {
    if (name.length > LIMITS.calleeBytes) {
      throw stop("CallLimit", `a name of ${name.length} bytes; at most ${LIMITS.calleeBytes} are looked up`);
    }
    if (input.length > LIMITS.inputBytes) {
      throw stop("CallLimit", `an input of ${input.length} bytes; at most ${LIMITS.inputBytes} are sent`);
    }
    if (kind >>> 0 >= INPUT_KINDS) throw stop("BadKind", `the input's kind is ${kind}; 0 text, 1 JSON, 2 bytes exist`);
    const callee = new TextDecoder().decode(name);
    const copy = input.slice();
    return this.#asking.ask((host) => host.call(callee, kind, copy, burned));
  }
}
