// Blob: the bytes with one SHA-256, stored once however many publications share them. Who shares is nobody else's business:
// references are by publication and never shown. What nobody refers to is swept.
import { BLOB_MIGRATIONS, type ProcessorTimeRow, blobStatements } from "../../../kv-schema/tables/blob.ts";
import { blobKey } from "../../../kv-schema/keys.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";

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
   */
  async put(sha256: string, bytes: Uint8Array, holder: string): Promise<void> {
    this.establish();
    this.transaction(() => {
      if (this.#sql.content() === undefined) this.#write(sha256, bytes);
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

  /** The publication came about: the reference is for good. */
  confirm(holder: string): void {
    if (this.established) this.#sql.confirm(holder);
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
    // A publish may have come in meanwhile: it planned its own check.
    if (this.#sql.references() === 0 && this.#agenda.empty) await this.erase();
  }

  async #checkReferences(): Promise<void> {
    const content = this.#sql.content();
    for (const holder of this.#sql.unconfirmed()) {
      const [algorithm = "", version = ""] = holder.split("@");
      const object = this.env.ALGORITHM.get(this.env.ALGORITHM.idFromName(algorithm));
      const held = content !== undefined && (await object.holds(version, content.sha256));
      if (held) this.#sql.confirm(holder);
      else this.#sql.release(holder);
    }
    if (content !== undefined && this.#sql.references() === 0) await this.env.KV.delete(blobKey(content.sha256));
  }
}
