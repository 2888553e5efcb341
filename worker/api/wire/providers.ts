// What stands in place of Algorithmia's outer systems (contract §6): the one secret provider, the one source control system
// (our own registry of uploads), and the environments with their templates.
import type { Hono } from "hono";
import { type Failure, failure } from "../../market/failure.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { INTERNAL_SCM, uuidOf } from "./objects.ts";
import { tar, gzip } from "./tar.ts";
import { own } from "./target.ts";
import { templateFiles } from "./template.ts";

export const PROVIDER_ID = uuidOf("secret-provider", "internal");
const PROVIDER = {
  id: PROVIDER_ID,
  name: "internal",
  description: "Sealed with the deployment's own key",
  isDefault: true,
};

const SCM = { ...INTERNAL_SCM, oauth: {}, urls: {} };
const noScm = (): Failure =>
  failure("not-available", "There is no such source control system: only internal.", { wire: 4008 });
const onlyInternal = (): Failure =>
  failure("not-available", "The internal source control system needs no authorization.", { wire: 4009 });

const isInternal = (c: AppContext): boolean => (c.req.param("scm") ?? "").toLowerCase() === INTERNAL_SCM.id;

const getScm = (c: AppContext): Response => (isInternal(c) ? c.json(SCM) : refuse(c, noScm()));
const scmStatus = (c: AppContext): Response =>
  isInternal(c) ? c.json({ authorization_status: "unauthorized" }) : refuse(c, noScm());
const scmAction = (c: AppContext): Response => refuse(c, isInternal(c) ? onlyInternal() : noScm());

async function connection(c: AppContext): Promise<Response> {
  const found = await own(c);
  return found.ok ? c.json({ scm_connection_status: "active", provider: SCM }) : refuse(c, found.error);
}

async function webhook(c: AppContext): Promise<Response> {
  const found = await own(c);
  const message = "The internal source control system has no webhooks.";
  return refuse(c, found.ok ? failure("not-available", message, { wire: 4012 }) : found.error);
}

/** First what clients of old look for in the first row (contract §6); then what algorithms are written in here. */
const LANGUAGES = [
  { name: "anaconda3", display_name: "Conda (not available: build a module and publish it)", configuration: "{}" },
  { name: "assemblyscript", display_name: "AssemblyScript", configuration: "{}" },
] as const;
const SPECIFICATION = uuidOf("environment-specification", "assemblyscript");
const ENVIRONMENT = {
  id: uuidOf("environment", "assemblyscript"),
  environment_specification_id: SPECIFICATION,
  display_name: "AssemblyScript",
  description: "TypeScript's syntax, compiled to WebAssembly by `orcade build`.",
  created_at: "2026-01-01T00:00:00.000Z",
  language: LANGUAGES[1],
  machine_type: "CPU",
} as const;

function environments(c: AppContext): Response {
  const language = (c.req.param("language") ?? "").toLowerCase();
  return c.json({ environments: language === "assemblyscript" ? [ENVIRONMENT] : [] });
}

async function template(c: AppContext): Promise<Response> {
  if ((c.req.param("specification") ?? "").toLowerCase() !== SPECIFICATION)
    return refuse(c, failure("not-available", "There is no such environment specification.", { wire: 2015 }));
  return c.body(await gzip(tar(templateFiles())), 200, {
    "Content-Type": "application/gzip",
    "Content-Disposition": 'attachment; filename="template.tar.gz"',
  });
}

export function wireProviderRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/secret-provider", (c) => c.json([PROVIDER]));
  app.get("/v1/scms", (c) => c.json({ results: [SCM] }));
  app.get("/v1/scms/:scm", getScm);
  app.get("/v1/scms/:scm/oauth/status", scmStatus);
  app.get("/v1/scms/:scm/token/status", scmStatus);
  app.get("/v1/scms/:scm/oauth/start", scmAction);
  app.get("/v1/scms/:scm/oauth/revoke", scmAction);
  app.post("/v1/scms/:scm/oauth/revoke", scmAction);
  app.post("/v1/scms/:scm/token/connect", scmAction);
  app.get("/v1/algorithms/:owner/:name/scm/status", connection);
  app.post("/v1/algorithms/:owner/:name/scm/webhook", webhook);
  const edge = "/v1/algorithm-environments/edge";
  app.get(`${edge}/languages`, (c) => c.json(LANGUAGES));
  app.get(`${edge}/languages/:language/environments`, environments);
  app.get(`${edge}/environment-specifications/:specification/template`, template);
}
