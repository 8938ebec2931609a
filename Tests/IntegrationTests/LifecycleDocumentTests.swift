import Adapters
import FleetCore
import Testing

/// The page about retention and erasure shows what the proofs and the programs say.
struct LifecycleDocumentTests {
    /// The names of the bounds that a proof checks, as far as they are fixed texts.
    private static func bounds(of proof: String) throws -> [Substring] {
        let text = try #require(Documents.text("../Proofs/\(proof)"))
        return ["proof.at_most(\"", "proof.at_least(\"", "proof.bound(\""].flatMap { call in
            text.split(separator: call).dropFirst().compactMap { $0.split(separator: "\"").first }
        }
    }

    @Test(arguments: ["retention", "erasure"])
    func `every bound of a proof is shown, as one that holds`(proof: String) throws {
        let page = try #require(Documents.text("lifecycle.md"))
        let names = try Self.bounds(of: proof)
        #expect(names.count >= 8)
        for name in names {
            #expect(page.contains("holds   \(name): "), "scripts/prove \(proof), and paste what it prints")
        }
        #expect(!page.contains("MISSED"))
    }

    @Test func `every step, every class and every default is described`() throws {
        let page = try #require(Documents.text("lifecycle.md"))
        for step in ErasureStep.allCases { #expect(page.contains("| `\(step.rawValue)` |")) }
        for kind in RetentionClass.allCases { #expect(page.contains("`\(kind.rawValue)`")) }
        for (key, span) in RetentionPolicy.standard where key.kind.isPartitioned {
            #expect(page.contains("| `\(key.kind.rawValue)` |") && page.contains("| \(span) |"))
        }
    }
}
