// Who is being sent bytes of which upload: until they have them, it is not swept.

export class Readers {
  readonly #counts = new Map<number, number>();

  has(upload: number): boolean {
    return this.#counts.has(upload);
  }

  come(upload: number): void {
    this.#counts.set(upload, (this.#counts.get(upload) ?? 0) + 1);
  }

  leave(upload: number): void {
    const readers = (this.#counts.get(upload) ?? 1) - 1;
    if (readers > 0) this.#counts.set(upload, readers);
    else this.#counts.delete(upload);
  }

  /** Everything is deleted: what they read is nobody's. */
  clear(): void {
    this.#counts.clear();
  }
}
