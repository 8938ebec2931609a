public import FleetCore
internal import JSON

/// The contract as the repository's files: `docs/asyncapi.yaml` and one schema per message and version.
public enum ContractFiles {
    /// Every file by its path below the repository's root, with its text.
    public static func all(_ topology: Topology) -> [(path: String, text: String)] {
        [("docs/asyncapi.yaml", AsyncAPIDocument(topology: topology).yaml)]
            + MessageSchemas(topology: topology).all.map { ("schemas/\($0.name).json", $0.schema.pretty() + "\n") }
    }
}
