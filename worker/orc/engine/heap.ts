// A binary heap in an array that the caller owns.

/** @param before whether the first argument has to come out before the second */
export function heapPush<T>(heap: T[], item: T, before: (a: T, b: T) => boolean): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const up = (index - 1) >> 1;
    const parent = heap[up] as T;
    if (!before(item, parent)) break;
    heap[index] = parent;
    index = up;
  }
  heap[index] = item;
}

export function heapPop<T>(heap: T[], before: (a: T, b: T) => boolean): T | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length > 0 && last !== undefined) sink(heap, last, before);
  return top;
}

/** Puts `item` in at the top and lets it sink. */
function sink<T>(heap: T[], item: T, before: (a: T, b: T) => boolean): void {
  let index = 0;
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    const right = child + 1;
    if (right < heap.length && before(heap[right] as T, heap[child] as T)) child = right;
    if (!before(heap[child] as T, item)) break;
    heap[index] = heap[child] as T;
    index = child;
  }
  heap[index] = item;
}
