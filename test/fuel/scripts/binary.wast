;; Modules byte by byte: what may be written at length, and what is malformed.
(module binary "\00asm" "\01\00\00\00")
(module binary "\00asm\01\00\00\00" "\00\05\04test" "\00\02\01a" "\00\01\00")
(module $M1 binary "\00asm" "\01\00\00\00")
(assert_malformed (module binary "") "unexpected end")
(assert_malformed (module binary "\01") "unexpected end")
(assert_malformed (module binary "\00as") "unexpected end")
(assert_malformed (module binary "asm\00") "magic header not detected")
(assert_malformed (module binary "\00asm" "\01\00\00") "unexpected end")
(assert_malformed (module binary "\00asm" "\0d\00\00\00") "unknown binary version")
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0e\01\00") "malformed section id")
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\7f\01\00") "malformed section id")
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\00") "unexpected end")
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\05\06test") "unexpected end")
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\02\01\ff") "malformed UTF-8 encoding")

;; Numbers longer than they need be: sections, counts, types, constants, branches.
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\03\01\00\82\80\80\80\80\00") "integer representation too long")

