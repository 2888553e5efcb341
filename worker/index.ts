// Wiring only: the app, the objects, the tail.
import { createHandler } from "./api/app.ts";

export { Account } from "./objects/account/object.ts";
export { Algorithm } from "./objects/algorithm/object.ts";
export { Blob } from "./objects/blobs/object.ts";
export { Card } from "./objects/card/object.ts";
export { Collection } from "./objects/collection/object.ts";
export { Catalogue } from "./objects/catalogue/object.ts";
export { Docket } from "./objects/docket/object.ts";
export { Directory } from "./objects/directory/object.ts";
export { Errand } from "./errands/object.ts";
export { Job } from "./objects/job/object.ts";
export { Keyring } from "./objects/keyring/object.ts";
export { Kept } from "./objects/kept/object.ts";
export { Profile } from "./objects/profile/object.ts";
export { Run } from "./objects/run/object.ts";
export { Roster } from "./objects/roster/object.ts";
export { Shard } from "./objects/shard/object.ts";
export { Shelf } from "./objects/shelf/object.ts";
export { Signer } from "./objects/signer/object.ts";
export { State } from "./objects/state/object.ts";
export { Watch } from "./objects/watch/object.ts";
export { Workshop } from "./objects/workshop/object.ts";
export { Batches } from "./calls/batch.ts";
export { Hop } from "./calls/hop.ts";
export { Annex } from "./sandbox/annex.ts";
export { Tail } from "./tail.ts";

export default createHandler();
