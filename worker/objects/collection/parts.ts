// The parts of resumable uploads as they come in: in any order, side by side, each again as often as it breaks off.
import type { PartRow, collectionStatements } from "../../../kv-schema/tables/collection.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { WriteError } from "./protocol.ts";
import type { Room } from "./room.ts";
import { type Received, dropPart, receive } from "./store.ts";

interface Part {
  /** The upload. */
  readonly id: number;
  readonly number: number;
  readonly body: ReadableStream<Uint8Array>;
  /** What it must have, 32 hex digits. */
  readonly md5: string | null;
}

export class Parts {
  readonly #storage: DurableObjectStorage;
  readonly #sql: ReturnType<typeof collectionStatements>;
  /** Parts being received: the newest try of each counts. */
  readonly #receiving = new Map<string, symbol>();

  constructor(storage: DurableObjectStorage, sql: ReturnType<typeof collectionStatements>) {
    this.#storage = storage;
    this.#sql = sql;
  }

  /** Everything is deleted: what is coming in is nobody's. */
  clear(): void {
    this.#receiving.clear();
  }

  /** Receives a part of an upload that exists. @param alive false once the collection was deleted */
  async receive(part: Part, room: Room, alive: () => boolean): Promise<Result<PartRow, WriteError>> {
    const { id, number, md5 } = part;
    this.#forget(id, number);
    const key = `${id}/${number}`;
    const mine = Symbol();
    this.#receiving.set(key, mine);
    const goesOn = (): boolean =>
      alive() && this.#receiving.get(key) === mine && this.#sql.upload(id)?.state === "parts";
    const received = await this.#stored(part, room, goesOn);
    if (!goesOn()) return err("absent");
    this.#receiving.delete(key);
    if (!received.ok || (md5 !== null && md5 !== received.value.md5)) {
      this.#forget(id, number);
      return received.ok ? err("checksum") : received;
    }
    const row: PartRow = { number, start: 0, ...received.value };
    this.#storage.transactionSync(() => {
      this.#sql.putPart(id, row);
      this.#measure(id);
    });
    return ok(row);
  }

  /** Deletes bytes of parts that nobody is sending and that never came whole: their process died while they came. */
  dropLost(): void {
    for (const { id } of this.#sql.inParts()) {
      const whole = new Set(this.#sql.parts(id).map(({ number }) => number));
      for (const { number } of this.#sql.partsWithChunks(id))
        if (!whole.has(number) && !this.#receiving.has(`${id}/${number}`)) dropPart(this.#sql, id, number);
    }
  }

  /** Stores what comes, as far as there is room for it. */
  async #stored({ id, number, body }: Part, room: Room, goesOn: () => boolean): Promise<Result<Received, WriteError>> {
    let held = 0;
    let refusal: WriteError = "length";
    const received = await receive(this.#storage, this.#sql, id, number, body, async (bytes) => {
      if (bytes > LIMITS.partBytes) {
        refusal = "too-large";
        return false;
      }
      const taken = await room.take(bytes - held);
      if (taken.ok) held = bytes;
      else refusal = taken.error;
      return taken.ok && goesOn();
    }).catch(() => null);
    room.leave(held);
    return received === null ? err(refusal) : ok(received);
  }

  /** Deletes what a part had, its bytes too: what did not come whole must not lie there uncounted. */
  #forget(id: number, number: number): void {
    this.#storage.transactionSync(() => {
      this.#sql.removePart(id, number);
      dropPart(this.#sql, id, number);
      this.#measure(id);
    });
  }

  /** Notes how many bytes the whole parts of an upload have. */
  #measure(id: number): void {
    const row = this.#sql.upload(id);
    const bytes = this.#sql.parts(id).reduce((sum, part) => sum + part.bytes, 0);
    if (row !== undefined) this.#sql.setUpload(row, row.state, bytes, Date.now());
  }
}
