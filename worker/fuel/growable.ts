// A growing list of unsigned 32-bit numbers: for what there may be millions of in a module.

export class Growable {
  private items: Uint32Array = new Uint32Array(64);
  length = 0;

  push(...values: number[]): void {
    for (const value of values) this.add(value);
  }

  add(value: number): void {
    if (this.length === this.items.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.items);
      this.items = grown;
    }
    this.items[this.length++] = value;
  }

  at(index: number): number {
    return this.items[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  clear(): void {
    this.length = 0;
  }
}
