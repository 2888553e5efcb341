// `orcade start`, which is `npm start`: the whole system on this machine.
import type { Command, Invocation, Report } from "../command.ts";
import { usage } from "../failure.ts";

async function run({ io, options }: Invocation): Promise<Report> {
  if (options["json"] === true) throw usage("`orcade start` has no --json: it goes on until it is ended.");
  const { startAndServe } = await import("../server/serve.ts");
  // Whatever is still going on (a build that a signal interrupted) ends with the process.
  return process.exit(await startAndServe(io));
}

export const start: Command = {
  name: "start",
  summary: "build and run the whole system on this machine",
  description:
    "Builds what is stale, serves on http://localhost:8787 (ORCADE_PORT moves it) with storage in .orcade (ORCADE_HOME " +
    "moves it), makes an account with an API key, publishes the algorithms of this repository and calls one. Jobs use " +
    "all processors: one process each, four at most unless ORCADE_ANNEXES says how many (0: none).",
  examples: ["orcade start", "ORCADE_PORT=9000 orcade start"],
  run,
};
