/**
 * A field that may be absent, told apart from one that is null: `nickname: Optional<string | null>`.
 * It needs no initialiser; `new Optional<T>()` is absent.
 */
@final
export class Optional<T> {
  /** Whether there is a value. */
  has: bool = false;
  /** The value; do not read it when `has` is false. */
  value: T = isReference<T>() ? changetype<T>(0) : <T>0;

  /** An optional that holds `value`. */
  static of<U>(value: U): Optional<U> {
    let optional = new Optional<U>();
    return optional.set(value);
  }

  /** Holds `value` from now on. */
  set(value: T): Optional<T> {
    this.value = value;
    this.has = true;
    return this;
  }

  /** @returns the value, or `other` when there is none */
  or(other: T): T {
    return this.has ? this.value : other;
  }
}
