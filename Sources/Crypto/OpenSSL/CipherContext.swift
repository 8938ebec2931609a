internal import COpenSSL

/// One use of a cipher. Freeing it wipes the expanded key.
@safe
struct CipherContext: ~Copyable {
    enum Direction: CInt { case open = 0, seal = 1 }
    enum Cipher {
        /// 32-byte key, 12-byte nonce, 16-byte tag.
        case aes256GCM
        /// 16-byte key, 16-byte initialisation vector, PKCS #7 padding.
        case aes128CBC
    }

    private let context: OpaquePointer

    /// Key and nonce must have the cipher's sizes.
    init(_ cipher: Cipher, _ direction: Direction, key: KeyBytes, nonce: ArraySlice<UInt8>) throws(CryptoError) {
        guard let made = unsafe EVP_CIPHER_CTX_new() else {
            preconditionFailure("OpenSSL found no memory for a cipher")
        }
        unsafe context = made
        let type = unsafe cipher == .aes256GCM ? EVP_aes_256_gcm() : EVP_aes_128_cbc()
        let started = unsafe key.withBytes { key in
            unsafe nonce.withUnsafeBufferPointer { nonce in
                unsafe EVP_CipherInit_ex(made, type, nil, key.baseAddress, nonce.baseAddress, direction.rawValue)
            }
        }
        guard started == 1 else { throw ErrorQueue.failure("EVP_CipherInit_ex") }
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Bytes that the tag vouches for without hiding them.
    func authenticate(_ data: [UInt8]) throws(CryptoError) {
        if data.isEmpty { return }
        var size: CInt = 0
        let taken = unsafe data.withUnsafeBufferPointer {
            unsafe EVP_CipherUpdate(context, nil, &size, $0.baseAddress, CInt($0.count))
        }
        guard taken == 1 else { throw ErrorQueue.failure("EVP_CipherUpdate") }
    }

    /// The tag that `finish` compares with, 16 bytes.
    func expect(tag: ArraySlice<UInt8>) throws(CryptoError) {
        var tag = Array(tag)
        let size = CInt(tag.count)
        let set = unsafe tag.withUnsafeMutableBytes {
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, size, $0.baseAddress)
        }
        guard set == 1 else { throw ErrorQueue.failure("EVP_CTRL_AEAD_SET_TAG") }
    }

    /// The tag after `finish`.
    func tag(size: Int) throws(CryptoError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: size)
        let got = unsafe tag.withUnsafeMutableBytes {
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(size), $0.baseAddress)
        }
        guard got == 1 else { throw ErrorQueue.failure("EVP_CTRL_AEAD_GET_TAG") }
        return tag
    }

    /// All of the input turned into output. Throws `authenticationFailed`, with what was turned wiped, when the tag or
    /// the padding does not fit.
    func finish(_ input: ArraySlice<UInt8>) throws(CryptoError) -> [UInt8] {
        // CBC may write one block more than it was given.
        var output = [UInt8](repeating: 0, count: input.count + 16)
        var written: CInt = 0
        var last: CInt = 0
        let isComplete = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe input.withUnsafeBufferPointer { input in
                if input.count > 0 {
                    let updated = unsafe EVP_CipherUpdate(
                        context,
                        output.baseAddress,
                        &written,
                        input.baseAddress,
                        CInt(input.count)
                    )
                    guard updated == 1 else { return false }
                }
                let rest = unsafe output.baseAddress.map { unsafe $0 + Int(written) }
                return unsafe EVP_CipherFinal_ex(context, rest, &last) == 1
            }
        }
        guard isComplete else {
            wipe(&output)
            throw .authenticationFailed
        }
        output.removeLast(output.count - Int(written + last))
        return output
    }
}
