// The tasks as a program in RxJS does them: mergeMap, race, timeout, expand.
import {
  concatMap,
  defer,
  EMPTY,
  expand,
  firstValueFrom,
  last,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  queueScheduler,
  race,
  range,
  reduce,
  Subject,
  take,
  timeout,
  timer,
} from "rxjs";
import { LONG_MS, type System, WAIT_MS } from "./tasks.ts";

const sumOf = (numbers: Observable<number>): Promise<number> =>
  firstValueFrom(numbers.pipe(reduce((sum, x) => sum + x, 0)));

/** `expand` is how RxJS loops; on the queue scheduler it does not grow the stack. */
const loop = (n: number): Promise<number> =>
  firstValueFrom(
    of(n).pipe(
      expand((k) => (k === 0 ? EMPTY : of(k - 1)), 1, queueScheduler),
      last(),
      map(() => 1),
    ),
  );

const kills = (n: number): Promise<number> =>
  firstValueFrom(
    range(1, n).pipe(
      concatMap((k) => race(timer(LONG_MS).pipe(map(() => 0)), of(k))),
      last(),
      map(() => 1),
    ),
  );

function channel(n: number): Promise<number> {
  const items = new Subject<number>();
  const sum = sumOf(items.pipe(take(n)));
  for (let i = n; i > 0; i--) items.next(i);
  return sum;
}

const leaves = (n: number): Observable<number> =>
  n === 0
    ? of(1)
    : merge(
        defer(() => leaves(n - 1)),
        defer(() => leaves(n - 1)),
      );

export const rxjs: System = {
  loop,
  publish: (n) => sumOf(range(0, n).pipe(mergeMap((x) => of(x)))).then(() => 1),
  output: (n) => sumOf(range(0, n).pipe(mergeMap((x) => of(x)))),
  kill: kills,
  channel,
  leaves: (n) => sumOf(leaves(n)),
  wait: (n) => sumOf(range(0, n).pipe(mergeMap((x) => timer(WAIT_MS).pipe(map(() => x))))),
  timeout: (n) => sumOf(range(1, n).pipe(concatMap((k) => of(k).pipe(timeout(LONG_MS))))),
};
