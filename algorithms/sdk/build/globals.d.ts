// The compiler's generated types declare a global `console` with `log` only, which hides the real one from the whole
// program. These are the other members that we use.
declare namespace console {
  function error(...data: unknown[]): void;
  function warn(...data: unknown[]): void;
}
