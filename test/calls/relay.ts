// Inputs of the modules test/modules/relay*.wat, and what a call's headers say of its price.
const encoder = new TextEncoder();

/** What makes a relay call `name` with an input. */
export function relay(name: string, input: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const callee = encoder.encode(name);
  return Uint8Array.of(callee.length, ...callee, ...input);
}

/** What makes relay-many call so many times. */
export const relayMany = (times: number, name: string, input?: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.of(...new Uint8Array(Uint32Array.of(times).buffer), ...relay(name, input));

/** Relays within each other, the first outermost, and a callee innermost. */
export const chain = (names: readonly string[], innermost: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> =>
  names.reduceRight<Uint8Array<ArrayBuffer>>((input, name) => relay(name, input), Uint8Array.from(innermost));

/** The module with a custom section added: other bytes, so another build. */
export const variant = (module: Uint8Array, n: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.of(...module, 0, 3, 1, 0x78, n);

export interface Body {
  readonly result?: string;
  readonly error?: { readonly error_type: string; readonly message: string };
}

export interface Priced {
  readonly body: Body;
  /** The result's bytes as text. */
  readonly text: string;
  readonly status: number;
  readonly id: string;
  readonly cost: number;
}

export async function priced(answer: Promise<Response>): Promise<Priced> {
  const response = await answer;
  const body: Body = await response.json();
  const bytes = Uint8Array.from(atob(body.result ?? ""), (character) => character.charCodeAt(0));
  const id = response.headers.get("X-Orcade-Call") ?? "";
  const cost = Number(response.headers.get("X-Orcade-Cost"));
  return { body, text: new TextDecoder().decode(bytes), status: response.status, id, cost };
}
