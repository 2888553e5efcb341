// Every command, in the order of `orcade --help`.
import type { Command } from "../command.ts";
import { adminBootstrap } from "./admin.ts";
import { build } from "./build.ts";
import { call } from "./call.ts";
import { callsAsyncCommands } from "./calls-async.ts";
import { callsCommands } from "./calls.ts";
import { dataCommands } from "./data.ts";
import { fuel } from "./fuel.ts";
import { genomesGenerate, genomesSketch } from "./genomes.ts";
import { adminImport } from "./import.ts";
import { init } from "./init.ts";
import { jobsCommands } from "./jobs.ts";
import { marketAdminCommands } from "./market-admin.ts";
import { marketCommands } from "./market.ts";
import { keysCreate, keysLimit, keysList, keysRevoke } from "./keys.ts";
import { ledgerList, ledgerStatement, ledgerVerify } from "./ledger.ts";
import { adminGrant, adminRefund } from "./money-admin.ts";
import { orcCheck, orcRun } from "./orc.ts";
import {
  adminAccounts,
  adminInvite,
  adminInvites,
  adminJobs,
  adminStopJob,
  adminSuspend,
  adminUninvite,
  adminUnsuspend,
} from "./operators.ts";
import { orgAdd, orgCreate, orgMembers, orgRemove } from "./org.ts";
import { publish } from "./publish.ts";
import { receipt } from "./receipt.ts";
import { runsCommands } from "./runs.ts";
import { signup } from "./signup.ts";
import { start } from "./start.ts";
import { versions } from "./versions.ts";
import { whoami } from "./whoami.ts";

export const COMMANDS: readonly Command[] = [
  init,
  build,
  publish,
  call,
  versions,
  ...marketCommands,
  ...callsCommands,
  ...callsAsyncCommands,
  receipt,
  whoami,
  signup,
  keysList,
  keysCreate,
  keysLimit,
  keysRevoke,
  orgCreate,
  orgMembers,
  orgAdd,
  orgRemove,
  ...dataCommands,
  ledgerList,
  ledgerStatement,
  ledgerVerify,
  start,
  fuel,
  genomesGenerate,
  genomesSketch,
  orcCheck,
  orcRun,
  ...runsCommands,
  ...jobsCommands,
  adminBootstrap,
  adminInvite,
  adminInvites,
  adminUninvite,
  adminAccounts,
  adminSuspend,
  adminJobs,
  adminStopJob,
  adminUnsuspend,
  adminGrant,
  adminRefund,
  ...marketAdminCommands,
  adminImport,
];
