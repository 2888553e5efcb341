-- Mail once: ask two news sites, mail the first answer. Exactly one mail.
include "sites.inc"

def mailOnce(day) = Let(CNN(day) | BBC(day)) >news> Mail("misra", news)

mailOnce(1)
