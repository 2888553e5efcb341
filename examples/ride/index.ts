// A ride in a car. Each call is an instance of its own, gone when it has answered; the ride is in the state.
import { fail, state } from "orcade";

const EARTH: f64 = 6371.0088;

/** Where the car is now. */
export class Position {
  /** Whose ride. */
  ride: string;
  /** Degrees, north and east.
   * @minimum -90
   * @maximum 90 */
  latitude: f64;
  /** @minimum -180
   * @maximum 180 */
  longitude: f64;
}

export class Ride {
  /** Positions so far. */
  positions: i32 = 0;
  /** Kilometres so far. */
  kilometres: f64 = 0;
}

export function apply(input: Position): Ride {
  if (!input.ride.length) fail("NoRide", "the ride has no name");
  const ride = new Ride();
  const before = state.getString(input.ride);
  if (before !== null) {
    const fields = before.split(" ");
    ride.positions = <i32>parseInt(fields[0]);
    ride.kilometres = parseFloat(fields[1]) + distance(parseFloat(fields[2]), parseFloat(fields[3]), input);
  }
  ride.positions++;
  const place = input.latitude.toString() + " " + input.longitude.toString();
  state.putString(input.ride, ride.positions.toString() + " " + ride.kilometres.toString() + " " + place);
  return ride;
}

/** Kilometres along a great circle (haversine). */
function distance(latitude: f64, longitude: f64, to: Position): f64 {
  const degree = Math.PI / 180;
  const north = Math.sin(((to.latitude - latitude) * degree) / 2);
  const east = Math.sin(((to.longitude - longitude) * degree) / 2);
  const chord = north * north + Math.cos(latitude * degree) * Math.cos(to.latitude * degree) * east * east;
  return 2 * EARTH * Math.asin(Math.sqrt(chord));
}
