// The host functions of an Extism plug-in and their types (Extism 1.x, module `extism:host/env`), as any of its PDKs emits
// them. Pure data. Handles are offsets of blocks in a memory of the host's own.

/** Parameters and result, one letter each: w for i32, l for i64. */
const FUNCTIONS = {
  alloc: "l>l",
  free: "l>",
  length: "l>l",
  length_unsafe: "l>l",
  load_u8: "l>w",
  load_u64: "l>l",
  store_u8: "lw>",
  store_u64: "ll>",
  input_offset: ">l",
  input_length: ">l",
  input_load_u8: "l>w",
  input_load_u64: "l>l",
  output_set: "ll>",
  error_set: "l>",
  config_get: "l>l",
  var_get: "l>l",
  var_set: "ll>",
  http_request: "ll>l",
  http_status_code: ">w",
  http_headers: ">l",
  log_trace: "l>",
  log_debug: "l>",
  log_info: "l>",
  log_warn: "l>",
  log_error: "l>",
  get_log_level: ">w",
} as const;

export type ExtismName = keyof typeof FUNCTIONS;

export const EXTISM_MODULE = "extism:host/env";
export const EXTISM_NAMES = Object.keys(FUNCTIONS) as readonly ExtismName[];

const types = (letters = ""): string[] => Array.from(letters).map((letter) => (letter === "w" ? "i32" : "i64"));

export const EXTISM_SIGNATURES: ReadonlyMap<
  string,
  { readonly params: readonly string[]; readonly results: readonly string[] }
> = new Map(
  EXTISM_NAMES.map((name) => {
    const [params, results] = FUNCTIONS[name].split(">");
    return [name, { params: types(params), results: types(results) }];
  }),
);
