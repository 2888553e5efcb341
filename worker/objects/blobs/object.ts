// Blob: the bytes with one SHA-256, stored once however many publications share them. Who shares is nobody else's business:
// references are by publication and never shown. What nobody refers to is swept.
import { BLOB_MIGRATIONS, type ProcessorTimeRow, blobStatements } from "../../../kv-schema/tables/blob.ts";
import { blobKey } from "../../../kv-schema/keys.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";
import { putCopy } from "./copy.ts";

const CHUNK_BYTES = 1024 * 1024;
const CHECK = "check-references";

export class Blob extends Noun {
  readonly #sql = blobStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, BLOB_MIGRATIONS);
  }

  /**
   * Stores the bytes for a publication under way. Until it is confirmed the reference is provisional: after
   * LIMITS.orphanMs the algorithm object is asked whether the publication came about.
   * @param sha256 of the bytes, 64 hex digits; also this object's name
   * @param holder `owner/name@version`
   * @param copied whether calls load the bytes, so that KV holds a copy of them
   */
  async put(sha256: string, bytes: Uint8Array, holder: string, copied = false): Promise<void> {
    this.establish();
    this.transaction(() => {
      if (this.#sql.content() === undefined) this.#write(sha256, bytes);
      if (copied) this.#sql.markCopied();
      this.#sql.hold(holder);
    });
    await this.#agenda.plan(CHECK, "", Date.now() + LIMITS.orphanMs);
  }

  #write(sha256: string, bytes: Uint8Array): void {
    this.#sql.putContent(sha256, bytes.length);
    for (let seq = 0; seq * CHUNK_BYTES < bytes.length; seq++) {
      const chunk = bytes.slice(seq * CHUNK_BYTES, (seq + 1) * CHUNK_BYTES);
      this.#sql.putChunk(seq, chunk.buffer);
    }
  }

  /**
   * The publication came about: the reference is for good.
   * @returns false when the bytes are not here (any more): then nothing refers to them, and they must be put again
   */
  confirm(holder: string): boolean {
    if (!this.established || this.#sql.content() === undefined) return false;
    this.#sql.confirm(holder);
    return true;
  }

  /** @returns the bytes, or null when there are none (any more) */
  get(): Uint8Array | null {
    const content = this.established ? this.#sql.content() : undefined;
    if (content === undefined) return null;
    const bytes = new Uint8Array(content.length);
    let offset = 0;
    for (const chunk of this.#sql.chunks()) {
      bytes.set(new Uint8Array(chunk.bytes), offset);
      offset += chunk.bytes.byteLength;
    }
    return bytes;
  }

  /** Adds what the tail worker measured of calls of this module. */
  addProcessorTime(calls: number, milliseconds: number, fuel: number): void {
    if (this.established) this.#sql.addProcessorTime(calls, milliseconds, fuel);
  }

  /** What Cloudflare measured of this module's calls beside the fuel they used; null before the first. */
  processorTime(): ProcessorTimeRow | null {
    return this.established ? (this.#sql.processorTime() ?? null) : null;
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), () => this.#checkReferences());
    // A publish may have come in meanwhile: it planned its own check. From here to the erasing nothing else runs.
    if (this.#sql.references() === 0 && this.#agenda.empty) await this.erase();
  }

  /**
   * Asks after each publication that was not confirmed. While an answer is under way the same publication may be tried
   * again or be confirmed: an answer counts only for the generation it was asked for.
   */
  async #checkReferences(): Promise<void> {
    const content = this.#sql.content();
    if (content === undefined) return;
    for (const reference of this.#sql.unconfirmed()) {
      const [algorithm = "", version = ""] = reference.holder.split("@");
      const object = this.env.ALGORITHM.get(this.env.ALGORITHM.idFromName(algorithm));
      if (await object.holds(version, content.sha256)) this.#sql.confirm(reference.holder);
      else this.#sql.release(reference);
    }
    if (this.#sql.references() === 0) await this.#dropCopy(content.sha256);
  }

  /** Deletes the copy in KV; a publish that came in meanwhile may have put it already, and gets it back. */
  async #dropCopy(sha256: string): Promise<void> {
    await this.env.KV.delete(blobKey(sha256));
    if (this.#sql.references() === 0 || this.#sql.content()?.copied !== 1) return;
    const bytes = this.get();
    if (bytes !== null) await putCopy(this.env, blobKey(sha256), bytes);
  }
}
