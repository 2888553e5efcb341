// Account: an account's own facts, its keys, the organisations it belongs to. An organisation is an account whose keys its owners make.
import { accountStatements } from "../../../kv-schema/tables/account.ts";
import type { Env } from "../../env.ts";
import type { KeyRefusal } from "../../market/access/grant.ts";
import { type Result, err } from "../../market/result.ts";
import {
  type AccountTerms,
  type Asked,
  type KeyChange,
  type KeyChangeRefusal,
  type KeyView,
  type KeyWish,
  type Overview,
  type TermsRefusal,
} from "./keys.ts";
import { Market } from "./market.ts";
import { type MemberRefusal, type MemberView, Members, type Role, type Word } from "./members.ts";
import type { ErrandsRow } from "../../../kv-schema/tables/errands.ts";
import type { Sealed } from "../../market/secrets.ts";
import { errandOf } from "../errand/find.ts";
import { type Entrusted, type ErrandWish, Errands } from "./errands.ts";
import type { Grant } from "./protocol.ts";
import { type Progress, Running, type RunningCall, type Word as Ended } from "./running.ts";
import { type WebhookSecret, WebhookSecrets } from "./webhooks.ts";

export type { Grant } from "./protocol.ts";

/** Timed work: accounts have to be told what they are in this organisation. */
const TELL = "members";
const TELL_AGAIN_MS = 2_000;
/** Timed work: asynchronous calls that nobody hears of are looked for. */
const ERRANDS = "errands";
const ERRANDS_MS = 60_000;

export class Account extends Market {
  readonly #sql = accountStatements(this.db);
  readonly #members = new Members(this.db);
  readonly #running = new Running();
  readonly #errands = new Errands(this.db);
  readonly #webhooks = new WebhookSecrets(this.db);

  /** Makes the account; making it again changes nothing. */
  create(name: string, kind: Grant["kind"], operator: boolean): void {
    this.establish();
    this.#sql.create(name, kind, operator, Date.now());
  }

  /** Adds a key by its SHA-256 (64 hex digits); adding it again changes nothing. */
  addKey(hash: string, label: string): void {
    this.establish();
    this.keys.install(hash, label, Date.now());
  }

  /**
   * Makes an account that signs up, with its first key, in place of the keys of attempts before this one.
   * @param attempt counted by the directory
   * @returns false when a later attempt was here
   */
  signUp(name: string, hash: string, attempt: number): boolean {
    this.establish();
    const now = Date.now();
    return this.transaction(() => {
      this.#sql.create(name, "user", false, now);
      return this.keys.first(hash, attempt, now);
    });
  }

  /**
   * What a key opens, and how many requests (calls of algorithms aside) the asking isolate may let through with it.
   * @param want how many it would like; 0 or more are granted
   */
  ask(hash: string, want: number): Result<Asked, KeyRefusal> {
    if (!this.established) return err("unknown-key");
    return this.transaction(() => this.keys.ask(hash, want, Date.now()));
  }

  // Keys, for those who may manage them.

  /** Whether a key stands with these settings, with others, or not at all. */
  keyStands(hash: string, wish: KeyWish): "same" | "other" | "absent" {
    return this.established ? this.keys.stands(hash, wish) : "absent";
  }

  /** Adds a key; adding the same again changes nothing. @param by the key that asks */
  makeKey(hash: string, wish: KeyWish, by: KeyWish): Result<KeyView, KeyChangeRefusal> {
    if (!this.established) return err("unknown-key");
    return this.transaction(() => this.keys.add(hash, wish, by, Date.now()));
  }

  /** A page of keys, revoked ones too, newest first. @param before the id of the last one of the page before */
  listKeys(before: string | null, limit: number): readonly KeyView[] {
    return this.established ? this.keys.list(before, limit, Date.now()) : [];
  }

  changeKey(id: string, wish: KeyChange, by: KeyWish): Result<KeyView, KeyChangeRefusal> {
    if (!this.established) return err("unknown-key");
    return this.transaction(() => this.keys.change(id, wish, by, Date.now()));
  }

  /** Ends a key for good; ending it again changes nothing. */
  revokeKey(id: string): Result<null, KeyChangeRefusal> {
    if (!this.established) return err("unknown-key");
    return this.transaction(() => this.keys.revoke(id, Date.now()));
  }

  // Calls that run just now.

  /** @see Running.said */
  said(call: string, progress: Progress): void {
    this.#running.said(call, progress);
  }

  /** @see Running.attend */
  attend(call: RunningCall): Promise<Ended> {
    return this.#running.attend(call);
  }

  /** @see Running.leave */
  leave(call: string): void {
    this.#running.leave(call);
  }

