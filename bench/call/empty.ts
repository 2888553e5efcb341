// The yardstick: a Hono app that does nothing but answer.
import { Hono } from "hono";

const app = new Hono();
app.post("/", (c) => c.json({ status: "ok" }));
export default app;
