-- A car that tells where it is, again and again. The program waits between its calls, for as long as it takes: while it waits it is
-- no process anywhere.
--   arguments(): ride, a name; stops, latitudes and longitudes; pause, milliseconds between them
val told = arguments()
def drive([], last) = last
def drive([latitude, longitude]:rest, _) =
  algo(told.algorithm)({. ride = told.ride, latitude = latitude, longitude = longitude .}) >now>
  Rwait(told.pause) >> drive(rest, now)
drive(told.stops, signal)
