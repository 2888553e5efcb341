// Sign-ups of one name by several keys, their steps in every order that chance finds, some given up on the way: whoever is
// told that it worked has the only living key, money comes once, and a name is never lost for good.
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { directoryOf } from "../../worker/objects/directory/object.ts";
import type { SignUp, SignUpRefusal } from "../../worker/objects/directory/signups.ts";
import type { Result } from "../../worker/market/result.ts";
import { env } from "../support/inside.ts";
import { randomFrom } from "../support/random.ts";

const RUNS = 25;
const APPLICANTS = 3;
const CREDITS = 11;
const directory = directoryOf(env);

/** One applicant with one key, who goes through worker/api/accounts.ts's steps one by one, and may begin again. */
class Applicant {
  readonly hash: string;
  told: "nothing" | "yes" | "no" = "nothing";
  readonly #account: string;
  readonly #codeHash: string;
  #begun: SignUp | null = null;
  #step = 0;

  constructor(account: string, codeHash: string, name: string) {
    this.#account = account;
    this.#codeHash = codeHash;
    this.hash = sha256OfText(`${account} ${name}`);
  }

  /** Takes the next step; from the beginning when it was told that it failed, or gave up. */
  async step(): Promise<void> {
    const account = accountOf(env, this.#account);
    switch (this.#step++) {
      case 0:
        return this.#begin();
      case 1: {
        const first = await account.signUp(this.#account, this.hash, this.#begun?.attempt ?? 0);
        return first ? undefined : this.#end("no");
      }
      case 2: {
        const invite = this.#begun?.invite ?? "";
        const grant = { id: `signup:${invite}:${this.#account}`, amount: CREDITS, by: invite, note: "" };
        expect((await account.grantMoney(grant)).ok).toBe(true);
        return;
      }
      default:
        return this.#end((await directory.signedUp(this.#account, this.hash)) ? "yes" : "no");
    }
  }

  async #begin(): Promise<void> {
    const request = { account: this.#account, codeHash: this.#codeHash, keyHash: this.hash, open: false };
    const begun = (await directory.signUp(request)) as Result<SignUp, SignUpRefusal>;
    if (begun.ok) this.#begun = begun.value;
    else this.#end("no");
  }

  giveUp(): void {
    this.#step = 0;
  }

  #end(told: "yes" | "no"): void {
    this.told = told;
    this.#step = 0;
  }
}

const livingKeys = (account: string): Promise<readonly string[]> =>
  runInDurableObject(accountOf(env, account), (_, state) =>
    state.storage.sql
      .exec<{ hash: string }>("SELECT hash FROM api_key WHERE revoked IS NULL")
      .toArray()
      .map(({ hash }) => hash),
  );
const wait = (): Promise<void> =>
  runInDurableObject(directory, (_, state) => {
    state.storage.sql.exec("UPDATE signup SET began = began - ?", LIMITS.signupRetryMs);
  });

test(`${RUNS} random orders of ${APPLICANTS} applicants' steps`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`sign-up orders: seed ${seed}`);
  const random = randomFrom(seed);
  const codeHash = sha256OfText("a code");
  const wish = { codeHash, credits: CREDITS, uses: 1_000, expires: null, note: "", maker: "ada" };
  await directory.invite(wish);
  let worked = 0;
  for (let run = 0; run < RUNS; run++) {
    const account = `order_${run.toString(2).replaceAll("0", "a").replaceAll("1", "b")}`;
    const applicants = Array.from({ length: APPLICANTS }, (_, n) => new Applicant(account, codeHash, `key ${n}`));
    for (let step = 0; step < 24; step++) {
      const chance = random();
      const one = applicants[Math.floor(random() * APPLICANTS)];
      if (chance < 0.15) await wait();
      else if (chance < 0.22) one?.giveUp();
      else await one?.step();
      const happy = applicants.filter(({ told }) => told === "yes");
      expect(happy.length).toBeLessThanOrEqual(1);
      for (const { hash } of happy) expect(await livingKeys(account)).toEqual([hash]);
    }
    if (applicants.some(({ told }) => told === "yes")) worked++;
    else {
      // Nobody was let in so far: whoever comes with a new key later is.
      await wait();
      const late = new Applicant(account, codeHash, "late");
      for (let step = 0; step < 4; step++) await late.step();
      expect(late.told).toBe("yes");
      expect(await livingKeys(account)).toEqual([late.hash]);
    }
    expect((await accountOf(env, account).balance()).balance).toBe(CREDITS);
  }
  expect(worked).toBeGreaterThan(RUNS / 4);
});
