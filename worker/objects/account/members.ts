// Who belongs to an organisation. The organisation's object holds the truth; each member's account holds a copy, from which
// its keys' grants are made. A change is decided in the organisation, then the account is told, again and again until it
// has heard; revisions keep a late word from undoing a newer one. Synchronous, over one object's SQL.
import type { Database } from "../../../kv-schema/database.ts";
import { type MemberRow, memberStatements } from "../../../kv-schema/tables/keys.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";

export type Role = "owner" | "member";
export interface MemberView {
  readonly account: string;
  readonly role: Role;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** What a member's account is told. */
export interface Word {
  /** The account, canonical spelling. */
  readonly account: string;
  readonly role: Role | "gone";
  readonly revision: number;
}

export type MemberRefusal =
  /** Only owners change who belongs; anybody may leave. */
  | "not-owner"
  | "not-a-member"
  /** An organisation keeps one owner at least. */
  | "last-owner"
  | "too-many-members";

const viewOf = ({ spelling, role, since }: MemberRow): MemberView => ({ account: spelling, role: role as Role, since });

export class Members {
  readonly #sql: ReturnType<typeof memberStatements>;

  constructor(db: Database) {
    this.#sql = memberStatements(db);
  }

  // In the organisation's object.

  /** Makes the founder the first owner; when there were members before, changes nothing. @returns the founder's role now */
  found(founder: string, now: number): Role | null {
    if (!this.#sql.anyMember()) this.#sql.setMember(founder.toLowerCase(), founder, "owner", 1, now);
    return this.role(founder);
  }

  role(account: string): Role | null {
    const role = this.#sql.member(account.toLowerCase())?.role;
    return role === "owner" || role === "member" ? role : null;
  }

  /** @param after a name; those after it are listed */
  list(after: string, limit: number): readonly MemberView[] {
    return this.#sql.members(after.toLowerCase(), limit).map(viewOf);
  }

  /**
   * Gives an account a role, or takes it out; the same again changes nothing.
   * @param by the account that asks
   * @returns whether anything changed
   */
  set(by: string, account: string, role: Role | "gone", now: number): Result<boolean, MemberRefusal> {
    const before = this.role(account);
    const leaves = role === "gone" && by.toLowerCase() === account.toLowerCase();
    if (this.role(by) !== "owner" && !(leaves && before !== null)) return err("not-owner");
    if (before === role) return ok(false);
    if (role === "gone" && before === null) return err("not-a-member");
    if (before === "owner" && this.#sql.owners() === 1) return err("last-owner");
    if (before === null && this.#sql.present() >= LIMITS.members) return err("too-many-members");
    const revision = (this.#sql.member(account.toLowerCase())?.revision ?? 0) + 1;
    this.#sql.setMember(account.toLowerCase(), account, role, revision, now);
    return ok(true);
  }

  /** Everybody who belongs has to be told anew: what it means has changed. */
  untell(): void {
    this.#sql.untell();
  }

  /**
   * What has to be told, to whom; a part of it, nothing when all was told.
   * @param suspended whether the organisation is: then nobody belongs to it, as far as their keys go
   */
  untold(suspended: boolean): readonly Word[] {
    return this.#sql.untold(100).map(({ spelling, role, revision }) => {
      return { account: spelling, role: suspended ? "gone" : (role as Word["role"]), revision };
    });
  }

  told({ account, revision }: Word): void {
    this.#sql.told(account.toLowerCase(), revision);
  }

  // In the member's account.

  /**
   * Keeps a place for an organisation before its name is claimed, because a name that is claimed is claimed for good; the
   * place opens nothing. Asking again, in any case of letters, changes nothing.
   * @returns whether there is a place: at most LIMITS.organizations are founded
   */
  want(organisation: string, now: number): boolean {
    if (this.#sql.membership(organisation) !== undefined) return true;
    if (this.#sql.founded() >= LIMITS.organizations) return false;
    this.#sql.want(organisation, now);
    return true;
  }

  /** Gives the place back: the name is somebody else's. */
  unwant(organisation: string): void {
    this.#sql.unwant(organisation);
  }

  /** Whether the account may be made a member of one more organisation: each stands in every grant. */
  hasRoom(): boolean {
    return this.#sql.joined() < LIMITS.memberships;
  }

  /** Takes an organisation's word; an older one than was heard before changes nothing. */
  hear(organisation: string, role: Word["role"], revision: number, now: number): void {
    const known = this.#sql.membership(organisation);
    if (known !== undefined && known.revision >= revision) return;
    this.#sql.leave(organisation);
    this.#sql.join(organisation, role, revision, known?.founded ?? 0, now);
  }
}
