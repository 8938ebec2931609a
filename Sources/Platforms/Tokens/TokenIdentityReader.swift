public import FleetCore
internal import JSON

extension TokenIdentity {
    /// Adds what an answer says, whichever platform it is from. False when it cannot be read.
    public mutating func add(_ response: PlatformResponse, _ login: Login, at now: Instant) -> Bool {
        var found = self
        do throws(JSONError) {
            var json = JSONReader(response.body)
            try json.beginObject()
            try found.readMembers(&json, now: now, depth: 0)
            try json.finish()
        } catch {
            return false
        }
        found.scopes = found.scopes?.map(login.scopeName)
        self = found
        return true
    }

    private mutating func readMembers(_ json: inout JSONReader, now: Instant, depth: Int) throws(JSONError) {
        while let key = try json.nextKey() {
            switch key {
            case "id", "user_id", "open_id", "profile_id": subject = try TokenReader.identifier(&json) ?? subject
            case "name", "username", "display_name", "title": name = try json.textIfString()?.string ?? name
            case "scope", "scopes": scopes = try TokenReader.scopes(&json) ?? scopes
            case "is_valid", "active":
                if try json.peek() == .bool { isValid = try json.bool() }
            case "expires_at":
                // 0: does not end.
                if let end = try json.smallInteger(), end > 0, end < 1 << 40 {
                    expiresAt = Instant(seconds: Int64(end))
                }
            case "expires_in":
                if let left = try json.smallInteger(), left > 0, left < 1 << 32 { expiresAt = now + .seconds(left) }
            case "data", "user", "snippet", "items": try readNested(&json, now: now, depth: depth)
            default: break
            }
        }
    }

    private mutating func readNested(_ json: inout JSONReader, now: Instant, depth: Int) throws(JSONError) {
        guard depth < 4 else { return try json.skip() }
        if try json.peek() == .array {
            try json.beginArray()
            while try json.nextElement() {
                if try json.enterObject() { try readMembers(&json, now: now, depth: depth + 1) }
            }
        } else if try json.enterObject() {
            try readMembers(&json, now: now, depth: depth + 1)
        }
    }
}
