// Further accounts inside workerd, made as their objects make them: for tests that are not about signing up.
import type { Env } from "../../worker/env.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { keyringOf } from "../../worker/objects/keyring/object.ts";
import { Client, type Fetch } from "./client.ts";

export { invited } from "./invited.ts";

/** Enough for what tests call. */
const MONEY = 10_000_000_000;

/** Makes an account with money and one key, which may do everything an account's own key may. */
export async function signUp(fetch: Fetch, env: Env, account: string): Promise<Client> {
  const key = `sim${account.padEnd(25, "0")}`;
  const hash = sha256OfText(key);
  await accountOf(env, account).create(account, "user", false);
  await accountOf(env, account).addKey(hash, "first key");
  await accountOf(env, account).grantMoney({ id: `start-${account}`, amount: MONEY, by: "tests", note: "" });
  await keyringOf(env, hash).put(hash, account);
  return new Client(fetch, key);
}
