// Bytes: pieces of them as one, and their memory. Pure.

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

/**
 * Gives the memory of bytes back at once: whoever holds them finds them empty. The garbage collector does not come in time
 * where megabytes pass by: 32 readers of one file took 470 MiB more without, and what is new memory each time costs more
 * than twice as much as what is used again.
 */
export function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
