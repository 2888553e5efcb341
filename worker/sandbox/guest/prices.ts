// What host functions cost in fuel: a part for the call and a part for the bytes that move. Measured on local workerd: a
// plain host function takes about 70 ns, a copy out of memory with its way to the caller 0.5 ns a byte, a suspended one with
// its round trip about 70 µs. 10^9 fuel is about one second.

/** Names this table of prices in a build's hash: another price is another build. */
export const HOST_PRICES = "host-1";
/** A host function that answers at once. */
export const CALL_FUEL = 100;
/** One that suspends the module and asks another object. */
export const ROUND_TRIP_FUEL = 70_000;
const FUEL_PER_BYTE = 0.5;

/** @param base fuel of the call itself @param bytes moved either way, as the module gave them (i32, read as unsigned) */
export const hostFuel = (base: number, bytes: number): number => base + Math.ceil((bytes >>> 0) * FUEL_PER_BYTE);
