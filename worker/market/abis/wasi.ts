// The functions of WASI preview 1 and their types (witx: wasi_snapshot_preview1), as modules import them. Pure data: what a
// module may import, and the order in which a sandbox offers it.

/** Parameters, one letter each: w for i32, l for i64. */
const FUNCTIONS = {
  args_get: "ww",
  args_sizes_get: "ww",
  environ_get: "ww",
  environ_sizes_get: "ww",
  clock_res_get: "ww",
  clock_time_get: "wlw",
  fd_advise: "wllw",
  fd_allocate: "wll",
  fd_close: "w",
  fd_datasync: "w",
  fd_fdstat_get: "ww",
  fd_fdstat_set_flags: "ww",
  fd_fdstat_set_rights: "wll",
  fd_filestat_get: "ww",
  fd_filestat_set_size: "wl",
  fd_filestat_set_times: "wllw",
  fd_pread: "wwwlw",
  fd_prestat_get: "ww",
  fd_prestat_dir_name: "www",
  fd_pwrite: "wwwlw",
  fd_read: "wwww",
  fd_readdir: "wwwlw",
  fd_renumber: "ww",
  fd_seek: "wlww",
  fd_sync: "w",
  fd_tell: "ww",
  fd_write: "wwww",
  path_create_directory: "www",
  path_filestat_get: "wwwww",
  path_filestat_set_times: "wwwwllw",
  path_link: "wwwwwww",
  path_open: "wwwwwllww",
  path_readlink: "wwwwww",
  path_remove_directory: "www",
  path_rename: "wwwwww",
  path_symlink: "wwwww",
  path_unlink_file: "www",
  poll_oneoff: "wwww",
  proc_exit: "w",
  proc_raise: "w",
  sched_yield: "",
  random_get: "ww",
  sock_accept: "www",
  sock_recv: "wwwwww",
  sock_send: "wwwww",
  sock_shutdown: "ww",
} as const;

export type WasiName = keyof typeof FUNCTIONS;

const TYPES: Readonly<Record<string, string>> = { w: "i32", l: "i64" };

export const WASI_MODULE = "wasi_snapshot_preview1";
export const WASI_NAMES = Object.keys(FUNCTIONS) as readonly WasiName[];

/** Every function answers with an error number, but `proc_exit`, which does not come back. */
export const WASI_SIGNATURES: ReadonlyMap<
  string,
  { readonly params: readonly string[]; readonly results: readonly string[] }
> = new Map(
  WASI_NAMES.map((name) => [
    name,
    {
      params: Array.from(FUNCTIONS[name]).map((letter) => TYPES[letter] ?? ""),
      results: name === "proc_exit" ? [] : ["i32"],
    },
  ]),
);
