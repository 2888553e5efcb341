// Programs sent to POST /v1/orc inside workerd, and what comes back.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createApp } from "../../worker/api/app.ts";
import { env } from "../support/inside.ts";

const app = createApp();

export interface Said {
  readonly type: string;
  readonly value?: unknown;
  readonly text?: string;
  readonly class?: string;
  readonly place?: { readonly source: string; readonly line: number; readonly column: number };
}

export interface End extends Said {
  readonly state: string;
  readonly code?: string;
  readonly publications: number;
  readonly calls: number;
  readonly fuel: number;
  readonly cost_microcredits: number;
}

export interface Sending {
  readonly key: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly signal?: AbortSignal;
}

export interface Begun {
  readonly response: Response;
  /** Waits until the server has nothing left to do for the request. */
  readonly over: () => Promise<void>;
}

/** Sends a program and does not wait for its end. */
export async function begin({ key, body, headers, query = "", signal }: Sending): Promise<Begun> {
  const ctx = createExecutionContext();
  const request = new Request(`http://orcade.test/v1/orc${query}`, {
    method: "POST",
    headers: { Authorization: `Simple ${key}`, "Content-Type": "text/plain", ...headers },
    body,
    ...(signal === undefined ? {} : { signal }),
  });
  return { response: await app.fetch(request, env, ctx), over: () => waitOnExecutionContext(ctx) };
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** All but the end. */
  readonly said: readonly Said[];
  readonly end: End;
}

const parse = (line: string): Said | End => JSON.parse(line) as Said | End;

/** Sends a program and reads all that it says. */
export async function tell(sending: Sending): Promise<Told> {
  const { response, over } = await begin(sending);
  const body = await response.text();
  await over();
  const { status, headers } = response;
  const lines =
    status === 200 && headers.get("Content-Type")?.includes("ndjson") ? body.trimEnd().split("\n").map(parse) : [];
  return { status, headers, body, said: lines.slice(0, -1), end: lines.at(-1) as End };
}

/** Publications as Orc writes them. */
export const texts = ({ said }: Told): (string | undefined)[] =>
  said.filter(({ type }) => type === "publication").map(({ text }) => text);

export const errors = ({ said }: Told): string[] =>
  said.filter(({ type }) => type === "error").map((each) => `${each.class}: ${each.text}`);
