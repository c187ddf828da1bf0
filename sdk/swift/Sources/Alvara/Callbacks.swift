import CAlvara
import Foundation

/// Functions of the program that the library calls, in whichever thread it does. The library has but the address of
/// this, so its `Client` holds it until `alvara_free` has returned.
final class Callbacks {
    private let ownClock: (() -> Int64)?
    private let ownMetrics: (() -> Metrics)?
    private let turn = NSLock()
    private var listeners: [(State) -> Void] = []

    init(clock: (() -> Int64)?, metrics: (() -> Metrics)?) {
        ownClock = clock
        ownMetrics = metrics
    }

    /// What comes back with each call.
    var userData: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    func add(_ listener: @escaping (State) -> Void) {
        turn.lock()
        defer { turn.unlock() }
        listeners.append(listener)
    }

    /// Whether this thread is inside of a function that the library called.
    static var isRunning: Bool { (Thread.current.threadDictionary[key] as? Int ?? 0) > 0 }

    static let clock: @convention(c) (UnsafeMutableRawPointer?) -> Int64 = { userData in
        let machines = { Int64(Date().timeIntervalSince1970) }
        guard let called = Callbacks.of(userData) else { return machines() }
        return Callbacks.running { (called.ownClock ?? machines)() }
    }

    static let metrics: @convention(c) (UnsafeMutablePointer<alvara_metrics_t>?, UnsafeMutableRawPointer?) -> Void = { load, userData in
        guard let load = load, let called = Callbacks.of(userData), let ask = called.ownMetrics else { return }
        let found = Callbacks.running(ask)
        // What is negative is not told.
        load.pointee.cpu_percent = found.cpuPercent ?? -1
        load.pointee.memory_percent = found.memoryPercent ?? -1
        load.pointee.disk_percent = found.diskPercent ?? -1
    }

    static let change: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void = { state, userData in
        guard let state = state, let called = Callbacks.of(userData) else { return }
        called.turn.lock()
        let listeners = called.listeners
        called.turn.unlock()
        if listeners.isEmpty { return }
        let now = State(lent: state)
        Callbacks.running { for listener in listeners { listener(now) } }
    }

    private static let key = "alvara.running"

    private static func of(_ userData: UnsafeMutableRawPointer?) -> Callbacks? {
        userData.map { Unmanaged<Callbacks>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func running<R>(_ work: () -> R) -> R {
        let here = Thread.current.threadDictionary
        let before = here[key] as? Int ?? 0
        here[key] = before + 1
        defer { here[key] = before }
        return work()
    }
}
