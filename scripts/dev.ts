// `npm run dev`: wrangler dev, for people who change the worker. It watches and reloads; `npm start` is 15 times faster.
// Its storage (.orcade/dev) is apart from that of `npm start`.
import { join } from "node:path";
import { processIo } from "../cli/io.ts";
import { serverHome } from "../cli/home.ts";
import { HOST, portFrom } from "../cli/server/port.ts";
import { bootstrapToken, secretKeys } from "../cli/server/seed.ts";
import { buildAll, stepLine } from "./build.ts";
import { runTool } from "./tools.ts";

const io = processIo();
const port = portFrom(io.env["ORCADE_PORT"]);
const home = serverHome(io);
const token = bootstrapToken(home);
await buildAll({}, (step) => console.log(stepLine(step)));

const vars = {
  ORCADE_HOSTS: `localhost:${port},${HOST}:${port}`,
  ORCADE_TAIL: "",
  ORCADE_BOOTSTRAP: token,
  ORCADE_WEBHOOK_LOOPBACK: "on",
  ORCADE_SECRET_KEYS: secretKeys(join(home, "dev")),
};
console.log(`\nStarting wrangler dev on http://localhost:${port}. Its first operator is made by, in a second shell:`);
console.log(`  ORCADE_BOOTSTRAP=${token} npx orcade admin bootstrap --address http://localhost:${port}\n`);
process.exitCode = await runTool("wrangler", [
  "dev",
  "--ip",
  HOST,
  "--port",
  String(port),
  "--persist-to",
  join(home, "dev"),
  ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ...process.argv.slice(2),
]);
