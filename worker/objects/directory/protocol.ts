// What the directory says of names, as types.

export type NameKind = "user" | "organisation";
export interface ClaimedName {
  /** The canonical spelling: that of the first claim. */
  readonly name: string;
  readonly founder: string;
}
/** What became of a name that an import brought. */
export interface Adopted {
  readonly new: boolean;
}
export type NameRefusal =
  | { readonly code: "taken" | "reserved" }
  /** A person could take it for the name `like`. */
  | { readonly code: "looks-alike"; readonly like: string };

/** A name as operators list it. */
export interface ListedName extends ClaimedName {
  readonly kind: NameKind | "platform";
  /** Milliseconds since 1970. */
  readonly created: number;
}
