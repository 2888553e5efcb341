// Further accounts over HTTP, as people get them.
import { Client } from "./client.ts";

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
