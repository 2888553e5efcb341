// text/from-html on pages of the web, on every character reference, and on pages made to hurt.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { entities, make } from "../../algorithms/text/from-html/data/generate.ts";
import { LIMITS } from "../../worker/limits.ts";
import { type Built, built, folderOf, onMemory } from "./support.ts";
import { runs } from "../support/torture.ts";

interface Output {
  readonly title: string;
  readonly text: string;
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly language?: string;
}

let algorithm: Built<Output>;
/** The same with 2 MiB of memory, for many small pages. */
let small: Built<Output>;
beforeAll(async () => {
  algorithm = await built<Output>("text/from-html");
  small = onMemory(algorithm, 2);
});
const readSmall = (html: string, links = false): Output => small.call({ html, links });
const read = (html: string, links = false): Output => algorithm.call({ html, links });
const textOf = (html: string): string => read(html).text;

it("answers as its README and its sample show", () => {
  const readme = readFileSync(join(folderOf("text/from-html"), "README.md"), "utf8");
  const call = /-j '(\{[^]*?\n\})'/.exec(readme)?.[1] ?? "";
  const answer = /```json\n([^]*?)```/.exec(readme)?.[1] ?? "";
  expect(algorithm.call(JSON.parse(call))).toEqual(JSON.parse(answer));
  const { sample } = JSON.parse(readFileSync(join(folderOf("text/from-html"), "algorithm.json"), "utf8")) as {
    sample: unknown;
  };
  expect(algorithm.call(sample).links).toEqual([{ href: "/moon", text: "with the moon" }]);
});

describe("pages of the web", () => {
  const folder = join(import.meta.dirname, "pages");
  const pages = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  /** How the text begins, what is in it, and the title. */
  const known: Readonly<Record<string, readonly [begin: string, part: string, title: string]>> = {
    "aliasing.txt": [
      "Aliasing\n\nFirst off, let’s get",
      "which lets the referent of an & be mutated).",
      "Aliasing - The Rustonomicon",
    ],
    "boolean.txt": [
      "[type.bool]\n\nBoolean type",
      "\nb | !b\ntrue | false\nfalse | true\n",
      "Boolean type - The Rust Reference",
    ],
    "constants.txt": ["std::f64\n\nModule consts", "sqrt(5)", "std::f64::consts - Rust"],
    "error-code.txt": [
      "Error code E0382\n\nA variable",
      "by calling .clone(). Subsequent",
      "E0382 - Error codes index",
    ],
    "style.txt": [
      "Guiding principles and rationale\n\nWhen",
      "- readability\n\n  - scan-ability\n",
      "Guiding principles and rationale - The Rust Style Guide",
    ],
  };

  it("are all known", () => expect(pages).toEqual(Object.keys(known)));

  it.each(Object.keys(known))("%s", (name) => {
    const { text, title, language, links } = read(readFileSync(join(folder, name), "utf8"), true);
    const [begin, part, called] = known[name] ?? ["", "", ""];
    expect(text.startsWith(begin)).toBe(true);
    expect(text.length).toBeGreaterThan(700);
    expect(text).toContain(part);
    expect([title, language]).toEqual([called, "en"]);
    expect(text).not.toMatch(/<\/|function\(|Keyboard shortcuts|Press S|\n\n\n\n|&[a-z]+;/);
    for (const link of links) expect(text.replaceAll("\n", " ")).toContain(link.text);
  });
});

describe("character references", () => {
  it("have the table that the list gives", () => {
    for (const [name, text] of Object.entries(make()))
      expect(readFileSync(join(folderOf("text/from-html"), "data", name), "utf8")).toBe(text);
  });

  it("are read by name, all 2,231", () => {
    const all = [...entities()].filter(([, text]) => !/\s/.test(text));
    expect(entities().size).toBe(2231);
    const html = all.map(([name]) => `<p>x&${name} y`).join("");
    const wanted = all.map(([, text]) => `x${text} y`);
    expect(textOf(html).split("\n\n")).toEqual(wanted);
  });

  it("are read by number, every kind", () => {
    for (const code of [0x21, 0x7f, 0xa1, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]) {
      const wanted = String.fromCodePoint(code);
      expect(textOf(`&#${code};&#x${code.toString(16)};&#X${code.toString(16).toUpperCase()}!`)).toBe(
        `${wanted}${wanted}${wanted}!`,
      );
    }
  });
});

describe("whatever a page is", () => {
  const textOfSmall = (html: string): string => readSmall(html).text;
  const pieces = [
    ..."<p> </p> <b> </b> <div hidden> </div> <ul> <li> </ul> <ol start=5> <table> <tr> <td> </td> </table> <pre> </pre>".split(
      " ",
    ),
    ..."<a_href=x> </a> <main> </main> <svg> </svg> <q> </q> <h1> </h1> <br> <script> </script> <!-- --> & &amp; &#x41; < > \" '".split(
      " ",
    ),
    ..." ,\n,\t,é,日本,🌊,\u0000,\u00a0,word,<select>,</select>,<button>,</button>,<x-y>,</x-y>,<dialog open>".split(
      ",",
    ),
  ].map((piece) => piece.replace("_", " "));
  const page = fc.array(fc.constantFrom(...pieces), { maxLength: 80 }).map((parts) => parts.join(""));

  it("its text begins and ends with no white space, and its links are in it", () => {
    fc.assert(
      fc.property(page, (html) => {
        const { text, links } = readSmall(html, true);
        expect(text).toBe(text.trimEnd());
        expect(text.startsWith("\n")).toBe(false);
        expect(text).not.toContain("\u0000");
        const line = text.replaceAll("\n", " ");
        for (const link of links) expect(line).toContain(link.text);
        expect(readSmall(html).text).toBe(text);
      }),
      runs(300),
    );
  });

  it("text without markup stays as it is", () => {
    const words = fc
      .array(fc.stringMatching(/^[^\s<>&\p{C}\u00a0]+$/u), { maxLength: 30 })
      .map((list) => list.join(" "));
    fc.assert(
      fc.property(words, (text) => {
        expect(textOfSmall(text)).toBe(text);
        const escaped = Array.from(text, (letter) => `&#${letter.codePointAt(0) ?? 0};`).join("");
        expect(textOfSmall(`<p>${escaped}`)).toBe(text);
      }),
      runs(200),
    );
  });

  it("random bytes of markup never end it", () => {
    const letter = fc.constantFrom(..."<>/!-?&;#\"'= \n[]abpP0".split(""));
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 200 }), (html) => typeof textOfSmall(html) === "string"),
      runs(300),
    );
  });
});

