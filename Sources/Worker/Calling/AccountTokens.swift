import Adapters
import Crypto
import FleetCore

/// Opens the tokens of accounts. A token lives in memory for one attempt and goes nowhere but into its request.
struct AccountTokens: Sendable {
    let directory: AccountDirectory
    let keyring: Keyring

    /// The token for one attempt. Throws why there is none.
    func token(of access: AccountAccess) throws(Death) -> String {
        guard let sealed = access.sealed else {
            throw Death(.noCredential, "account \(access.account) has no credential")
        }
        do throws(CryptoError) {
            let data = AccountAccess.associatedData(account: access.account)
            return String(decoding: try keyring.open(sealed, associatedData: data), as: UTF8.self)
        } catch {
            directory.forget(access.account)
            throw Death(
                .unreadableCredential,
                "the credential of account \(access.account) cannot be opened: \(error)"
            )
        }
    }

    /// Takes note that the platform no longer accepts the account's token: the next attempt looks it up anew, as somebody
    /// may have renewed it.
    func refused(_ access: AccountAccess) { directory.forget(access.account) }
}
