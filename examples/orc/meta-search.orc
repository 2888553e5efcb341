-- Meta-search: ask two engines at once; publish the first line of whichever list comes first.
include "sites.inc"

Let(Google("orc") | Bing("orc")) >lines> head(lines)
