-- Calls an algorithm many times at once with the same image.
--   arguments(): algorithm, times, image (a file of data)
val told = arguments()
data.bytes(told.image) >image>
collect(lambda() = upto(told.times) >_> algo(told.algorithm)(image)) >answers> length(answers)
