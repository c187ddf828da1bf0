import CAlvara

/// A text as the library reads it, for as long as `work` runs; nil stays nil. One with a zero inside would end
/// early, and be another text.
func given<R>(_ text: String?, _ work: (UnsafePointer<CChar>?) throws -> R) throws -> R {
    guard let text = text else { return try work(nil) }
    if text.utf8.contains(0) { throw Misuse(result: Misuse.notUtf8) }
    return try text.withCString { try work($0) }
}

/// A text that stays the library's.
func lent(_ text: UnsafePointer<CChar>?) -> String? {
    guard let text = text else { return nil }
    return String(cString: text)
}

/// A text that is ours: read, and given back to the library.
func taken(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text = text else { return nil }
    defer { alvara_string_free(text) }
    return String(cString: text)
}

/// A number that may be absent.
func number(_ ask: (UnsafeMutablePointer<Int64>) -> Bool) -> Int64? {
    var found: Int64 = 0
    return ask(&found) ? found : nil
}
