// Uploads a built algorithm: one multipart PUT, the same again changes nothing.
import { readFileSync } from "node:fs";
import { readmeOf, type Built } from "./algorithm.ts";
import { accepted, sendSigned } from "./http.ts";
import { asNumber, asString } from "./json.ts";
import { multipart, type Part } from "./multipart.ts";
import type { Settings } from "./settings.ts";

export interface Published {
  /** OWNER/NAME */
  readonly algorithm: string;
  readonly version: string;
  /** SHA-256 in hex of what was published. */
  readonly build: string;
  /** Path of its calls on the server. */
  readonly url: string;
  readonly moduleBytes: number;
  readonly meteredBytes: number;
  /** False when this very version was there already. */
  readonly created: boolean;
  /** The server's own document. */
  readonly document: Readonly<Record<string, unknown>>;
}

function partsOf(built: Built, notes: string | undefined): Part[] {
  const parts: Part[] = [
    { name: "manifest", value: readFileSync(built.manifestPath, "utf8") },
    { name: "module", value: new Uint8Array(readFileSync(built.modulePath)) },
  ];
  const readme = readmeOf(built.folder);
  if (readme !== undefined) parts.push({ name: "readme", value: readme });
  if (notes !== undefined) parts.push({ name: "notes", value: notes });
  return parts;
}

/** @param notes release notes, if any */
export async function publishBuilt(
  settings: Settings,
  owner: string,
  built: Built,
  notes?: string,
): Promise<Published> {
  const { name, version } = built.manifest;
  const { body, type } = multipart(partsOf(built, notes));
  const path = `/v1/algorithms/${owner}/${name}/versions/${version}`;
  const reply = await sendSigned(settings, {
    method: "PUT",
    path,
    body,
    headers: { "content-type": type },
    seconds: 120,
  });
  const document = accepted(reply);
  return {
    algorithm: asString(document["algorithm"]) ?? `${owner}/${name}`,
    version: asString(document["version"]) ?? version,
    build: asString(document["build"]) ?? "",
    url: asString(document["url"]) ?? "",
    moduleBytes: asNumber(document["module_bytes"]) ?? built.moduleBytes,
    meteredBytes: asNumber(document["metered_bytes"]) ?? 0,
    created: reply.status === 201,
    document,
  };
}
