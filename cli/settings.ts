// Which server, and with which key. The address comes from the flag, else the environment, else a file; the key likewise,
// but a key from a file is only ever sent to the address it was written for.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { CliFailure, EXIT, messageOf, usage } from "./failure.ts";
import { homes, writePrivate } from "./home.ts";
import type { Io } from "./io.ts";

const DEFAULT_ADDRESS = "http://localhost:8787";
/** API keys as Orcade makes them ("sim" and 25 letters or digits), or as an import brought them: what a header can carry. */
const API_KEY = /^[\x21-\x7e]{1,8192}$/;

export interface Settings {
  /** Origin of the server, without a trailing slash. */
  readonly address: string;
  readonly key: string | undefined;
  /** The account of the key, when the place it comes from says so. */
  readonly account: string | undefined;
  /** Where the key comes from, for people: "--key", "ORCADE_API_KEY" or a path. */
  readonly source: string | undefined;
}

export interface Flags {
  readonly address?: string | undefined;
  readonly key?: string | undefined;
}

/** `.orcade/credentials`, written by `npm start`. */
const credentialsFile = z.object({ address: z.string(), account: z.string(), key: z.string() });
export type Credentials = z.infer<typeof credentialsFile>;

/** `config.json` of the user: the address to use when nothing else says one, and a key per address. */
const configFile = z.object({
  address: z.string().optional(),
  keys: z.record(z.string(), z.object({ account: z.string().optional(), key: z.string() })).default({}),
});
type Config = z.infer<typeof configFile>;

/** @returns `~/.config/orcade/config.json`, or the same under XDG_CONFIG_HOME */
export const configPath = (io: Io): string =>
  join(io.env["XDG_CONFIG_HOME"] || join(io.home, ".config"), "orcade", "config.json");

function readJson<T>(path: string, shape: z.ZodType<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return shape.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new CliFailure(EXIT.credentials, "bad-config", `${path} cannot be used: ${reason}`, "Mend it, or remove it.");
  }
}

export const readCredentials = (folder: string): Credentials | undefined =>
  readJson(join(folder, "credentials"), credentialsFile);

export const readConfig = (io: Io): Config => readJson(configPath(io), configFile) ?? { keys: {} };

/** Keeps a key for an address in the user's config file and makes that address the default if there is none yet. */
export function saveKey(io: Io, entry: Credentials): void {
  const config = readConfig(io);
  const keys = { ...config.keys, [entry.address]: { account: entry.account, key: entry.key } };
  writePrivate(configPath(io), `${JSON.stringify({ address: config.address ?? entry.address, keys }, null, 2)}\n`);
}

/** Takes a key that never came to open anything out of the user's config file. */
export function dropKey(io: Io, address: string): void {
  const config = readConfig(io);
  const keys = Object.fromEntries(Object.entries(config.keys).filter(([kept]) => kept !== address));
  writePrivate(configPath(io), `${JSON.stringify({ ...config, keys }, null, 2)}\n`);
}

/** @returns the origin of an address; refuses what is not http or https */
export function originOf(address: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw usage(`${JSON.stringify(address)} is not the address of a server.`, `Write it like ${DEFAULT_ADDRESS}.`);
  }
  return url.origin;
}

interface Found {
  readonly credentials: Credentials;
  readonly source: string;
}

/** Everything the files offer, best first, and the address they would use. */
function fromFiles(io: Io): { readonly found: readonly Found[]; readonly address: string | undefined } {
  const local = homes(io).flatMap((folder): Found[] => {
    const credentials = readCredentials(folder);
    return credentials === undefined ? [] : [{ credentials, source: join(folder, "credentials") }];
  });
  const config = readConfig(io);
  const kept = Object.entries(config.keys).map(([address, { account = "", key }]): Found => {
    return { credentials: { address, account, key }, source: configPath(io) };
  });
  const address = local[0]?.credentials.address ?? config.address ?? kept[0]?.credentials.address;
  return { found: [...local, ...kept], address };
}

/** Two names of this machine are one address: a key for localhost may go to 127.0.0.1. */
const comparable = (address: string): string => originOf(address).replace("//127.0.0.1", "//localhost");
export const sameServer = (one: string, other: string): boolean => comparable(one) === comparable(other);

/** The first of some variables that is set to something. */
function variable(io: Io, ...names: readonly string[]): { readonly name: string; readonly value: string } | undefined {
  const name = names.find((candidate) => io.env[candidate]);
  return name === undefined ? undefined : { name, value: io.env[name] ?? "" };
}

function checked(key: string, source: string): string {
  if (API_KEY.test(key)) return key;
  const hint = 'A key is "sim" followed by 25 letters and digits; an imported one may differ, but has no spaces.';
  throw new CliFailure(EXIT.credentials, "bad-key", `The API key from ${source} is not one.`, hint);
}

/** Settles address and key: flags, then the environment, then `.orcade/credentials`, then the user's config file. */
export function resolveSettings(io: Io, flags: Flags): Settings {
  const files = fromFiles(io);
  const named = flags.address ?? variable(io, "ORCADE_ADDRESS", "ALGORITHMIA_API")?.value;
  const address = originOf(named ?? files.address ?? DEFAULT_ADDRESS);
  if (flags.key !== undefined)
    return { address, key: checked(flags.key, "--key"), account: undefined, source: "--key" };
  const fromEnv = variable(io, "ORCADE_API_KEY", "ALGORITHMIA_API_KEY");
  if (fromEnv !== undefined) {
    return { address, key: checked(fromEnv.value, fromEnv.name), account: undefined, source: fromEnv.name };
  }
  const match = files.found.find(({ credentials }) => sameServer(credentials.address, address));
  if (match === undefined) return { address, key: undefined, account: undefined, source: undefined };
  const { key, account } = match.credentials;
  return { address, key: checked(key, match.source), account: account || undefined, source: match.source };
}

/** @returns the key; without one, a failure that says how to get one */
export function requireKey(settings: Settings): string {
  if (settings.key !== undefined) return settings.key;
  throw new CliFailure(
    EXIT.credentials,
    "no-key",
    `There is no API key for ${settings.address}.`,
    "`npm start` makes one for its own server; for another, set ORCADE_API_KEY or give --key.",
  );
}
