// A queue in a ring: what is ready runs in the order it became ready.

export class Deque<T> {
  private items: (T | undefined)[] = Array.from({ length: 64 });
  private head = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  push(item: T): void {
    if (this.count === this.items.length) this.grow();
    this.items[(this.head + this.count) & (this.items.length - 1)] = item;
    this.count++;
  }

  shift(): T | undefined {
    if (this.count === 0) return undefined;
    const item = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.count--;
    return item;
  }

  /** @returns what it holds, first to last */
  toArray(): T[] {
    return Array.from(
      { length: this.count },
      (_, index) => this.items[(this.head + index) & (this.items.length - 1)] as T,
    );
  }

  private grow(): void {
    const items = this.toArray();
    this.items = [...items, ...Array.from<undefined>({ length: items.length })];
    this.head = 0;
  }
}
