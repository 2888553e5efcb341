// Further accounts inside workerd, made as their objects make them: for tests that are not about signing up.
import type { Env } from "../../worker/env.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { keyringOf } from "../../worker/objects/keyring/object.ts";
import { Client, type Fetch } from "./client.ts";

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

/** Makes an account as people do: an operator invites, it signs up. @param microcredits what the invite brings */
export async function invited(operator: Client, account: string, microcredits = 0): Promise<Client> {
  const invite = await operator.post("/v1/admin/invites", { microcredits });
  const { code } = await invite.json<{ code: string }>();
  const answer = await operator.fetch("/v1/accounts", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ account, invite: code }),
  });
  if (answer.status !== 201) throw new Error(`signing up answered ${answer.status}: ${await answer.text()}`);
  return new Client(operator.fetch, (await answer.json<{ key: string }>()).key);
}
