// A caller of the system under test, whichever way it is reached: inside workerd by the app's own fetch, or over HTTP.

export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

export interface Manifested {
  readonly name: string;
  readonly version?: string;
  readonly input?: string;
  readonly output?: string;
  readonly visibility?: "public" | "private";
  readonly memory?: number;
  readonly royalty?: number;
  readonly permissions?: readonly string[];
  readonly inputSchema?: object;
  /** What else the manifest says. */
  readonly more?: object;
}

export const manifestOf = (wanted: Manifested): object => ({
  name: wanted.name,
  version: wanted.version ?? "1.0.0",
  summary: "A module of the tests.",
  visibility: wanted.visibility ?? "public",
  memory: wanted.memory ?? 16,
  royalty: wanted.royalty ?? 0,
  permissions: wanted.permissions ?? [],
  abi: "orcade",
  input: { kind: wanted.input ?? "bytes", ...(wanted.inputSchema === undefined ? {} : { schema: wanted.inputSchema }) },
  output: { kind: wanted.output ?? "bytes" },
  ...wanted.more,
});

export class Client {
  readonly fetch: Fetch;
  readonly key: string;

  constructor(fetch: Fetch, key: string) {
    this.fetch = fetch;
    this.key = key;
  }

  /** Uploads a module as a version. */
  publish(owner: string, wanted: Manifested, module: Uint8Array): Promise<Response> {
    const manifest = manifestOf(wanted) as { name: string; version: string };
    return this.upload(
      `/v1/algorithms/${owner}/${manifest.name}/versions/${manifest.version}`,
      JSON.stringify(manifest),
      module,
    );
  }

  upload(path: string, manifest: string, module: Uint8Array): Promise<Response> {
    const form = new FormData();
    form.set("manifest", manifest);
    form.set("module", new Blob([module], { type: "application/wasm" }), "module.wasm");
    return this.fetch(path, { method: "PUT", headers: { Authorization: `Simple ${this.key}` }, body: form });
  }

  call(target: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    return this.fetch(`/v1/algo/${target}`, {
      method: "POST",
      headers: { Authorization: `Simple ${this.key}`, "Content-Type": type, ...headers },
      body: body as BodyInit,
    });
  }

  get(path: string): Promise<Response> {
    return this.fetch(path, { headers: { Authorization: `Simple ${this.key}` } });
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.fetch(path, {
      method: "POST",
      headers: { Authorization: `Simple ${this.key}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }
}

export const TOKEN = "a-one-time-token-of-the-tests";

/** Microcredits the first operator of a test has: a million credits. */
export const START_MONEY = 1_000_000_000_000;

/** Makes the first operator of a fresh system, with money. @param account also a namespace to publish in */
export async function bootstrap(fetch: Fetch, account: string): Promise<Client> {
  const key = `sim${"k".repeat(25)}`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const answer = await fetch("/v1/admin/bootstrap", {
    method: "POST",
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ account, key_sha256: hash }),
  });
  if (answer.status !== 200) throw new Error(`bootstrap answered ${answer.status}: ${await answer.text()}`);
  const client = new Client(fetch, key);
  const granted = await client.post(`/v1/admin/accounts/${account}/grants`, { id: "start", amount: START_MONEY });
  if (granted.status !== 200) throw new Error(`the grant answered ${granted.status}: ${await granted.text()}`);
  return client;
}
