// The runtime that sandboxes ask for. Both are part of a sandbox's id; they equal the worker's own in wrangler.toml (a test
// checks).
export const COMPATIBILITY_DATE = "2026-10-01";
export const COMPATIBILITY_FLAGS = ["nodejs_compat"];