  /**
   * Ends a call that runs, or an asynchronous one that has not ended.
   * @param key whose calls may be ended; null: all @returns whether there is such a call
   */
  async cancelCall(call: string, key: string | null): Promise<boolean> {
    if (this.#running.cancel(call, key)) return true;
    const row = this.established ? this.#errands.find(call) : undefined;
    if (row === undefined || (key !== null && row.key !== key)) return false;
    return errandOf(this.env, call).cancel();
  }

  /** A call that runs, or null. */
  runningCall(call: string): RunningCall | null {
    return this.#running.find(call);
  }

  /** @see Running.all */
  runningCalls(): readonly RunningCall[] {
    return this.#running.all;
  }

  // Asynchronous calls.

  /** @see Errands.entrust */
  async entrust(wish: ErrandWish): Promise<Entrusted> {
    this.establish();
    const entrusted = this.transaction(() => this.#errands.entrust(wish, Date.now()));
    if (entrusted.is === "new") await this.agenda.planBy(ERRANDS, "", Date.now() + ERRANDS_MS);
    return entrusted;
  }

  /** One has ended: those whose turn it is are told. @see Errands.over */
  async errandOver(call: string, refused: boolean): Promise<void> {
    if (!this.established) return;
    const next = this.transaction(() => this.#errands.over(call, refused));
    // Who cannot be told now is told by the sweep.
    await Promise.all(
      next.map((each) =>
        errandOf(this.env, each)
          .go()
          .catch(() => undefined),
      ),
    );
  }

  /** Those that have not ended, oldest first. */
  errands(): readonly ErrandsRow[] {
    return this.established ? this.#errands.all : [];
  }

  /** Forgets those that were never begun, or whose end was not heard of, and calls those that wait to their turn. */
  async #sweepErrands(): Promise<void> {
    const look = async (call: string): Promise<void> => {
      // Who does not answer now is asked again the next time.
      const there = await errandOf(this.env, call)
        .go()
        .catch(() => true);
      if (!there) await this.errandOver(call, false);
    };
    await Promise.all(this.#errands.forsaken(Date.now()).map(look));
    if (this.#errands.all.length > 0) await this.agenda.plan(ERRANDS, "", Date.now() + ERRANDS_MS);
  }

  /** @see WebhookSecrets.current */
  webhookSecrets(): readonly WebhookSecret[] {
    return this.established ? this.#webhooks.current(Date.now()) : [];
  }

  /** @see WebhookSecrets.rotate */
  rotateWebhookSecret(secret: Sealed): void {
    this.establish();
    this.transaction(() => this.#webhooks.rotate(secret, Date.now()));
  }

  // Organisations, in the object of one that belongs to some.

  /** @see Members.want */
  want(organisation: string): boolean {
    this.establish();
    return this.transaction(() => this.#members.want(organisation, Date.now()));
  }

  /** @see Members.unwant */
  unwant(organisation: string): void {
    this.establish();
    this.#members.unwant(organisation);
  }

  /** Whether the account exists and may be made a member of one more organisation. */
  mayJoin(): boolean {
    return this.established && this.#sql.self()?.kind === "user" && this.#members.hasRoom();
  }

  /** @see Members.hear */
  hear(organisation: string, role: Role | "gone", revision: number): void {
    this.establish();
    this.transaction(() => this.#members.hear(organisation, role, revision, Date.now()));
  }

  // Organisations, in the object of the organisation itself.

  /** Makes the organisation with its founder as owner; making it again changes nothing. @returns the founder's role now */
  async found(name: string, founder: string): Promise<Role | null> {
    this.establish();
    const role = this.transaction(() => {
      this.#sql.create(name, "organisation", false, Date.now());
      return this.#members.found(founder, Date.now());
    });
    await this.#tellSoon();
    return role;
  }

  /** The role of an account here. */
  role(account: string): Role | null {
    return this.established ? this.#members.role(account) : null;
  }

  /** A page of members in order of their names. @param after a name; "" is the beginning */
  members(after: string, limit: number): readonly MemberView[] {
    return this.established ? this.#members.list(after, limit) : [];
  }

  /** @see Members.set. When it answers, the account has been told, or will be. */
  async setMember(by: string, account: string, role: Role | "gone"): Promise<Result<boolean, MemberRefusal>> {
    if (!this.established) return err("not-owner");
    const set = this.transaction(() => this.#members.set(by, account, role, Date.now()));
    if (set.ok && set.value) await this.#tellSoon();
    return set;
  }

  /** Tells now, and if that fails or is cut off, again and again until it is done. */
  async #tellSoon(): Promise<void> {
    await this.agenda.plan(TELL, "", Date.now() + TELL_AGAIN_MS);
    try {
      await this.#tell();
    } catch (error) {
      console.error(JSON.stringify({ event: "members-untold", error: String(error) }));
    }
  }

  protected override async timed(kind: string, _subject: string): Promise<void> {
    if (kind === TELL) await this.#tell();
    if (kind === ERRANDS) await this.#sweepErrands();
  }

  /** Tells accounts what they are here now. */
  async #tell(): Promise<void> {
    const self = this.keys.overview(Date.now());
    if (self === null) return;
    const words = (): readonly Word[] => this.#members.untold(self.suspended !== null);
    for (let some = words(); some.length > 0; some = words()) {
      for (const word of some) {
        await accountOf(this.env, word.account).hear(self.account, word.role, word.revision);
        this.#members.told(word);
      }
    }
  }

  // For operators.

  /**
   * Takes or gives back the right to enter; members of an organisation stop acting for it, and begin again.
   * @param reason null: gives back
   * @returns whether there is such an account
   */
  async suspend(reason: string | null): Promise<boolean> {
    if (!this.established) return false;
    const found = this.transaction(() => {
      this.#members.untell();
      return this.keys.suspend(reason, Date.now());
    });
    await this.#tellSoon();
    return found;
  }

  /** What the operators may know of an account; null when there is none. */
  overview(): Overview | null {
    return this.established ? this.keys.overview(Date.now()) : null;
  }

  /** Sets what an operator may set. */
  setTerms(terms: AccountTerms): Result<null, TermsRefusal> {
    return this.established ? this.keys.setTerms(terms) : err("unknown-account");
  }
}

export const accountOf = (env: Env, name: string): DurableObjectStub<Account> =>
  env.ACCOUNT.get(env.ACCOUNT.idFromName(name.toLowerCase()));
