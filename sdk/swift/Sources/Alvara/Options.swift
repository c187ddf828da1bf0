import CAlvara

/// How a program behaves around its checks.
public enum Preset: Int32 {
    /// Checks as the license says, and warns 15 days ahead where it says nothing.
    case hybrid = 0
    /// Stops 300 seconds after the last contact, and tries each 10 seconds.
    case alwaysOnline = 1
}

/// The machine, where the program knows it better than the library, such as by the serial number of an appliance.
public struct Machine {
    /// By what it is known. It never leaves the machine but hashed.
    public var secret: String
    /// Parts of it by name, such as `board`, for terms that weigh them.
    public var parts: [String: String]

    public init(secret: String, parts: [String: String] = [:]) {
        self.secret = secret
        self.parts = parts
    }
}

/// How busy the machine is, in percent; nil is not told.
public struct Metrics {
    public var cpuPercent: Double?
    public var memoryPercent: Double?
    public var diskPercent: Double?

    public init(cpuPercent: Double? = nil, memoryPercent: Double? = nil, diskPercent: Double? = nil) {
        self.cpuPercent = cpuPercent
        self.memoryPercent = memoryPercent
        self.diskPercent = diskPercent
    }
}

/// What a program is, and how it wants to be licensed. Nil says nothing.
public struct Options {
    /// The version of the program, such as `2.0`.
    public var version: String?
    /// When that version came out, in seconds since 1970.
    public var releasedAt: Int64?
    /// Who uses the program, for licenses that are bound to a user.
    public var user: String?
    /// Where it is used, for licenses that are bound to a site.
    public var site: String?
    /// Modules without which the program does not run at all.
    public var requiredModules: [String] = []
    /// How the program behaves around its checks.
    public var preset = Preset.hybrid
    /// Whether the program needs a floating seat.
    public var floating = false
    /// Tells the program from others on the machine that hold a seat of the same license.
    public var instance: String?
    /// The file in which the license is kept; nil: one in the data folder of the user. On iOS it must be said.
    public var path: String?
    /// The file of its watermark, which must lie in another folder; nil: one in the state folder of the user. On iOS
    /// it must be said.
    public var watermark: String?
    /// The machine, where the program knows it better than the library. On iOS it must be said.
    public var machine: Machine?
    /// Where the license is renewed, such as `https://shop.example/renew?license={license}`. `{license}` and
    /// `{product}` are filled in.
    public var renewUrl: String?
    /// The language of the platform's sentences and of `Client.lastErrorMessage`: `en`, `es`, `it` or `pt-BR`.
    public var locale: String?
    /// A clock in place of the machine's, for tests of the program: seconds since 1970. Called from several threads.
    public var clock: (() -> Int64)?
    /// What heartbeats tell of the machine's load. Called from several threads.
    public var metrics: (() -> Metrics)?

    public init() {}

    /// The same for the library, which `work` uses; `called` is what it shall call.
    func written<R>(_ called: Callbacks, _ work: (OpaquePointer?) throws -> R) throws -> R {
        let written = alvara_options_new()
        defer { alvara_options_free(written) }
        try write(written)
        if clock != nil { try Misuse.demand(alvara_options_set_clock(written, Callbacks.clock, called.userData)) }
        if metrics != nil { try Misuse.demand(alvara_options_set_metrics(written, Callbacks.metrics, called.userData)) }
        return try work(written)
    }

    private func write(_ to: OpaquePointer?) throws {
        func say(_ text: String?, _ set: (OpaquePointer?, UnsafePointer<CChar>?) -> Int32) throws {
            try Misuse.demand(given(text) { set(to, $0) })
        }
        try say(version, alvara_options_set_version)
        if let releasedAt = releasedAt { try Misuse.demand(alvara_options_set_released_at(to, releasedAt)) }
        try say(user, alvara_options_set_user)
        try say(site, alvara_options_set_site)
        for module in requiredModules { try say(module, alvara_options_require_module) }
        try Misuse.demand(alvara_options_set_preset(to, preset.rawValue))
        if floating { try say(instance, alvara_options_set_floating) }
        try say(path, alvara_options_set_path)
        try say(watermark, alvara_options_set_watermark)
        if let machine = machine {
            try say(machine.secret, alvara_options_set_machine)
            for (name, value) in machine.parts {
                try Misuse.demand(given(name) { name in try given(value) { value in alvara_options_add_part(to, name, value) } })
            }
        }
        try say(renewUrl, alvara_options_set_renew_url)
        try say(locale, alvara_options_set_locale)
    }
}
