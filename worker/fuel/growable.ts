// A growing list of unsigned 32-bit numbers: for what there may be a million of in a module.

export class Growable {
  private items: Uint32Array = new Uint32Array(64);
  length = 0;

  add(value: number): void {
    if (this.length === this.items.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.items);
      this.items = grown;
    }
    this.items[this.length++] = value;
  }

  /** 0 beyond the end of what was ever added. */
  at(index: number): number {
    return this.items[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  /** The last item, which is removed. */
  pop(): number {
    return this.items[--this.length] ?? 0;
  }

  clear(): void {
    this.length = 0;
  }
}
