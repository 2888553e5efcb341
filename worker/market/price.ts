// Moved: worker/market/money/price.ts and amount.ts. Goes when its last importer has followed.
export { type Microcredits, microcredits } from "./money/amount.ts";
export { CALL_FEE, FUEL_PER_CPU_MS, FUEL_PER_MICROCREDIT, cpuMilliseconds, fuelUnder, priceOf } from "./money/price.ts";
