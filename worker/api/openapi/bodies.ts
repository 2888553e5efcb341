// Which JSON bodies routes take: each is the very validator that its handler checks by, noted where it stands.
import type { ZodType } from "zod";

const noted = new Map<string, ZodType>();

/**
 * Notes a shape as the JSON body of routes.
 * @param routes method and path as the app spells them
 * @returns the shape
 */
export function bodyOf<T extends ZodType>(routes: string | readonly string[], shape: T): T {
  for (const route of typeof routes === "string" ? [routes] : routes) noted.set(route, shape);
  return shape;
}

/** The shape of a route's JSON body; undefined: it takes none. */
export const bodyShape = (route: string): ZodType | undefined => noted.get(route);
/** Routes whose shapes are noted. */
export const routesWithBodies = (): readonly string[] => [...noted.keys()];
