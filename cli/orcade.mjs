#!/usr/bin/env node
// The `orcade` command. Plain JavaScript that runs on Node 20: it installs what is missing, finds a Node that runs
// TypeScript and hands over to main.ts, which then has the exit code and the signals to itself.
import { fileURLToPath } from "node:url";
import { ensureInstalled, run } from "../scripts/n24.mjs";

ensureInstalled();
run("node", [fileURLToPath(new URL("main.ts", import.meta.url)), ...process.argv.slice(2)]);
