// Every command, in the order of `orcade --help`.
import type { Command } from "../command.ts";
import { adminBootstrap } from "./admin.ts";
import { build } from "./build.ts";
import { call } from "./call.ts";
import { init } from "./init.ts";
import { publish } from "./publish.ts";
import { start } from "./start.ts";
import { versions } from "./versions.ts";
import { whoami } from "./whoami.ts";

export const COMMANDS: readonly Command[] = [init, build, publish, call, versions, whoami, start, adminBootstrap];
