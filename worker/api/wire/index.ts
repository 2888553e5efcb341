// The wire contract's management face (§5, §6): one file a resource, over the same objects as the native routes.
import type { Hono } from "hono";
import type { AppEnv } from "../context.ts";
import { wireAlgorithmRoutes } from "./algorithms.ts";
import { wireCompileRoutes } from "./compile.ts";
import { wireFailedRoutes } from "./failed.ts";
import { wireHostedRoutes } from "./hosted.ts";
import { wireOrganizationRoutes } from "./organizations.ts";
import { wireProviderRoutes } from "./providers.ts";
import { wirePublishRoutes } from "./publish.ts";
import { wireRestRoutes } from "./rest.ts";
import { wireSecretRoutes } from "./secrets.ts";
import { wireUserRoutes } from "./users.ts";
import { wireVersionRoutes } from "./versions.ts";

/** Comes before the native routes: a UUID's address is forwarded before it is taken for an owner and a name. */
export function wireRoutes(app: Hono<AppEnv>): void {
  wireAlgorithmRoutes(app);
  wireCompileRoutes(app);
  wirePublishRoutes(app);
  wireVersionRoutes(app);
  wireSecretRoutes(app);
  wireFailedRoutes(app);
  wireHostedRoutes(app);
  wireProviderRoutes(app);
  wireUserRoutes(app);
  wireOrganizationRoutes(app);
  wireRestRoutes(app);
}