/** Pages that are slow where a reader searches again and again: for an end, for what an end tag closes. */
const hostile: readonly (readonly [string, string])[] = [
  ["divs", "<div>"],
  ["divs and stray end tags", "<div></b></p></td>"],
  ["formatting", "<b><i></b>"],
  ["unclosed comments", "<!--"],
  ["scripts", "<script></scrip>"],
  ["titles", "<title>"],
  ["attributes", "<a a"],
  ["quotes", "<a b='"],
  ["references", "&a&#x&notit"],
  ["names", "<x-1a><y2></x-1a>"],
  ["tables", "<table><td><b></table>"],
  ["tables in tables", "<table><td>"],
  ["lists", "<ul><li>x"],
  ["drawings", "<svg><p></svg><math>"],
  ["links", "<a href=x>y"],
  ["less than", "<"],
  ["hidden", "<p hidden><div>"],
  ["main", "<main>x</main>y"],
];

describe("time", () => {
  it.each(hostile)("is linear: %s", (_, piece) => {
    const fuel = (length: number): number => small.fuel({ html: piece.repeat(length / piece.length), links: true });
    const [base, less, more] = [fuel(1), fuel(10_000), fuel(40_000)];
    expect((more - base) / (less - base)).toBeLessThan(4.6);
    expect((more - base) / 40_000).toBeLessThan(250);
  });

  it("names that are all different cost little more", () => {
    const html = Array.from({ length: 20_000 }, (_, i) => `<e${i}></e${i}>`).join("");
    expect(algorithm.fuel({ html }) / html.length).toBeLessThan(150);
  });
});

describe("limits", () => {
  const filled = (piece: string, bytes: number): string => piece.repeat(Math.floor(bytes / piece.length));

  it("a text has 4 MiB at most", () => {
    expect(textOf("x".repeat(4 << 20)).length).toBe(4 << 20);
    expect(algorithm.failure({ html: "x".repeat((4 << 20) + 1) })).toBe("TextTooLarge");
    expect(algorithm.failure({ html: filled("<td>x", 9 << 20) })).toBe("TextTooLarge");
  });

  it("the longest input fits, whatever it is made of", () => {
    const room = LIMITS.inputBytes - 40;
    expect(textOf(`${"<p  >".repeat(room / 5 - 1)}end`)).toBe("end");
    expect(textOf(`<!--${"x".repeat(room - 20)}-->end`)).toBe("end");
  });

  it("2,000 links are listed, in main and elsewhere", () => {
    const many = '<a href="x">y</a> '.repeat(2001);
    expect(read(many, true).links).toHaveLength(2000);
    expect(read(`${many}<main>${many}</main>`, true).links).toHaveLength(2000);
    expect(read(`<a href="${"x".repeat(1000)}">y</a><a href="${"x".repeat(1001)}">z</a>`, true).links).toHaveLength(1);
  });

  it("elements nest 512 deep, and deeper ones still hide", () => {
    for (const depth of [510, 511, 512, 513, 5000]) {
      expect(textOf(`${"<div>".repeat(depth)}<i hidden>no</i>yes`)).toBe("yes");
    }
    // The list's items are known for items of a list, however deep.
    expect(textOf(`${"<b>".repeat(511)}<ol><li>a<li>b</ol>`)).toBe("1. a\n2. b");
  });

  it("a title has 4,096 bytes and ends with a whole character", () => {
    expect(read(`<title>${"é".repeat(2048)}</title>`).title).toHaveLength(2048);
    expect(read(`<title>x${"é".repeat(2048)}</title>`).title).toHaveLength(2048);
    expect(read(`<title>${"&nGt;".repeat(2000)}</title>`).title.length).toBe(819 * 2 + 1);
  });
});
