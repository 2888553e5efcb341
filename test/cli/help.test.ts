import { expect, test } from "vitest";
import { COMMANDS } from "../../cli/commands/index.ts";
import { orcade } from "./harness.ts";

test("orcade --help names every command and every exit code", async () => {
  const { code, stdout, stderr } = await orcade(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: orcade [options] [command]

    Publish an algorithm, call it from anywhere: the command line of Orcade.

    Options:
      -V, --version                   output the version number
      --address <url>                 the server (else ORCADE_ADDRESS, else the config file)
      --key <key>                     the API key (else ORCADE_API_KEY, else the config file)
      --json                          print one JSON document, for scripts
      -h, --help                      display help for command

    Commands:
      init <name>                     make a new algorithm from the template
      build [options] [folder]        compile an algorithm
      publish [options] [folder]      publish an algorithm as a version
      call [options] [algorithm]      call an algorithm
      versions [algorithm]            list the published versions of an algorithm
      search [options] [words]        find algorithms by words, owner, tag, price or language
      info [algorithm]                show what an algorithm is, costs and makes of its sample
      quote [options] [algorithm]     ask what a call would cost; the ceiling holds for ten minutes
      yank [options] <version>        take a version out of ranges and the catalogue
      deprecate [options] <version>   tell everybody that a version should not be used any more
      calls [options] [call]          list calls you paid for, or show the tree of one
      earnings [options] [algorithm]  show what an algorithm of yours earned, by day and version
      receipt [options] [call]        show, export or check the signed receipt of a call
      whoami                          show the account of the API key
      signup [options] <account>      make an account, with an invite
      keys                            API keys of the account, or of an organisation it owns
      org                             organisations: accounts that belong to their members
      data                            files on the server
      ledger                          what the account paid and earned
      start                           build and run the whole system on this machine
      fuel [options] <module>         meter a module here, and say how
      genomes                         genomes to try jobs on
      orc                             programs in Orc, the orchestration language
      runs                            programs in Orc that go on by themselves, on the server
      jobs                            one question over a lot of data: map and reduce, on the server
      admin                           for whoever runs a server
      help [command]                  show the help of a command, or of exit-codes

    Exit codes:
      0  it worked
      1  the server refused, the algorithm failed or it could not be built
      2  the command line is wrong, or a file that it names
      3  no API key, or one that may not do this
      4  the server cannot be reached or did not answer in time

    Example:
      orcade init hello && orcade build && orcade publish && orcade call
    "
  `);
});

test("orcade alone shows its help", async () => {
  expect((await orcade([])).stdout).toBe((await orcade(["--help"])).stdout);
});

test("orcade help call shows options and examples", async () => {
  const { code, stdout } = await orcade(["help", "call"]);
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: orcade call [options] [algorithm]

    Calls OWNER/NAME, OWNER/NAME/VERSION or the NAME of one of your own, and prints its result; fuel,
    cost, duration and version go to stderr. Without a name it calls the current algorithm, without an
    input with the sample of its algorithm.json.

    Options:
      -d, --data <text>          the input is this text; - reads standard input
      -j, --json-data <json>     the input is this JSON, or @FILE; - reads standard input
      -b, --bytes <@file>        the input is the bytes of a file; - reads standard input
      -f, --file <file>          the input is a file of whichever kind it is; FIELD=@FILE sets a field
                                 of -j to its text
      --raw                      print nothing but the result, byte for byte
      --max-cost <microcredits>  end the call before it costs more than this
      --quote <id>               the ceiling of a quote holds (\`orcade quote\`)
      --keep                     keep the input and what the call was told for a week, for its receipt
      --async                    do not wait: print the call's id; \`orcade calls result ID\` has the
                                 result
      --webhook <url>            with --async: tell this address when the call has ended
      --idempotency-key <key>    sent again with the same key, it is the same call
      --timeout <seconds>        end the call after this long (default 300)
      -h, --help                 display help for command

    Global Options:
      -V, --version              output the version number
      --address <url>            the server (else ORCADE_ADDRESS, else the config file)
      --key <key>                the API key (else ORCADE_API_KEY, else the config file)
      --json                     print one JSON document, for scripts

    Examples:
      orcade call text/tags -d "The quick brown fox"
      orcade call genome/kmers -j '{"k": 2}' -f fasta=@genome.fasta
      orcade call genome/kmers -j '{"source": "data://.my/genomes/genome.fasta", "k": 6}'
      orcade call bytes/gunzip -b @archive.gz --raw > archive
    "
  `);
});

test("orcade help exit-codes", async () => {
  const { code, stdout } = await orcade(["help", "exit-codes"]);
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "Exit codes:
      0  it worked
      1  the server refused, the algorithm failed or it could not be built
      2  the command line is wrong, or a file that it names
      3  no API key, or one that may not do this
      4  the server cannot be reached or did not answer in time
    "
  `);
});

test.each(COMMANDS.map(({ name, examples }) => ({ name, examples })))(
  "the help of $name shows its examples",
  async ({ name, examples }) => {
    const { code, stdout } = await orcade([...name.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(stdout).toContain(example);
  },
);

test("--version is that of package.json", async () => {
  const { default: own } = await import("../../package.json", { with: { type: "json" } });
  expect((await orcade(["--version"])).stdout.trim()).toBe(own.version);
});
