// How a rule answers: with its value or with a tagged failure. Nothing in worker/market throws.

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** @returns a success that carries `value` */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** @returns a failure that carries `error` */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
