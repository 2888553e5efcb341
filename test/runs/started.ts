// Durable runs as a client of the API has them.
import type { Client } from "../support/client.ts";
import type { End, Said } from "./stream.ts";

export interface Shown {
  readonly id: string;
  readonly state: string;
  readonly code?: string;
  readonly text?: string;
  readonly publications: number;
  readonly calls: number;
  readonly fuel: number;
  readonly cost_microcredits: number;
  readonly awaits: readonly string[];
  readonly signals_kept: number;
  readonly algorithms: Readonly<Record<string, string>>;
  readonly wakes: string | null;
}

export interface Begin {
  readonly program: string;
  readonly arguments?: unknown;
  readonly files?: Readonly<Record<string, string>>;
  readonly hosts?: readonly string[];
  readonly name?: string;
}

/** Begins a run. */
export async function start(
  client: Client,
  body: Begin,
  { headers = {}, query = "" }: { readonly headers?: Record<string, string>; readonly query?: string } = {},
): Promise<Shown> {
  const answer = await client.fetch(`/v1/runs${query}`, {
    method: "POST",
    headers: { Authorization: `Simple ${client.key}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`POST /v1/runs answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

export const show = async (client: Client, id: string): Promise<Shown> => (await client.get(`/v1/runs/${id}`)).json();

export interface Heard {
  readonly said: readonly Said[];
  readonly end: End;
}

/** All that a run says, until its end. */
export async function hear(client: Client, id: string, after = 0): Promise<Heard> {
  const answer = await client.fetch(`/v1/runs/${id}/events?after=${after}`, {
    headers: { Authorization: `Simple ${client.key}`, Accept: "application/x-ndjson" },
  });
  if (answer.status !== 200) throw new Error(`the events answered ${answer.status}: ${await answer.text()}`);
  const lines = (await answer.text()).trim().split("\n");
  const documents = lines.map((line) => JSON.parse(line) as Said | End);
  const end = documents.at(-1) as End;
  if (end.type !== "end") throw new Error("the events broke off");
  return { said: documents.slice(0, -1), end };
}

/** Texts in an order of their own, for what comes in any. */
export const sorted = (texts: readonly (string | undefined)[]): readonly (string | undefined)[] =>
  texts.toSorted((a = "", b = "") => (a < b ? -1 : 1));

export const shown = ({ said }: Heard): (string | undefined)[] =>
  said.map((each) => (each.type === "error" ? `Error: ${each.class}: ${each.text}` : each.text));

export async function signal(
  client: Client,
  id: string,
  name: string,
  value: unknown,
  sender?: string,
): Promise<Response> {
  return client.fetch(`/v1/runs/${id}/signals/${name}`, {
    method: "POST",
    headers: {
      Authorization: `Simple ${client.key}`,
      "Content-Type": "application/json",
      ...(sender === undefined ? {} : { "Idempotency-Key": sender }),
    },
    body: JSON.stringify(value),
  });
}
