// What a new server needs before it is of use: an operator with a key, the organisations of our algorithms, the algorithms.
// Every step can be done again without effect, in any state a crash may have left.
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { algorithmNames, buildOurs } from "../../scripts/build.ts";
import { bootstrap, newKey, newToken, startGrant } from "../bootstrap.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { privateFolder, writePrivate } from "../home.ts";
import { CHECKOUT } from "../io.ts";
import { accepted, sendJson, sendSigned } from "../http.ts";
import { publishBuilt, type Published } from "../publish.ts";
import { readCredentials, type Credentials, type Settings } from "../settings.ts";

const ACCOUNT = "demo";

/** The one-time token of this storage, made at the first start. */
export function bootstrapToken(home: string): string {
  privateFolder(home);
  const path = join(home, "bootstrap");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const token = newToken();
  writePrivate(path, `${token}\n`);
  return token;
}

/** The key of this checkout; a new one is on disk before anybody hears of it. The address follows ORCADE_PORT. */
function keepCredentials(home: string, address: string): Credentials {
  const kept = readCredentials(home);
  if (kept !== undefined && kept.address === address) return kept;
  const credentials = { address, account: kept?.account ?? ACCOUNT, key: kept?.key ?? newKey() };
  writePrivate(join(home, "credentials"), `${JSON.stringify(credentials, null, 2)}\n`);
  return credentials;
}

/** Makes the account of `.orcade/credentials` the operator, with money to begin with. */
export async function seedAccount(home: string, address: string, token: string): Promise<Settings> {
  const credentials = keepCredentials(home, address);
  const source = join(home, "credentials");
  try {
    await bootstrap(credentials, token);
    await startGrant(credentials);
  } catch (error) {
    if (!(error instanceof CliFailure) || error.code !== "already-bootstrapped") throw error;
    const message = `The storage in ${join(home, "state")} belongs to another key than the one in ${source}.`;
    const hint = "Put the old credentials back, or remove the storage to begin anew.";
    throw new CliFailure(EXIT.credentials, "other-key", message, hint);
  }
  return { address, key: credentials.key, account: credentials.account, source };
}

/** Publishes every algorithm of the repository under its organisation. @param said gets each one as it is done */
export async function publishOurs(settings: Settings, said: (published: Published) => void): Promise<void> {
  const names = algorithmNames();
  for (const owner of new Set(names.map((name) => name.split("/")[0] ?? ""))) {
    await sendJson(settings, "POST", "/v1/organizations", { org_name: owner });
  }
  for (const name of names) {
    said(await publishBuilt(settings, name.split("/")[0] ?? "", await buildOurs(name)));
    await seedFiles(settings, name);
  }
}

/** Puts the files of algorithms/OWNER/NAME/files into the collection data://OWNER/NAME, which the owner's algorithms read. */
async function seedFiles(settings: Settings, name: string): Promise<void> {
  const folder = join(CHECKOUT, "algorithms", name, "files");
  if (!existsSync(folder)) return;
  const [owner = "", collection = ""] = name.split("/");
  const body = new TextEncoder().encode(JSON.stringify({ name: collection, acl: { read: ["algo://.my/*"] } }));
  const made = await sendSigned(settings, { method: "POST", path: `/v1/data/${owner}`, body });
  // It may be there already.
  if (made.status !== 409) accepted(made);
  for (const file of readdirSync(folder).sort()) {
    const body = new Uint8Array(readFileSync(join(folder, file)));
    accepted(await sendSigned(settings, { method: "PUT", path: `/v1/data/${name}/${file}`, body }));
  }
}

/**
 * The key that seals algorithms' secrets in this storage (worker/market/secrets.ts), made when it is first asked for.
 * @param home folder it is kept in, readable by its owner only @param id names the key beside later ones
 */
export function secretKeys(home: string, id = "dev"): string {
  const path = join(home, "secret-keys");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const keys = `${id}:${randomBytes(32).toString("base64")}`;
  writePrivate(path, `${keys}\n`);
  return keys;
}
