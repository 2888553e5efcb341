// `orcade ledger verify` as tests ask it: what is wrong with the books of a system, by its operator.
import type { Ask } from "../../cli/ledger/reader.ts";
import { type Verdict, verify } from "../../cli/ledger/verify.ts";
import type { Client } from "./client.ts";

/** What does not add up; []: everything does. */
export async function wrongInBooks(operator: Client): Promise<Verdict["findings"]> {
  const ask: Ask = async (path) => {
    const answer = await operator.get(path);
    return answer.status === 404 ? null : answer.json();
  };
  return (await verify(ask)).findings;
}
