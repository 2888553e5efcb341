// Signer: signs receipts. One object; a private key is made in it, never leaves it, and is deleted when it is retired. Public
// keys are published for good. A key signs for LIMITS.signingKeyMs, or until an operator asks for another.
import { SIGNER_MIGRATIONS, type SigningKeyRow, signerStatements } from "../../../kv-schema/tables/signer.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { sha256Hex } from "../../market/hash.ts";
import type { PublishedKey, Signature } from "../../market/receipt/receipt.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";

const ROTATE = "rotate";
/** Hex digits of a key's id. */
const KID = 16;

const iso = (ms: number): string => new Date(ms).toISOString();

export class Signer extends Noun {
  readonly #sql = signerStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  #making: Promise<SigningKeyRow> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SIGNER_MIGRATIONS);
  }

  /** Signs bytes with the current key, the first of which is made when it is first needed. */
  async sign(bytes: Uint8Array): Promise<Signature> {
    const { kid, private: pkcs8 } = await this.#current();
    const key = await crypto.subtle.importKey("pkcs8", pkcs8 ?? new ArrayBuffer(0), { name: "Ed25519" }, false, [
      "sign",
    ]);
    const value = await crypto.subtle.sign("Ed25519", key, bytes);
    return { algorithm: "Ed25519", key: kid, value: Buffer.from(value).toString("base64url") };
  }

  /** All keys that ever signed, newest first. */
  keys(): readonly PublishedKey[] {
    if (!this.established) return [];
    return this.#sql.all().map(({ kid, x, created, retired }) => ({
      kid,
      kty: "OKP",
      crv: "Ed25519",
      x,
      use: "sig",
      created: iso(created),
      retired: retired === null ? null : iso(retired),
    }));
  }

  /** Retires the current key for a new one. @returns the new one's id */
  async rotate(): Promise<string> {
    return (await this.#make()).kid;
  }

  /** Two callers that find no key must get one and the same. */
  async #current(): Promise<SigningKeyRow> {
    const row = this.established ? this.#sql.current() : undefined;
    if (row !== undefined) return row;
    this.#making ??= this.#make().finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #make(): Promise<SigningKeyRow> {
    const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
    const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
    const pkcs8 = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
    const kid = (await sha256Hex(raw)).slice(0, KID);
    const now = Date.now();
    const row = { kid, x: Buffer.from(raw).toString("base64url"), private: pkcs8, created: now, retired: null };
    this.establish();
    this.transaction(() => {
      this.#sql.retire(now);
      this.#sql.add(row);
    });
    await this.#agenda.plan(ROTATE, "", now + LIMITS.signingKeyMs);
    return row;
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), async () => {
      await this.#make();
    });
  }
}

export const signerOf = (env: Env): DurableObjectStub<Signer> => env.SIGNER.get(env.SIGNER.idFromName("receipts"));
