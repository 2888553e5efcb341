// `npm run deploy`: makes what Cloudflare must have (KV namespace, the secrets), deploys, and makes the first operator. Every step can be repeated. `--dry-run` does everything that needs no account.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { experimental_readRawConfig } from "wrangler";
import * as z from "zod";
import { newToken } from "../cli/bootstrap.ts";
import { writePrivate } from "../cli/home.ts";
import { secretKeys } from "../cli/server/seed.ts";
import { buildAll, stepLine } from "./build.ts";
import { messageOf, readTool, ROOT, ToolError } from "./tools.ts";

/** Name of the secret that holds the one-time token; worker/env.ts reads it. */
export const SECRET = "ORCADE_BOOTSTRAP";
/** Name of the secret that holds the keys which seal algorithms' secrets. One that is there is never replaced. */
export const SEALERS = "ORCADE_SECRET_KEYS";

export interface Deployment {
  /** Runs wrangler and gives what it wrote; throws that text when it fails. */
  readonly wrangler: (args: readonly string[]) => Promise<string>;
  /** Runs `orcade` with these words and the one-time token in its environment. @returns its exit code */
  readonly orcade: (args: readonly string[], token: string) => Promise<number>;
  readonly say: (text: string) => void;
  /** Folder for what this leaves behind: the token and the configuration that was deployed. */
  readonly folder: string;
  /** Further words for `orcade admin bootstrap`, for example --account ada. */
  readonly operator: readonly string[];
}

const rawConfig = z.looseObject({
  name: z.string(),
  main: z.string(),
  build: z.looseObject({}).optional(),
  kv_namespaces: z.array(z.looseObject({ binding: z.string() })).default([]),
});
type RawConfig = z.infer<typeof rawConfig>;

/** wrangler.toml as it is written. */
export const readRaw = (): RawConfig =>
  rawConfig.parse(experimental_readRawConfig({ config: join(ROOT, "wrangler.toml") }).rawConfig);

/** The JSON in what wrangler wrote, which may begin with remarks. */
function jsonIn<T>(text: string, shape: z.ZodType<T>): T {
  const start = text.search(/^\s*\[/m);
  try {
    return shape.parse(JSON.parse(text.slice(start, text.lastIndexOf("]") + 1)));
  } catch {
    throw new ToolError(`wrangler did not answer with the list that was asked for:\n${text}`);
  }
}

const namespaces = z.array(z.object({ id: z.string(), title: z.string() }));

/** The id of a KV namespace, which is created if the account does not have it. */
async function namespaceId({ wrangler, say }: Deployment, title: string): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    jsonIn(await wrangler(["kv", "namespace", "list"]), namespaces).find((entry) => entry.title === title)?.id;
  const found = await find();
  if (found !== undefined) return found;
  say(`creating the KV namespace ${title}`);
  await wrangler(["kv", "namespace", "create", title]);
  const made = await find();
  if (made === undefined)
    throw new ToolError(`The KV namespace ${title} was created, but is not listed. Run this again in a minute.`);
  return made;
}

/** Writes wrangler.toml with the account's own ids in it. @returns the path of that file */
async function deployConfig(deployment: Deployment): Promise<{ readonly path: string; readonly name: string }> {
  const raw = readRaw();
  const kv = [];
  for (const entry of raw.kv_namespaces)
    kv.push({ ...entry, id: await namespaceId(deployment, `${raw.name}-${entry.binding}`) });
  const config = { ...raw, main: join(ROOT, raw.main), build: { ...raw.build, cwd: ROOT }, kv_namespaces: kv };
  const path = join(deployment.folder, "wrangler.json");
  mkdirSync(deployment.folder, { recursive: true });
  writeFileSync(path, JSON.stringify(config, null, 2));
  return { path, name: raw.name };
}

/** Names of the secrets the deployed worker has; before the first deployment there is no worker to ask. */
async function secretsOf({ wrangler }: Deployment, name: string): Promise<ReadonlySet<string>> {
  try {
    const text = await wrangler(["secret", "list", "--name", name, "--format", "json"]);
    return new Set(jsonIn(text, z.array(z.object({ name: z.string() }))).map((secret) => secret.name));
  } catch (error) {
    if (/10007|does not exist|not found/i.test(messageOf(error))) return new Set();
    throw error;
  }
}

