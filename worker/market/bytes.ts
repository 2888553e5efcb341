// Bytes that lie in pieces. Pure.

/** Pieces as one. @param length of all of them, where it is known */
export function joined(pieces: Iterable<Uint8Array>, length?: number): Uint8Array<ArrayBuffer> {
  if (length === undefined) {
    const all = [...pieces];
    return joined(
      all,
      all.reduce((sum, piece) => sum + piece.length, 0),
    );
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
