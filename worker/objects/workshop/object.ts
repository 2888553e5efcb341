// Workshop: what one algorithm is beside its published versions: the details and settings its next version will have, the
// builds that are not published yet, its secrets (sealed; the key never comes here). Versions are objects/algorithm's.
import {
  type AssignedRow,
  type BuiltRow,
  type DraftRow,
  type SecretRow,
  WORKSHOP_MIGRATIONS,
  workshopStatements,
} from "../../../kv-schema/tables/workshop.ts";
import type { Env } from "../../env.ts";
import type { Sealed } from "../../market/secrets.ts";
import { Noun } from "../noun.ts";

/** JSON texts: they cross between objects. */
export type Draft = DraftRow;
export type Built = BuiltRow;
/** A secret without its value. */
export type SecretView = Omit<SecretRow, "sealer" | "nonce" | "sealed">;
export interface SecretWish {
  readonly name: string;
  readonly label: string;
  readonly description: string;
}

/** Builds that are kept unpublished, and secrets of one algorithm. */
export const BUILDS_KEPT = 100;
export const SECRETS = 100;

const viewOf = ({ id, name, label, description, created, modified }: SecretRow): SecretView => ({
  id,
  name,
  label,
  description,
  created,
  modified,
});

export class Workshop extends Noun {
  readonly #sql = workshopStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, WORKSHOP_MIGRATIONS);
  }

  draft(): Draft | null {
    return (this.established ? this.#sql.draft() : undefined) ?? null;
  }

  putDraft(details: string, settings: string): void {
    this.establish();
    this.#sql.putDraft(details, settings, Date.now());
  }

  /** The collection that the algorithm reads as `.algo/default`; null: none was assigned. */
  assigned(): AssignedRow | null {
    return (this.established ? this.#sql.assigned() : undefined) ?? null;
  }

  assign(collection: AssignedRow): void {
    this.establish();
    this.#sql.assign(collection);
  }

  /** Unpublished builds, newest first. @param before a number of one; null: the newest */
  builds(before: number | null, limit: number): readonly Built[] {
    return this.established ? this.#sql.builds(before ?? Number.MAX_SAFE_INTEGER, limit) : [];
  }

  /** @param hash a build's, or its first 40 digits */
  build(hash: string): Built | null {
    return (this.established ? this.#sql.build(hash.toLowerCase()) : undefined) ?? null;
  }

  /** Takes a build as the newest; the same again changes nothing. */
  addBuild(built: Omit<Built, "seq">): void {
    this.establish();
    if (this.#sql.build(built.build) !== undefined) return;
    this.#sql.putBuild(built);
    this.#sql.keepBuilds(BUILDS_KEPT);
  }

  /** A build became a version: it and what came before it are no longer unpublished. */
  published(seq: number): void {
    if (this.established) this.#sql.dropBuilds(seq);
  }

  secrets(): readonly SecretView[] {
    return this.established ? this.#sql.secrets().map(viewOf) : [];
  }

  /** The sealed value of a secret. */
  sealed(name: string): Sealed | null {
    return (this.established ? this.#sql.secret(name) : undefined) ?? null;
  }

  secret(id: string): SecretView | null {
    const row = this.established ? this.#sql.secretById(id) : undefined;
    return row === undefined ? null : viewOf(row);
  }

  /** @returns null when the name is taken, or there are SECRETS already */
  addSecret({ name, label, description }: SecretWish, { sealer, nonce, sealed }: Sealed): SecretView | null {
    this.establish();
    if (this.#sql.secret(name) !== undefined || this.#sql.secrets().length >= SECRETS) return null;
    const now = Date.now();
    const id = crypto.randomUUID();
    this.#sql.putSecret({ id, name, label, description, sealer, nonce, sealed, created: now, modified: now });
    return this.secret(id);
  }

  /** Changes texts, and the value where one is given; the name stays. */
  changeSecret(id: string, wish: Omit<SecretWish, "name">, sealed: Sealed | null): SecretView | null {
    const row = this.established ? this.#sql.secretById(id) : undefined;
    if (row === undefined) return null;
    this.#sql.putSecret({ ...row, ...wish, ...sealed, modified: Date.now() });
    return this.secret(id);
  }

  /** Puts the same value under another key; a value that has changed meanwhile stays. */
  reseal(name: string, old: string, sealed: Sealed): void {
    const row = this.established ? this.#sql.secret(name) : undefined;
    if (row?.sealer === old) this.#sql.putSecret({ ...row, ...sealed });
  }

  dropSecret(id: string): boolean {
    if (!this.established || this.#sql.secretById(id) === undefined) return false;
    this.#sql.dropSecret(id);
    return true;
  }

  /** Forgets all: the algorithm is deleted. */
  async clear(): Promise<void> {
    if (this.established) await this.erase();
  }
}
