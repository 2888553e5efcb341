-- Two answers, two mails: one for each publication.
include "sites.inc"

(CNN(1) | BBC(1)) >news> Mail("misra", news)
