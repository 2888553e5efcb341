// The TCP port: whether it is free, and who has it if not.
import { createServer } from "node:net";
import { CliFailure, EXIT, systemCode, usage } from "../failure.ts";
import { listenerOn } from "./processes.ts";

export const HOST = "127.0.0.1";
const DEFAULT_PORT = 8787;

/** Reads ORCADE_PORT. */
export function portFrom(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw usage(`ORCADE_PORT=${text} is not a port.`, "Set it to a number from 1 to 65535, or leave it out.");
}

/** Binds a port for a moment. @param port 0 picks a free one @returns the port */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

/** The failure of a port that cannot be had; also when somebody takes it just before workerd does. */
export function portTaken(port: number): CliFailure {
  const holder = listenerOn(port);
  const hint =
    `${holder === undefined ? `\`lsof -i :${port}\` shows who has it` : `Ask ${holder}`}: ` +
    `end that process, or take another port: ORCADE_PORT=${port === 65_535 ? port - 1 : port + 1} npm start`;
  const who = holder === undefined ? "another process" : holder;
  return new CliFailure(EXIT.failed, "port-taken", `Port ${port} of ${HOST} is taken by ${who}.`, hint);
}

/** @param port 0 for any free one @returns a port that was free a moment ago; fails clearly when it is taken */
export async function freePort(port: number): Promise<number> {
  try {
    return await tryPort(port);
  } catch (error) {
    if (systemCode(error) === "EADDRINUSE") throw portTaken(port);
    if (systemCode(error) !== "EACCES") throw error;
    throw new CliFailure(
      EXIT.failed,
      "port-refused",
      `Port ${port} may not be used by you.`,
      "Set ORCADE_PORT to one above 1023.",
    );
  }
}
