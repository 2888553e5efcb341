// Directory: which names are taken, who was invited and who signed up. One object for the whole platform, touched only when
// a name is claimed, an invite is made, or operators list accounts.
import { DIRECTORY_MIGRATIONS, type NameRow, directoryStatements } from "../../../kv-schema/tables/directory.ts";
import type { Env } from "../../env.ts";
import { isReserved, skeleton } from "../../market/access/names.ts";
import { PLATFORM } from "../../market/money/price.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Noun } from "../noun.ts";
import type { Adopted, ClaimedName, ListedName, NameKind, NameRefusal } from "./protocol.ts";
import {
  type Invite,
  type InviteWish,
  type SignUp,
  type SignUpRefusal,
  type SignUpRequest,
  SignUps,
} from "./signups.ts";

/** Stands in a sign-up's row for its invite: no invite has this id. */
const IMPORT = "import";

const listed = ({ spelling, kind, founder, created }: NameRow): ListedName => ({
  name: spelling,
  kind: kind as ListedName["kind"],
  founder,
  created,
});

export class Directory extends Noun {
  readonly #sql = directoryStatements(this.db);
  readonly #signups = new SignUps(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, DIRECTORY_MIGRATIONS);
  }

  /**
   * Takes a name for good. Claiming again what the same founder claimed as the same kind succeeds.
   * @param name as spelled by the caller; `Ada` and `ada` are one name, and what looks like a taken one is refused
   * @param founder the account that owns it (for a user: itself)
   */
  claim(name: string, kind: NameKind, founder: string): Result<ClaimedName, NameRefusal> {
    this.establish();
    const row = this.#sql.name(name.toLowerCase());
    if (row !== undefined) {
      const same = row.kind === kind && row.founder.toLowerCase() === founder.toLowerCase();
      return same ? ok({ name: row.spelling, founder: row.founder }) : err({ code: "taken" });
    }
    if (isReserved(name)) return err({ code: "reserved" });
    const like = this.#sql.looksLike(skeleton(name));
    if (like !== undefined) return err({ code: "looks-alike", like: like.spelling });
    this.#take(name, kind, founder);
    return ok({ name, founder });
  }

  /**
   * Takes a name that an import brings, for good, also where it looks like another. Again: the same, if an import took it.
   * @param dry only says what would be
   */
  adopt(name: string, kind: NameKind, founder: string, dry: boolean): Result<Adopted, NameRefusal> {
    this.establish();
    const id = name.toLowerCase();
    const row = this.#sql.name(id);
    if (row !== undefined) {
      const same = row.kind === kind && row.founder.toLowerCase() === founder.toLowerCase();
      return same && this.isAdopted(name) ? ok({ new: false }) : err({ code: "taken" });
    }
    if (isReserved(name)) return err({ code: "reserved" });
    if (!dry)
      this.transaction(() => {
        this.#take(name, kind, founder);
        this.#sql.signUp({
          account: id,
          key_hash: "",
          invite: IMPORT,
          credits: 0,
          attempt: 0,
          began: Date.now(),
          done: 1,
        });
      });
    return ok({ new: true });
  }

  /** Whether a name came by an import. */
  isAdopted(name: string): boolean {
    return this.established && this.#sql.signup(name.toLowerCase())?.invite === IMPORT;
  }

  #take(name: string, kind: ListedName["kind"], founder: string): void {
    const id = name.toLowerCase();
    this.#sql.claim({ id, spelling: name, kind, founder, created: Date.now(), skeleton: skeleton(name) });
  }

  /**
   * Decides who the first operator is; only the first answer counts, and giving it again succeeds. The platform's own account
   * comes to be with it.
   * @param keyHash SHA-256 of the operator's key, 64 hex digits
   */
  bootstrap(account: string, keyHash: string): Result<ClaimedName, NameRefusal | { readonly code: "bootstrapped" }> {
    this.establish();
    return this.transaction(() => {
      const row = this.#sql.bootstrapped();
      if (row !== undefined && (row.account !== account || row.key_hash !== keyHash)) {
        return err({ code: "bootstrapped" });
      }
      // Somebody who signed up under this name does not become the operator by it.
      if (row === undefined && this.#sql.name(account.toLowerCase()) !== undefined) return err({ code: "taken" });
      const claimed = this.claim(account, "user", account);
      if (!claimed.ok) return claimed;
      if (row === undefined) this.#sql.bootstrap(account, keyHash);
      if (this.#sql.name(PLATFORM) === undefined) this.#take(PLATFORM, "platform", PLATFORM);
      return claimed;
    });
  }

  /** What a name names; null when it is free. */
  find(name: string): ListedName | null {
    const row = this.established ? this.#sql.name(name.toLowerCase()) : undefined;
    return row === undefined ? null : listed(row);
  }

  /** A page of all names, in byte order of their lower case. @param after a name, which need not exist; "" is the beginning */
  list(after: string, limit: number): readonly ListedName[] {
    return this.established ? this.#sql.names(after.toLowerCase(), limit).map(listed) : [];
  }

  /** @see SignUps.begin */
  signUp(request: SignUpRequest): Result<SignUp, SignUpRefusal> {
    this.establish();
    return this.transaction(() =>
      this.#signups.begin(request, () => this.claim(request.account, "user", request.account), Date.now()),
    );
  }

  /** @see SignUps.finish */
  signedUp(account: string, keyHash: string): boolean {
    return this.established && this.#signups.finish(account, keyHash);
  }

  invite(wish: InviteWish): Invite {
    this.establish();
    return this.#signups.invite(wish, Date.now());
  }

  /** A page of invites, newest first. @param before the id of the last one of the page before */
  invites(before: string | null, limit: number): readonly Invite[] {
    return this.established ? this.#signups.list(before, limit) : [];
  }

  /** Ends an invite; ending it again changes nothing. @returns whether there is one */
  revokeInvite(id: string): boolean {
    return this.established && this.#signups.revoke(id, Date.now());
  }
}

/** The one directory. */
export const directoryOf = (env: Env): DurableObjectStub<Directory> =>
  env.DIRECTORY.get(env.DIRECTORY.idFromName("directory"));
