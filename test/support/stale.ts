// A KV as the edge may show it: every read, of a value or of its absence, is answered as it was some time ago.

interface Past {
  readonly at: number;
  readonly value: string | ArrayBuffer | null;
}

/** @param ageMs how old the reads are; what was written before the wrapper was made is not visible through it either */
export function stale(kv: KVNamespace, ageMs: number): KVNamespace {
  const written = new Map<string, Past[]>();
  const put = async (key: string, value: string | ArrayBuffer | ArrayBufferView): Promise<void> => {
    await kv.put(key, value as ArrayBuffer);
    const bytes =
      typeof value === "string" || value instanceof ArrayBuffer
        ? value
        : value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
    written.set(key, [...(written.get(key) ?? []), { at: Date.now(), value: bytes as string | ArrayBuffer }]);
  };
  const get = (key: string): Promise<string | ArrayBuffer | null> => {
    const then = Date.now() - ageMs;
    return Promise.resolve(written.get(key)?.findLast((past) => past.at <= then)?.value ?? null);
  };
  return { put, get, delete: (key: string) => kv.delete(key) } as unknown as KVNamespace;
}
