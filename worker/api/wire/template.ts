// The template that a new algorithm begins with: its module is prebuilt (from template/index.txt, with `orcade build`), so
// that it answers `hello INPUT` from its first moment; and its sources, as the environments hand them out.
import { manifest } from "../../market/manifest.ts";
import type { Upload } from "../upload.ts";
import { type TarFile } from "./tar.ts";
import SOURCE from "./template/index.txt";
import MODULE from "./template/module.txt";
import README from "./template/readme.txt";

const SUMMARY = "Answers hello and its input.";

const authored = (name: string): object => ({ name, version: "0.1.0", summary: SUMMARY, license: "apache2" });

/** The template as an upload of a version. */
export const templateUpload = (name: string): Upload => ({
  manifest: manifest.parse({ ...authored(name), abi: "orcade", input: { kind: "text" }, output: { kind: "text" } }),
  module: new Uint8Array(Buffer.from(MODULE, "base64")),
  readme: "",
  notes: "",
});

/** The template as a folder for `orcade build`. */
export const templateFiles = (): readonly TarFile[] => [
  { name: "algorithm.json", text: `${JSON.stringify(authored("hello"), null, 2)}\n` },
  { name: "index.ts", text: SOURCE },
  { name: "README.md", text: README },
];
