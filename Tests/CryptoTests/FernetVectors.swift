/// Tokens made by Python's `cryptography` 48: key, plain text in hexadecimal, time, token.
let fernetVectors: [(key: String, plaintext: String, madeAt: Int64, token: String)] = [
    (
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", "68656c6c6f", 499162800,
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
    ),
    (
        "pU3KGCUwux1tEyze1iN7LtkeP3IfyxlxF0SU1kk8nVw=", "", 1700000000,
        "gAAAAABlU_EANGC-MSAeaf7aoO7ouZl_XPdWRUosL02jGSXHhSIRw8OvJfUs6zvG3hwalbFMxi2Evq0LaELy0FYv-v8woAyDAw=="
    ),
    (
        "fCmZ_a_lkyU81lSvTfrXFCegrrP-6SMvivIhH57kkcU=", "b1", 1700000001,
        "gAAAAABlU_EBC-y1Vjv8Hm-TQn7LyP4pVdpEvbxHQ-3oYrTnYnbfaLaI54Ymg10UFRaxa5a3cD0BeL56ELfhnFUTRpnWeWa3lA=="
    ),
    (
        "5c2ORtyO1LfCdk0qWk12dwb4XYaQAkrWvaNAG-nIy8w=", "c935f6cd1f61226ae15338ae1a3400", 1700000015,
        "gAAAAABlU_EPTTO6DSRqwEyBsbryPjv57m4QFuiG4UhIh8Sla5kPKKkfgu189CV-IJhVo1CiYkkcRQE3pX63p7tVr45-wJLkqg=="
    ),
    (
        "9fefK0k0r4f1UgtpuUsNmC6Fu1W2cqhyY3rNdGb8tg4=", "0e8ff18463b0e4b2ba29703474f064ac", 1700000016,
        "gAAAAABlU_EQaPcA9bArPcZm9FveqizK7TvJmWolvyHaP8uQvOMy30USX_B5_MWZa2fT1YOkscUtz84FpOTdMSPF1LTHMbn62yYXKITG88oG50YL7f8d_WY="
    ),
    (
        "zStRV0EOTe5K8rNPQwoHNEfeY2wOgGyVe6aE1kMfteo=", "d7424d09e15d024c5848f23d1fa6f7361d", 1700000017,
        "gAAAAABlU_ERf2GNFTLnDiDipmaN5_R-hEl9O9Nt8_2UJOAIofnKagydz8MXbE1DVxzypV8f3amlm-no2hDghXAo2zFr3_mqnbZtKnXuQgquycFJUAFNBk0="
    ),
    (
        "Z-VG1T7I4qEle9slbJs-T7tJgUbvcDDL-VNyUtzOrdc=",
        "64b6a32fbb09adeae109c4a997203975352b878b145c8a42d884cf4cfda72d8e", 1700000032,
        "gAAAAABlU_EgHV3ZJYkILYUqcSKHPugFrZE3RRkBe56Y4k659ae-CJ5F4lVWgO34-5dLyKpjl6H7ecvSJqvWGyuI48wZJ6_QGyWTyk2qQmG3HuveraIevwtlY2683x73hAQbWJlaetj0"
    ),
]

/// Tokens under the first key above whose code is right and whose padding is not: its last byte is 0, unlike the
/// others, beyond the block, or missing.
let fernetBadPadding = [
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD_Q50EsFpVbS9Zxdx2xWxW6ucAVWsQpWylDKpS9fIfNQBI8EGeWJtRviu9TR4KdS2Q==",
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD0A62wlCSCzl5ZSsDM3xI1pH1pX4pMNcy71z9zWwt57Dvn8nsFBePxRdLoNigl35BA==",
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD3kK0LvtYika3Mmyc3DbQiYZGhvByqMrZTIOlPWUvcgtMcsStkbBs2W-MnKBw_ASTQ==",
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD63-w3ApSNRSTKvnGCcrHudzvUwJ3HflRf_3owSs43N7vmujF7qts6dHkiX29BQkJg==",
]
