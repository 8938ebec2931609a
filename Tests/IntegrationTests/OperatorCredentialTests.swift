import Adapters
import Configuration
import Crypto
import FleetCore
import JSON
import Platforms
import Postgres
import Testing

@testable import Operator

@Suite(.enabled(if: OperatorLab.isAvailable)) struct OperatorCredentialTests {
    private static let lines = """
        {"platform":"threads","external_id":"8765432109876543","access_token":"plain-token-canary","expires_at":"2030-01-01T00:00:00Z","scopes":["threads_basic"]}
        {"platform":"instagram","external_id":"17841400000007","access_token":"\(fernetToken)"}

        """
    /// The vector of the Fernet specification: "hello".
    private static let fernetToken =
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
    private static let fernetKey = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n"

    private func withRing(
        _ lab: OperatorLab,
        _ body: ([String: String], String) async throws -> Void
    ) async throws {
        try await OperatorLab.withFile(OperatorLab.ring) { ring in
            try await OperatorLab.withFile(Self.fernetKey) { fernet in
                try await body(["FLOTILLA_KEYRING_FILE": ring, "FLOTILLA_KEYRING_FERNET_FILE": fernet], ring)
            }
        }
    }

    private func imported(_ lab: OperatorLab, _ environment: [String: String]) async throws {
        try await OperatorLab.withFile(Self.lines) { file in
            let answer = await lab("credentials import \(file) --workspace w --json", environment: environment)
            #expect(answer.code == .ok, "\(answer.error)")
            let added = try answer.json["added"]?.int64
            #expect(added == 2)
        }
    }

    @Test func `plain and Fernet tokens are imported and sealed`() async throws {
        try await OperatorLab.run { lab in
            try await withRing(lab) { environment, ring in
                try await imported(lab, environment)
                let vault = try CredentialVault(keyringFile: ring)
                let rows = try await lab.pool.query("select account_id, sealed from flotilla.credentials order by 1")
                let tokens = try rows.map { row in
                    try vault.open(try row.bytes(1), as: .accessToken(account: try row.int8(0))).reveal()
                }
                #expect(tokens == ["plain-token-canary", "hello"])
            }
        }
    }

    @Test func `a Fernet token in its place stays readable, and rotation seals it anew`() async throws {
        try await OperatorLab.run { lab in
            try await withRing(lab) { environment, ring in
                try await imported(lab, environment)
                try await lab.pool.query(
                    "update flotilla.credentials set sealed = $1 where account_id = (select max(account_id) from flotilla.credentials)",
                    [.bytes(Array(Self.fernetToken.utf8))]
                )
                let fernet = try #require(environment["FLOTILLA_KEYRING_FERNET_FILE"])
                let vault = try CredentialVault(keyringFile: ring, fernetKeysFile: fernet)
                let account = try await lab.pool.query("select max(account_id) from flotilla.credentials").only().int8(
                    0
                )
                let store = CredentialStore(pool: lab.pool, vault: vault)
                #expect(try await store.accessToken(account)?.reveal() == "hello")
                #expect(try await store.entry(account)?.key == "fernet")
                let answer = await lab("credentials rotate --json", environment: environment)
                #expect(answer.code == .ok)
                #expect(try answer.json["sealed_anew"]?.int64 == 1)
                #expect(try await store.entry(account)?.key == "test")
                #expect(try await store.accessToken(account)?.reveal() == "hello")
            }
        }
    }

    @Test func `a key goes only when nothing needs it any more`() async throws {
        try await OperatorLab.run { lab in
            try await withRing(lab) { environment, ring in
                try await imported(lab, environment)
                // An open vault learns the new key without a restart.
                let vault = try CredentialVault(keyringFile: ring)
                let store = CredentialStore(pool: lab.pool, vault: vault)
                let account = try await lab.pool.query("select min(account_id) from flotilla.credentials").only().int8(
                    0
                )
                let refused = await lab("credentials rotate --remove test", environment: environment)
                #expect(refused.code == .refused)
                let added = await lab("credentials rotate --add second --batch 1", environment: environment)
                #expect(added.code == .ok, "\(added.error)")
                #expect(try await store.entry(account)?.key == "second")
                #expect(try await store.accessToken(account)?.reveal() == "plain-token-canary")
                try await lab.pool.query(
                    "update flotilla.credentials set sealed_refresh = $1",
                    [
                        .bytes(
                            try Keyring(parsing: Array(OperatorLab.ring.utf8), file: "t").seal(
                                Array("r".utf8),
                                associatedData: Array("someone else".utf8)
                            )
                        )
                    ]
                )
                // Values that do not open are named, and their key stays.
                let partial = await lab("credentials rotate --json", environment: environment)
                #expect(partial.code == .partial)
                #expect(try partial.json["unreadable"]?.array?.count == 2)
                let kept = await lab("credentials rotate --remove test", environment: environment)
                #expect(kept.code == .refused && kept.error.contains("still need key test"))
                try await lab.pool.query("update flotilla.credentials set sealed_refresh = null")
                let gone = await lab("credentials rotate --remove test", environment: environment)
                #expect(gone.code == .ok, "\(gone.error)")
                #expect(vault.keyring.ids == ["second"])
            }
        }
    }

    @Test func `what ends soon and what is missing is listed, and no command prints a token`() async throws {
        try await OperatorLab.run { lab in
            try await withRing(lab) { environment, _ in
                try await imported(lab, environment)
                let account = try await lab.pool.query("select min(account_id) from flotilla.credentials").only().int8(
                    0
                )
                let all = await lab("credentials list --json", environment: environment)
                #expect(try all.json.array?.count == 2)
                let expiring = await lab("credentials list --json --expiring 61d", environment: environment)
                #expect(try expiring.json.array?.count == 1)
                let shown = await lab("credentials show \(account) --json", environment: environment)
                let missing = try #require(try shown.json["missing_scopes"]?.array?.first)
                #expect(missing["scope"]?.string == "threads_manage_insights")
                let unknown = await lab("credentials show 999", environment: environment)
                #expect(unknown.code == .notFound)
                let table = await lab("credentials list", environment: environment)
                for text in [all.output, expiring.output, shown.output, table.output, table.error] {
                    #expect(!text.contains("canary"))
                }
            }
        }
    }

    @Test func `a broken line is named by its number and its content is not repeated`() async throws {
        try await OperatorLab.run { lab in
            try await withRing(lab) { environment, _ in
                let text = """
                    {"platform":"nowhere-canary","external_id":"1","access_token":"canary-1"}
                    {"platform":"threads","external_id":"1"
                    {"platform":"threads","external_id":"1","access_token":"gAAAAcanary"}
                    {"platform":"threads","access_token":"canary-2"}

                    """
                try await OperatorLab.withFile(text) { file in
                    let answer = await lab("credentials import \(file)", environment: environment)
                    #expect(answer.code == .failed)
                    for line in 1...4 { #expect(answer.error.contains("line \(line):")) }
                    #expect(!(answer.error + answer.output).contains("canary"))
                }
            }
        }
    }
}
