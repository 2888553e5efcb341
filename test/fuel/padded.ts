// Writes a module anew with each number as long as it may be (LEB128 of 5 bytes, 10 for 64 bits): the same module.
import { IMMEDIATE, IMMEDIATE_OF, OP, PREFIX_FC, PREFIX_FD } from "../../worker/fuel/opcodes.ts";

class Padder {
  readonly #bytes: Uint8Array;
  at: number;
  readonly out: number[] = [];

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const value = this.#bytes[this.at++] ?? 0;
    this.out.push(value);
    return value;
  }

  copy(count: number): void {
    for (let left = count; left > 0; left--) this.byte();
  }

  /** Pads a number to `most` bytes. @returns it, when it is of 32 bits and not negative */
  number(most = 5, signed = false): number {
    const own: number[] = [];
    do own.push(this.#bytes[this.at++] ?? 0);
    while ((own.at(-1) ?? 0) >= 0x80);
    const filler = signed && ((own.at(-1) ?? 0) & 0x40) !== 0 ? 0x7f : 0;
    for (let at = 0; at < most; at++) this.out.push(((own[at] ?? filler) & 0x7f) | (at < most - 1 ? 0x80 : 0));
    return own.reduce((value, byte, at) => value + (byte & 0x7f) * 2 ** (7 * at), 0);
  }

  opcode(): number {
    const byte = this.byte();
    if (byte === 0xfc) return PREFIX_FC + this.number();
    return byte === 0xfd ? PREFIX_FD + this.number() : byte;
  }

  #blockType(): void {
    const byte = this.#bytes[this.at] ?? 0;
    if (byte >= 0x40 && byte < 0x80) this.byte();
    else this.number(5, true);
  }

  #memoryArgument(): void {
    this.number();
    this.number();
  }

  /** The immediates of an instruction. */
  immediates(opcode: number): void {
    switch (IMMEDIATE_OF[opcode]) {
      case IMMEDIATE.index:
        return void this.number();
      case IMMEDIATE.i32:
        return void this.number(5, true);
      case IMMEDIATE.i64:
        return void this.number(10, true);
      case IMMEDIATE.f32:
        return this.copy(4);
      case IMMEDIATE.f64:
        return this.copy(8);
      case IMMEDIATE.memarg:
        return this.#memoryArgument();
      case IMMEDIATE.memargLane:
        this.#memoryArgument();
        return this.copy(1);
      case IMMEDIATE.lane:
      case IMMEDIATE.memory:
      case IMMEDIATE.heap:
        return this.copy(1);
      case IMMEDIATE.bytes16:
        return this.copy(16);
      case IMMEDIATE.types:
        return this.copy(this.number());
      case IMMEDIATE.mark:
        return this.#mark(opcode);
      default:
    }
  }

  #mark(opcode: number): void {
    const numbers: Readonly<Record<number, number>> = {
      [OP.br]: 1,
      [OP.br_if]: 1,
      [OP.call]: 1,
      [OP.return_call]: 1,
      [OP.ref_func]: 1,
      [OP.table_grow]: 1,
      [OP.table_fill]: 1,
      [OP.call_indirect]: 2,
      [OP.return_call_indirect]: 2,
      [OP.table_init]: 2,
      [OP.table_copy]: 2,
    };
    if (opcode === OP.block || opcode === OP.loop || opcode === OP.if) return this.#blockType();
    if (opcode === OP.br_table) {
      for (let left = this.number(); left >= 0; left--) this.number();
      return;
    }
    if (opcode === OP.memory_init) this.number();
    if (opcode === OP.memory_init || opcode === OP.memory_grow || opcode === OP.memory_fill) return this.copy(1);
    if (opcode === OP.memory_copy) return this.copy(2);
    for (let left = numbers[opcode] ?? 0; left > 0; left--) this.number();
  }

  instructions(end: number): void {
    while (this.at < end) this.immediates(this.opcode());
  }

  constant(): void {
    for (;;) {
      const opcode = this.opcode();
      if (opcode === OP.end) return;
      this.immediates(opcode);
    }
  }

  name(): void {
    this.copy(this.number());
  }

  limits(): void {
    if (this.byte() === 1) this.number();
    this.number();
  }

  list(item: () => void): void {
    for (let left = this.number(); left > 0; left--) item();
  }
}

type Item = (padder: Padder, bytes: Uint8Array) => void;

function body(padder: Padder, bytes: Uint8Array): void {
  const from = padder.out.length;
  const size = padder.number();
  const inner = new Padder(bytes, padder.at);
  const end = padder.at + size;
  inner.list(() => {
    inner.number();
    inner.byte();
  });
  inner.instructions(end);
  padder.out.length = from;
  padder.out.push(...fiveBytes(inner.out.length), ...inner.out);
  padder.at = end;
}

function importItem(padder: Padder): void {
  padder.name();
  padder.name();
  const kind = padder.byte();
  if (kind === 0) padder.number();
  else if (kind === 3) padder.copy(2);
  else {
    if (kind === 1) padder.byte();
    padder.limits();
  }
}

function element(padder: Padder): void {
  const flags = padder.number();
  const active = (flags & 1) === 0;
  if (active && (flags & 2) !== 0) padder.number();
  if (active) padder.constant();
  if ((flags & 3) !== 0) padder.byte();
  padder.list(() => ((flags & 4) === 0 ? void padder.number() : padder.constant()));
}

function data(padder: Padder): void {
  const flags = padder.number();
  if (flags === 2) padder.number();
  if (flags !== 1) padder.constant();
  padder.name();
}

/** The items of each section, by its number. */
const ITEMS: Readonly<Record<number, Item>> = {
  1: (padder) => {
    padder.byte();
    padder.name();
    padder.name();
  },
  2: importItem,
  3: (padder) => void padder.number(),
  4: (padder) => {
    padder.byte();
    padder.limits();
  },
  5: (padder) => padder.limits(),
  6: (padder) => {
    padder.copy(2);
    padder.constant();
  },
  7: (padder) => {
    padder.name();
    padder.byte();
    padder.number();
  },
  9: element,
  10: body,
  11: data,
};

const fiveBytes = (value: number): number[] =>
  [0, 7, 14, 21, 28].map((shift) => ((value >>> shift) & 0x7f) | (shift < 28 ? 0x80 : 0));

export function padded(bytes: Uint8Array): Uint8Array {
  const out = [...bytes.subarray(0, 8)];
  const sections = new Padder(bytes, 8);
  while (sections.at < bytes.length) {
    const id = sections.byte();
    const size = sections.number();
    const end = sections.at + size;
    const inner = new Padder(bytes, sections.at);
    const item = ITEMS[id];
    if (id === 8 || id === 12) inner.number();
    else if (item === undefined) inner.copy(size);
    else inner.list(() => item(inner, bytes));
    out.push(id, ...fiveBytes(inner.out.length));
    for (const byte of inner.out) out.push(byte);
    sections.at = end;
  }
  return Uint8Array.from(out);
}
