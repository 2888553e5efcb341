// Which published algorithm is meant: OWNER/NAME[/VERSION], or the algorithm of a folder.
import { ALGORITHM_NAME, OWNER_NAME } from "../worker/market/manifest.ts";
import { CliFailure, EXIT, usage } from "./failure.ts";
import { algorithmFolder, readAuthored } from "./folder.ts";
import { getJson } from "./http.ts";
import type { Io } from "./io.ts";
import { asString } from "./json.ts";
import type { Settings } from "./settings.ts";

export interface Target {
  readonly owner: string;
  readonly name: string;
  /** A version, a part of one (1, 1.2), "latest", "latestPrivate" or a build; undefined means the newest. */
  readonly version: string | undefined;
  /** The folder of the source, when the target was not named. */
  readonly folder: string | undefined;
}

/** What may stand in an address as a version; which of them there are is the server's to say. */
const VERSION_PART = /^[A-Za-z0-9.*]{1,64}$/;

/** Reads "genome/kmers" or "genome/kmers/1.0.0"; a leading "algo://" is allowed. */
export function parseTarget(text: string): Target {
  const [owner = "", name = "", version, ...rest] = text.replace(/^algo:\/\//, "").split("/");
  const right =
    OWNER_NAME.test(owner) && ALGORITHM_NAME.test(name) && (version === undefined || VERSION_PART.test(version));
  if (right && rest.length === 0) return { owner, name, version, folder: undefined };
  throw usage(
    `${JSON.stringify(text)} does not name an algorithm.`,
    "Write OWNER/NAME or OWNER/NAME/VERSION, for example genome/kmers or genome/kmers/1.0.0, or the NAME of one of your own.",
  );
}

/** The account of the key: from where the key lies, else asked of the server. */
export async function accountOf(settings: Settings): Promise<string> {
  if (settings.account !== undefined) return settings.account;
  const account = asString((await getJson(settings, "/v1/account"))["account"]);
  if (account !== undefined) return account;
  throw new CliFailure(
    EXIT.failed,
    "bad-answer",
    "The server does not say whose key this is.",
    "Is the address right?",
  );
}

/** The algorithm named (NAME alone is one of the key's own account), else that of this folder, else the current one. */
export async function targetOf(io: Io, settings: Settings, named: string | undefined): Promise<Target> {
  if (named !== undefined && ALGORITHM_NAME.test(named)) return parseTarget(`${await accountOf(settings)}/${named}`);
  if (named !== undefined) return parseTarget(named);
  const folder = algorithmFolder(io, undefined);
  const { owner, name } = readAuthored(folder);
  return { owner: owner ?? (await accountOf(settings)), name, version: undefined, folder };
}