/** The one-time token: kept here before Cloudflare has it, so that an interrupted deployment can go on. */
function keepToken(folder: string): string {
  const path = join(folder, "bootstrap");
  if (!existsSync(path)) writePrivate(path, `${newToken()}\n`);
  return readFileSync(path, "utf8").trim();
}

const targets = z.object({ type: z.literal("deploy"), targets: z.array(z.string()).optional() });

/** The address wrangler says it deployed to. */
function addressIn(output: string): string {
  for (const line of output.split("\n").filter((text) => text.trim() !== "")) {
    const entry = targets.safeParse(JSON.parse(line));
    const target = entry.success ? entry.data.targets?.find((text) => /^(https:\/\/)?[\w.-]+$/.test(text)) : undefined;
    if (target !== undefined) return target.startsWith("https://") ? target : `https://${target}`;
  }
  throw new ToolError("wrangler deployed, but named no address: add a route or workers_dev to wrangler.toml.");
}

/** @param secrets those to set; others that the worker has stay as they are */
async function upload(
  { wrangler, folder }: Deployment,
  config: string,
  secrets: Readonly<Record<string, string>>,
): Promise<string> {
  const output = join(folder, "output.ndjson");
  const file = join(folder, "secrets.json");
  const some = Object.keys(secrets).length > 0;
  rmSync(output, { force: true });
  if (some) writePrivate(file, JSON.stringify(secrets));
  process.env["WRANGLER_OUTPUT_FILE_PATH"] = output;
  try {
    await wrangler(["deploy", "--config", config, ...(some ? ["--secrets-file", file] : [])]);
    return addressIn(readFileSync(output, "utf8"));
  } finally {
    rmSync(file, { force: true });
  }
}

/** Deploys and makes the first operator. @returns the exit code */
export async function deploy(deployment: Deployment): Promise<number> {
  const { say, folder, wrangler } = deployment;
  await wrangler(["whoami"]).catch((error: unknown) => {
    throw new ToolError(`${messageOf(error)}\nLog in with \`npx wrangler login\`, or set CLOUDFLARE_API_TOKEN.`);
  });
  const { path, name } = await deployConfig(deployment);
  const known = await secretsOf(deployment, name);
  const kept = existsSync(join(folder, "bootstrap"));
  const token = known.has(SECRET) && !kept ? undefined : keepToken(folder);
  say(`deploying ${name}`);
  const address = await upload(deployment, path, {
    ...(token === undefined ? {} : { [SECRET]: token }),
    ...(known.has(SEALERS) ? {} : { [SEALERS]: secretKeys(folder, "first") }),
  });
  say(`deployed to ${address}`);
  if (token === undefined) {
    say("Its one-time token was made elsewhere: whoever deployed it first has the operator's key.");
    return 0;
  }
  return deployment.orcade(["admin", "bootstrap", "--address", address, ...deployment.operator], token);
}

/** Bundles as a deployment would, uploads nothing. @returns wrangler's own account of it */
export async function dryRun({ wrangler, folder }: Pick<Deployment, "wrangler" | "folder">): Promise<string> {
  const listed = { wrangler, folder, say: () => undefined, orcade: () => Promise.resolve(0), operator: [] };
  const none = (args: readonly string[]): Promise<string> => {
    const titles = readRaw().kv_namespaces.map(({ binding }) => ({
      id: "0".repeat(32),
      title: `${readRaw().name}-${binding}`,
    }));
    return args[0] === "kv" ? Promise.resolve(JSON.stringify(titles)) : wrangler(args);
  };
  const { path } = await deployConfig({ ...listed, wrangler: none });
  return wrangler(["deploy", "--dry-run", "--config", path, "--outdir", join(folder, "bundle")]);
}

async function main(args: readonly string[]): Promise<number> {
  await buildAll({}, (step) => console.log(stepLine(step)));
  const wrangler = (words: readonly string[]): Promise<string> => readTool("wrangler", words);
  if (args.includes("--dry-run")) {
    console.log(await dryRun({ wrangler, folder: join(ROOT, "build", "deploy") }));
    return 0;
  }
  const { main: orcade } = await import("../cli/main.ts");
  const { processIo } = await import("../cli/io.ts");
  return deploy({
    wrangler,
    orcade: (words, token) => {
      const io = processIo();
      return orcade(words, { ...io, env: { ...io.env, [SECRET]: token } });
    },
    say: (text) => console.log(text),
    folder: join(ROOT, ".orcade", "deploy"),
    operator: args,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
