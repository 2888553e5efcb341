// A hash table of words by their 64-bit hashes, each with an entry, kept in the order in which they were added. Two
// words with one hash would be taken for one; among n words that has a chance of n^2 / 2^65.

/** What a table keeps of a word or term. */
@unmanaged
export class Entry {
  key: u64;
  /** How often it occurs in the document. */
  count: u32;
  /** The address of the form that is shown, and its bytes. */
  text: usize;
  size: u32;
  /** Documents of the corpus that have it. */
  documents: u32;
  /** Whatever who counts needs to remember. */
  mark: u32;
}

@final
export class Table {
  /** How many entries there are. */
  count: u32 = 0;
  private entries: usize;
  /** For each slot the number of an entry plus 1, or 0; twice as many as there is room for entries, at least. */
  private slots: usize;
  private room: u32;

  /** @param room how many entries to make room for; it grows by itself */
  constructor(room: u32) {
    this.room = <u32>1 << (32 - clz(max(room, 16) - 1));
    this.entries = heap.alloc(<usize>this.room * offsetof<Entry>());
    this.slots = emptySlots(this.room << 1);
  }

  /** The entries in the order in which they were added. */
  entry(index: u32): Entry {
    return changetype<Entry>(this.entries + <usize>index * offsetof<Entry>());
  }

  /** @returns the slot that has the key, or the empty one where it would go */
  private slot(key: u64): usize {
    const mask = (this.room << 1) - 1;
    let slot = <u32>key & mask;
    while (true) {
      const address = this.slots + (<usize>slot << 2);
      const index = load<u32>(address);
      if (!index || this.entry(index - 1).key == key) return address;
      slot = (slot + 1) & mask;
    }
  }

  /** @returns the entry of a key, null when there is none */
  find(key: u64): Entry | null {
    const index = load<u32>(this.slot(key));
    return index ? this.entry(index - 1) : null;
  }

  /** @returns the entry of a key, which is made, all fields 0, when there is none. It moves when another is made */
  add(key: u64): Entry {
    let slot = this.slot(key);
    const index = load<u32>(slot);
    if (index) return this.entry(index - 1);
    if (this.count == this.room) {
      this.grow();
      slot = this.slot(key);
    }
    const entry = this.entry(this.count++);
    memory.fill(changetype<usize>(entry), 0, offsetof<Entry>());
    entry.key = key;
    store<u32>(slot, this.count);
    return entry;
  }

  /** Doubles the room. */
  private grow(): void {
    this.room <<= 1;
    this.entries = heap.realloc(this.entries, <usize>this.room * offsetof<Entry>());
    heap.free(this.slots);
    this.slots = emptySlots(this.room << 1);
    for (let i: u32 = 0; i < this.count; i++) store<u32>(this.slot(this.entry(i).key), i + 1);
  }
}

function emptySlots(slots: u32): usize {
  const address = heap.alloc(<usize>slots << 2);
  memory.fill(address, 0, <usize>slots << 2);
  return address;
}
