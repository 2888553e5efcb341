// Account: an account's own facts, its keys, the organisations it belongs to. An organisation is an account whose keys its owners make.
import { accountStatements } from "../../../kv-schema/tables/account.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { Bank } from "./bank.ts";
import type { Grant } from "./protocol.ts";

export type { Grant } from "./protocol.ts";

export class Account extends Bank {
  readonly #sql = accountStatements(this.db);

  /** Makes the account; making it again changes nothing. */
  create(name: string, kind: "user" | "organisation", operator: boolean): void {
    this.establish();
    this.#sql.create(name, kind, operator, Date.now());
  }

  /** Adds a key by its SHA-256 (64 hex digits); adding it again changes nothing. */
  addKey(hash: string, label: string): void {
    this.establish();
    this.keys.install(hash, label, Date.now());
  }

  /**
   * Keeps a place for an organisation before its name is claimed, because a name that is claimed is claimed for good; the
   * place opens nothing. `join` or `unwant` follows; asking again, in any case of letters, changes nothing.
   * @returns whether there is a place: at most LIMITS.organizations
   */
  want(organisation: string): boolean {
    this.establish();
    return this.transaction(() => {
      if (this.#sql.membership(organisation) !== undefined) return true;
      if (this.#sql.founded() >= LIMITS.organizations) return false;
      this.#sql.join(organisation, "wanted", Date.now());
      return true;
    });
  }

  /** Gives the place back: the name is somebody else's. */
  unwant(organisation: string): void {
    this.establish();
    this.#sql.unwant(organisation);
  }

  /** Makes this account a member of an organisation. */
  join(organisation: string, role: "owner" | "member"): void {
    this.establish();
    this.transaction(() => {
      this.#sql.unwant(organisation);
      this.#sql.join(organisation, role, Date.now());
    });
  }

  /** @param hash 64 hex digits @returns what the key opens, or null when it is unknown, revoked, over or suspended */
  open(hash: string): Grant | null {
    if (!this.established) return null;
    const terms = this.keys.terms(hash, Date.now());
    return terms.ok ? terms.value.grant : null;
  }
}

export const accountOf = (env: Env, name: string): DurableObjectStub<Account> =>
  env.ACCOUNT.get(env.ACCOUNT.idFromName(name.toLowerCase()));
