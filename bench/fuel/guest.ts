// Runs in workerd: the Dynamic Worker that holds one module and does jobs with it.
import module from "./module.wasm";
import { type Job, Machine } from "./machine.ts";

let machine: Machine | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "DELETE") machine = undefined;
    if (request.method === "DELETE") return Response.json({});
    try {
      machine ??= new Machine(module);
      return Response.json(await machine.perform(await request.json<Job>()));
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
