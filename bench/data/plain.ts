// The yardstick of `bench -- data`: a Hono handler that streams what it gets to a file, and a file to whoever asks. Run as a
// process of its own: `node bench/data/plain.ts FOLDER` prints its address.
import { createReadStream, createWriteStream, renameSync, statSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { Hono } from "hono";

const folder = process.argv[2] ?? ".";
const app = new Hono();

app.put("/:name{[a-z]+}", async (c) => {
  const path = join(folder, c.req.param("name"));
  if (c.req.raw.body !== null)
    await pipeline(
      Readable.fromWeb(c.req.raw.body as unknown as NodeStream),
      createWriteStream(`${path}.new`, { flush: true }),
    );
  renameSync(`${path}.new`, path);
  return c.json({ result: c.req.param("name") });
});
app.get("/:name{[a-z]+}", (c) => {
  const path = join(folder, c.req.param("name"));
  const body = Readable.toWeb(createReadStream(path)) as unknown as ReadableStream;
  return c.body(body, 200, { "Content-Length": String(statSync(path).size) });
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const body = method === "PUT" ? (Readable.toWeb(request) as unknown as ReadableStream) : null;
  const answer = await app.fetch(new Request(`http://bench${url}`, { method, body, duplex: "half" } as RequestInit));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) response.end();
  else await pipeline(Readable.fromWeb(answer.body as unknown as NodeStream), response);
}

const server = createServer((request, response) => void serve(request, response));
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
