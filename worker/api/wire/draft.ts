// What an algorithm's next version will have, and its newest build, published or not.
import type { Env } from "../../env.ts";
import type { AlgorithmView } from "../../objects/algorithm/object.ts";
import type { Built } from "../../objects/workshop/object.ts";
import { workshopOf } from "../../objects/workshop/store.ts";
import { type Overlay, type Shown, shownBuild, shownVersion } from "./objects.ts";
import { type DraftDetails, type DraftSettings, said } from "./shapes.ts";

/** @param id `owner/name`, lower case */
export async function overlayOf(env: Env, id: string): Promise<Overlay> {
  const draft = await workshopOf(env, id).draft();
  return draft === null
    ? { details: {}, settings: {} }
    : { details: JSON.parse(draft.details) as DraftDetails, settings: JSON.parse(draft.settings) as DraftSettings };
}

/** Takes over what is said; what is not said stays. */
export async function changeDraft(env: Env, id: string, change: Overlay): Promise<Overlay> {
  const { details, settings } = await overlayOf(env, id);
  const next = {
    details: { ...details, ...said(change.details) },
    settings: { ...settings, ...said(change.settings) },
  };
  await workshopOf(env, id).putDraft(JSON.stringify(next.details), JSON.stringify(next.settings));
  return next;
}

/** The newest unpublished build. */
export async function newestBuild(env: Env, id: string): Promise<Built | null> {
  const [built] = (await workshopOf(env, id).builds(null, 1)) as readonly Built[];
  return built ?? null;
}

/** The newest build, or where all are published the newest version. @param member whether unpublished ones may be seen */
export async function newestOf(env: Env, id: string, view: AlgorithmView, member: boolean): Promise<Shown | null> {
  const built = member ? await newestBuild(env, id) : null;
  const [version] = view.versions;
  if (built !== null) return shownBuild(built);
  return version === undefined ? null : shownVersion(version);
}
