// Error numbers of WASI preview 1 (witx: wasi_snapshot_preview1, type errno), those that we answer.
export const ERRNO = {
  success: 0,
  badf: 8,
  exist: 20,
  fbig: 22,
  inval: 28,
  isdir: 31,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  spipe: 70,
  notcapable: 76,
} as const;

export type Errno = (typeof ERRNO)[keyof typeof ERRNO];

/** How a function of ours ends with an error number: by throwing this. Nothing else of it is seen. */
export class WasiError extends Error {
  override readonly name = "WasiError";
  readonly errno: Errno;

  constructor(name: keyof typeof ERRNO) {
    super(name);
    this.errno = ERRNO[name];
  }
}

const made = new Map<string, WasiError>();

/** The error of a name, one for all: a new one notes its stack, which takes longer than most functions here. */
export function wasiError(name: keyof typeof ERRNO): WasiError {
  const known = made.get(name) ?? new WasiError(name);
  made.set(name, known);
  return known;
}
