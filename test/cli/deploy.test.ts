// `npm run deploy` against a wrangler of the test's own: what is created, in which order, and what a repetition does.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deploy, dryRun, readRaw, SEALERS, SECRET } from "../../scripts/deploy.ts";
import { temporaryFolder } from "./harness.ts";

interface Account {
  namespaces: { id: string; title: string }[];
  secrets: string[];
  deployed: boolean;
}

/** Answers as wrangler 4.156 does; keeps the words it was given and the account's state. */
function fakeWrangler(account: Account) {
  const words: string[] = [];
  const configs: { kv_namespaces: { id: string }[]; main: string; name: string }[] = [];
  const wrangler = async (args: readonly string[]): Promise<string> => {
    words.push(
      args
        .slice(0, 3)
        .filter((arg) => !arg.startsWith("/"))
        .join(" "),
    );
    const after = (flag: string): string | undefined =>
      args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
    if (args[0] === "kv" && args[2] === "list") return `a remark\n${JSON.stringify(account.namespaces)}`;
    if (args[0] === "kv") account.namespaces.push({ id: "f".repeat(32), title: args[3] ?? "" });
    if (args[0] === "secret") {
      if (!account.deployed) throw new Error('Worker "orcade" not found. [code: 10007]');
      return JSON.stringify(account.secrets.map((name) => ({ name, type: "secret_text" })));
    }
    if (args[0] === "deploy") {
      configs.push(JSON.parse(readFileSync(after("--config") ?? "", "utf8")));
      const secrets = after("--secrets-file");
      if (secrets !== undefined) {
        expect(statSync(secrets).mode & 0o777).toBe(0o600);
        account.secrets.push(...Object.keys(JSON.parse(readFileSync(secrets, "utf8"))));
      }
      account.deployed = true;
      const entry = { type: "deploy", version: 1, targets: ["https://orcade.ada.workers.dev"] };
      writeFileSync(
        process.env["WRANGLER_OUTPUT_FILE_PATH"] ?? "",
        `{"type":"wrangler-session"}\n${JSON.stringify(entry)}\n`,
      );
    }
    return "";
  };
  return { wrangler, words, configs };
}

function deployment(account: Account, folder = temporaryFolder()) {
  const fake = fakeWrangler(account);
  const commands: { words: readonly string[]; token: string }[] = [];
  const orcade = async (words: readonly string[], token: string): Promise<number> => (
    commands.push({ words, token }),
    0
  );
  const run = () =>
    deploy({ wrangler: fake.wrangler, orcade, say: () => undefined, folder, operator: ["--account", "ada"] });
  return { ...fake, commands, folder, run };
}

const empty = (): Account => ({ namespaces: [], secrets: [], deployed: false });

test("the first deployment creates the namespace, sets the secret and makes the operator", async () => {
  const account = empty();
  const { run, words, configs, commands, folder } = deployment(account);
  expect(await run()).toBe(0);
  expect(words).toEqual([
    "whoami",
    "kv namespace list",
    "kv namespace create",
    "kv namespace list",
    "secret list --name",
    "deploy --config",
  ]);
  expect(account.namespaces.map(({ title }) => title)).toEqual(["orcade-KV"]);
  expect(account.secrets).toEqual([SECRET, SEALERS]);
  expect(readFileSync(join(folder, "secret-keys"), "utf8")).toMatch(/^first:[A-Za-z0-9+/]{43}=\n$/);
  expect(statSync(join(folder, "secret-keys")).mode & 0o777).toBe(0o600);
  expect(configs[0]).toMatchObject({ name: "orcade", kv_namespaces: [{ binding: "KV", id: "f".repeat(32) }] });
  expect(existsSync(configs[0]?.main ?? "")).toBe(true);
  expect(commands).toEqual([
    {
      words: ["admin", "bootstrap", "--address", "https://orcade.ada.workers.dev", "--account", "ada"],
      token: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
  expect(existsSync(join(folder, "secrets.json"))).toBe(false);
  expect(statSync(join(folder, "bootstrap")).mode & 0o777).toBe(0o600);
});

test("a second deployment creates nothing and uses the same token", async () => {
  const account = empty();
  const first = deployment(account);
  await first.run();
  const second = deployment(account, first.folder);
  expect(await second.run()).toBe(0);
  expect(second.words).not.toContain("kv namespace create");
  expect(account.namespaces).toHaveLength(1);
  expect(second.commands[0]?.token).toBe(first.commands[0]?.token);
});

test("the keys that seal secrets are never replaced, and set where they are missing", async () => {
  const sealed: Account = { namespaces: [{ id: "1", title: "orcade-KV" }], secrets: [SECRET, SEALERS], deployed: true };
  const { run, folder } = deployment(sealed);
  expect(await run()).toBe(0);
  expect(sealed.secrets).toEqual([SECRET, SEALERS]);
  expect(existsSync(join(folder, "secret-keys"))).toBe(false);
  const older: Account = { ...sealed, secrets: [SECRET] };
  await deployment(older).run();
  expect(older.secrets).toEqual([SECRET, SEALERS]);
});

test("from another machine the worker is deployed, its token left alone and no operator made", async () => {
  const { run, commands } = deployment({
    namespaces: [{ id: "1", title: "orcade-KV" }],
    secrets: [SECRET],
    deployed: true,
  });
  expect(await run()).toBe(0);
  expect(commands).toEqual([]);
});

test("without an account it says how to log in, and nothing was created", async () => {
  const account = empty();
  const { folder } = deployment(account);
  const wrangler = () => Promise.reject(new Error("You are not authenticated."));
  const run = deploy({ wrangler, orcade: () => Promise.resolve(0), say: () => undefined, folder, operator: [] });
  await expect(run).rejects.toThrow(/wrangler login/);
});

test("the dry run asks no account for anything and deploys what wrangler.toml says", async () => {
  const folder = temporaryFolder();
  const asked: (readonly string[])[] = [];
  await dryRun({ wrangler: (args) => (asked.push(args), Promise.resolve("")), folder });
  expect(asked).toEqual([
    ["deploy", "--dry-run", "--config", join(folder, "wrangler.json"), "--outdir", join(folder, "bundle")],
  ]);
  const written = JSON.parse(readFileSync(join(folder, "wrangler.json"), "utf8"));
  expect(written).toMatchObject({
    name: readRaw().name,
    durable_objects: expect.anything(),
    migrations: expect.anything(),
  });
});
