// The runtime that sandboxes ask for, part of a sandbox's id. The date equals the worker's own in wrangler.toml (a test
// checks); the flags are fewer, because Node's interfaces make an isolate larger and each call of it slower.
export const COMPATIBILITY_DATE = "2026-10-01";
export const COMPATIBILITY_FLAGS = [] as readonly string[];
