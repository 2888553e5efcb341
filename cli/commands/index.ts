// Every command, in the order of `orcade --help`.
import type { Command } from "../command.ts";
import { adminBootstrap } from "./admin.ts";
import { build } from "./build.ts";
import { call } from "./call.ts";
import { dataCommands } from "./data.ts";
import { init } from "./init.ts";
import { ledgerList, ledgerStatement, ledgerVerify } from "./ledger.ts";
import { adminGrant, adminRefund } from "./money-admin.ts";
import { orcCheck, orcRun } from "./orc.ts";
import { publish } from "./publish.ts";
import { start } from "./start.ts";
import { versions } from "./versions.ts";
import { whoami } from "./whoami.ts";

export const COMMANDS: readonly Command[] = [
  init,
  build,
  publish,
  call,
  versions,
  whoami,
  ...dataCommands,
  ledgerList,
  ledgerStatement,
  ledgerVerify,
  start,
  orcCheck,
  orcRun,
  adminBootstrap,
  adminGrant,
  adminRefund,
];
