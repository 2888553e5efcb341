// Runs programs outside the test runner, which slows the evaluator down tenfold: a JSON list of programs on standard input, what each
// said as a JSON list on standard output.
import { readFileSync } from "node:fs";
import { type Said, say } from "./harness.ts";

const programs = JSON.parse(readFileSync(0, "utf8")) as readonly string[];
const said: Said[] = [];
for (const program of programs) said.push(await say(program));
process.stdout.write(JSON.stringify(said));
