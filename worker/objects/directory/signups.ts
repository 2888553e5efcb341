// Invites and sign-ups, as synchronous functions over the directory's SQL.
//
// A sign-up takes steps in three objects: its name and invite here, the account with its first key, the sign-up credits. It
// begins in one transaction here and is complete when `finish` says so; every step can be repeated, so a sign-up that was
// killed on its way is ended by sending it again: at once with the same key, with another key after LIMITS.signupRetryMs. Then
// the attempt that came later wins, and the earlier one, should it still run, is told that it lost.
import type { Database } from "../../../kv-schema/database.ts";
import { type InviteRow, type SignupRow, directoryStatements } from "../../../kv-schema/tables/directory.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { ClaimedName, NameRefusal } from "./protocol.ts";

export interface InviteWish {
  /** SHA-256 of the code, 64 hex digits. */
  readonly codeHash: string;
  /** Microcredits for each account that signs up with it. */
  readonly credits: number;
  readonly uses: number;
  /** Milliseconds since 1970; null: never. */
  readonly expires: number | null;
  readonly note: string;
  /** The operator who makes it. */
  readonly maker: string;
}

export interface Invite extends Omit<InviteWish, "codeHash"> {
  /** `inv-` and 16 hex digits; tells nothing of the code. */
  readonly id: string;
  readonly used: number;
  readonly created: number;
  readonly revoked: number | null;
}

export interface SignUpRequest {
  readonly account: string;
  /** SHA-256 of the invite's code; null: none was sent. */
  readonly codeHash: string | null;
  readonly keyHash: string;
  /** Whether one may sign up without an invite. */
  readonly open: boolean;
}

export interface SignUp {
  /** Canonical spelling. */
  readonly account: string;
  /** Counts the attempts that used another key: only the newest makes the first key. */
  readonly attempt: number;
  /** Microcredits to grant. */
  readonly credits: number;
  /** Id of the invite; "" when none was needed. */
  readonly invite: string;
}

export type SignUpRefusal =
  | NameRefusal
  | { readonly code: "invite-required" | "unknown-invite" | "invite-expired" | "invite-used-up" };

const inviteOf = ({ code_hash: _, maker, ...row }: InviteRow): Invite => ({ ...row, maker });

export class SignUps {
  readonly #sql: ReturnType<typeof directoryStatements>;

  constructor(db: Database) {
    this.#sql = directoryStatements(db);
  }

  /**
   * Begins a sign-up or goes on with one. To be called in a transaction.
   * @param claim takes the name
   */
  begin(
    request: SignUpRequest,
    claim: () => Result<ClaimedName, NameRefusal>,
    now: number,
  ): Result<SignUp, SignUpRefusal> {
    const invite = request.codeHash === null ? undefined : this.#sql.inviteOf(request.codeHash);
    if (request.codeHash !== null && invite === undefined) return err({ code: "unknown-invite" });
    const known = this.#sql.signup(request.account.toLowerCase());
    if (known !== undefined) return this.#again(known, request, invite, now);
    const usable = this.#usable(request, invite, now);
    if (!usable.ok) return usable;
    // The claim of a name by who has it already succeeds: whether the asker is that, nobody knows here.
    if (this.#sql.name(request.account.toLowerCase()) !== undefined) return err({ code: "taken" });
    const claimed = claim();
    if (!claimed.ok) return claimed;
    if (invite !== undefined) this.#sql.useInvite(invite.id);
    const credits = invite?.credits ?? 0;
    return ok(this.#write(request, { invite: invite?.id ?? "", credits, attempt: 1 }, now));
  }

  #usable({ open }: SignUpRequest, invite: InviteRow | undefined, now: number): Result<null, SignUpRefusal> {
    if (invite === undefined) return open ? ok(null) : err({ code: "invite-required" });
    if (invite.revoked !== null) return err({ code: "unknown-invite" });
    if (invite.expires !== null && invite.expires <= now) return err({ code: "invite-expired" });
    return invite.used < invite.uses ? ok(null) : err({ code: "invite-used-up" });
  }

  /** What was begun already: the invite is used, the name is taken. */
  #again(
    known: SignupRow,
    request: SignUpRequest,
    invite: InviteRow | undefined,
    now: number,
  ): Result<SignUp, SignUpRefusal> {
    if (known.invite !== (invite?.id ?? "")) return err({ code: "taken" });
    const { attempt, credits } = known;
    const account = this.#sql.name(known.account)?.spelling ?? request.account;
    if (known.key_hash === request.keyHash) return ok({ account, attempt, credits, invite: known.invite });
    if (known.done === 1 || now < known.began + LIMITS.signupRetryMs) return err({ code: "taken" });
    return ok(this.#write({ ...request, account }, { invite: known.invite, credits, attempt: attempt + 1 }, now));
  }

  #write({ account, keyHash }: SignUpRequest, sign: Omit<SignUp, "account">, now: number): SignUp {
    this.#sql.signUp({ account: account.toLowerCase(), key_hash: keyHash, ...sign, began: now, done: 0 });
    return { account, ...sign };
  }

  /** Ends a sign-up; ending it again changes nothing. @returns false when a later attempt has taken it over */
  finish(account: string, keyHash: string): boolean {
    const row = this.#sql.signup(account.toLowerCase());
    if (row === undefined || row.key_hash !== keyHash) return false;
    if (row.done === 0) this.#sql.signUp({ ...row, done: 1 });
    return true;
  }

  invite({ codeHash, credits, uses, expires, note, maker }: InviteWish, now: number): Invite {
    const id = `inv-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
    const row = { id, code_hash: codeHash, credits, uses, used: 0, expires, note, maker, created: now, revoked: null };
    this.#sql.invite(row);
    return inviteOf(row);
  }

  list(before: string | null, limit: number): readonly Invite[] {
    const last = before === null ? undefined : this.#sql.inviteById(before);
    return this.#sql.invites(last?.created ?? Number.MAX_SAFE_INTEGER, last?.id ?? "", limit).map(inviteOf);
  }

  revoke(id: string, now: number): boolean {
    this.#sql.revokeInvite(id, now);
    return this.#sql.inviteById(id) !== undefined;
  }
}
