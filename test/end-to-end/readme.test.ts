// The README's commands, run as they stand. A block that begins with ```sh is run when the line before it is <!-- run -->;
// <!-- run: server --> marks the one that starts the server, which then serves the blocks after it. Only the port differs,
// and what stands behind `npx orcade` is called directly in all blocks but the first one with it (npx itself takes as long
// as a command); torture runs them all as they stand.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/tools.ts";
import { TORTURE } from "../support/torture.ts";
import { checkout, type Checkout, type Running } from "./checkout.ts";

interface Block {
  readonly line: number;
  readonly server: boolean;
  readonly text: string;
}

/** The marked blocks of a document, in order. */
export function blocksOf(markdown: string): Block[] {
  const marked = /^<!-- run(: server)? -->\n+```sh\n([\s\S]*?)^```$/gm;
  return [...markdown.matchAll(marked)].map((match) => {
    const [, server, text = ""] = match;
    return { line: markdown.slice(0, match.index).split("\n").length + 1, server: server !== undefined, text };
  });
}

test("blocksOf finds what is marked and nothing else", () => {
  const markdown =
    "```sh\nno\n```\n<!-- run: server -->\n```sh\nnpm start\n```\ntext\n\n<!-- run -->\n\n```sh\na\nb\n```\n<!-- run -->\n```json\n{}\n```\n";
  expect(blocksOf(markdown)).toEqual([
    { line: 5, server: true, text: "npm start\n" },
    { line: 11, server: false, text: "a\nb\n" },
  ]);
});

const README = join(ROOT, "README.md");
const written = existsSync(README);
if (!written) console.warn("SKIPPED: README.md is not written yet, so none of its commands is run");

describe.skipIf(!written)("README.md", () => {
  const blocks = written ? blocksOf(readFileSync(README, "utf8")) : [];
  let place: Checkout;
  let server: Running | undefined;
  const shown = blocks.findIndex(({ text }) => text.includes("npx orcade"));

  beforeAll(async () => {
    place = await checkout();
  });
  afterAll(() => place.remove());

  test("marks the start of the server and commands to run against it", () => {
    expect(blocks.filter((block) => block.server)).toHaveLength(1);
    expect(blocks.length).toBeGreaterThan(1);
  });

  test.each(blocks)("line $line", async (block) => {
    const { server: starts, text } = block;
    const own = TORTURE || block === blocks[shown] ? text : text.replaceAll("npx orcade", "node cli/orcade.mjs");
    const script = `set -e\n${own.replaceAll("8787", String(place.port))}`;
    if (starts) {
      server = place.begin(script);
      await server.until("Ctrl-C stops it");
      return;
    }
    const ran = await place.sh(script);
    expect(ran, `${script}\n${ran.stdout}\n${ran.stderr}`).toMatchObject({ code: 0 });
    expect(ran.stdout).not.toBe("");
    expect(ran.stdout).not.toContain('{"error"');
  });
});
