//! Functions of the program that the library calls, and the gate that keeps them from being called
//! once the client is gone.
#![expect(unsafe_code, reason = "functions of C are called")]

use std::ffi::c_void;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use alvara_sdk::State;
use serde_json::{Map, Value, json};

use crate::state::AlvaraState;

/// Hears of a state that differs from the one before, in whichever thread noticed it. The state is
/// the library's and ends with the call. It may ask how things stand; it must neither call the
/// platform nor free the client, and no exception may leave it.
pub type AlvaraOnChange =
    Option<unsafe extern "C" fn(state: *const AlvaraState, user_data: *mut c_void)>;

/// The time, in seconds since 1970. Called from several threads.
pub type AlvaraClock = Option<unsafe extern "C" fn(user_data: *mut c_void) -> i64>;

/// Fills in how busy the machine is, for heartbeats. Called from several threads.
pub type AlvaraMetricsOf =
    Option<unsafe extern "C" fn(metrics: *mut AlvaraMetrics, user_data: *mut c_void)>;

/// How busy the machine is, in percent. What is negative is not told.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct AlvaraMetrics {
    /// Of all processors.
    pub cpu_percent: f64,
    /// Of the memory.
    pub memory_percent: f64,
    /// Of the disk.
    pub disk_percent: f64,
}

/// What the program wants to have back with each call of its function.
#[derive(Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library never looks behind the pointer. The header obliges the program to give what may
// be used from several threads.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// By a method, so that a closure holds the whole and not the bare pointer in it.
    fn pointer(self) -> *mut c_void {
        self.0
    }
}

#[derive(Default)]
struct Calls {
    is_shut: bool,
    running: usize,
}

/// Lets calls of the program's functions through until it is shut, and is shut when none runs.
#[derive(Default)]
pub(crate) struct Gate {
    calls: Mutex<Calls>,
    done: Condvar,
}

impl Gate {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        // Two numbers are never half changed.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn through<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        {
            let mut calls = self.calls();
            if calls.is_shut {
                return None;
            }
            calls.running += 1;
        }
        // A function of C does not unwind: the count always comes down again.
        let answer = call();
        self.calls().running -= 1;
        self.done.notify_all();
        Some(answer)
    }

    /// From here on nothing of the program is called, nor is a call still under way.
    pub(crate) fn shut(&self) {
        let mut calls = self.calls();
        calls.is_shut = true;
        let waited = self.done.wait_while(calls, |calls| calls.running > 0);
        drop(waited);
    }
}

/// A clock of the program. Once the gate is shut it stands still.
pub(crate) struct Clock {
    pub(crate) function: unsafe extern "C" fn(*mut c_void) -> i64,
    pub(crate) user_data: UserData,
    last: AtomicI64,
}

impl Clock {
    pub(crate) fn new(
        function: unsafe extern "C" fn(*mut c_void) -> i64,
        user_data: UserData,
    ) -> Self {
        Self {
            function,
            user_data,
            last: AtomicI64::default(),
        }
    }

    pub(crate) fn time(&self, gate: &Gate) -> i64 {
        // SAFETY: the program gave function and pointer to be called until the client is freed, which
        // shuts the gate.
        let time = gate.through(|| unsafe { (self.function)(self.user_data.pointer()) });
        match time {
            Some(time) => {
                self.last.store(time, Ordering::Relaxed);
                time
            }
            None => self.last.load(Ordering::Relaxed),
        }
    }
}

/// What the program tells of its machine's load.
pub(crate) fn metrics(
    function: unsafe extern "C" fn(*mut AlvaraMetrics, *mut c_void),
    user_data: UserData,
    gate: &Gate,
) -> Value {
    let mut found = AlvaraMetrics {
        cpu_percent: -1.0,
        memory_percent: -1.0,
        disk_percent: -1.0,
    };
    // SAFETY: as for the clock; the struct outlives the call.
    let _ = gate.through(|| unsafe { function(&raw mut found, user_data.pointer()) });
    let told = [
        ("cpu_percent", found.cpu_percent),
        ("memory_percent", found.memory_percent),
        ("disk_percent", found.disk_percent),
    ];
    let told = told.into_iter().filter(|(_, percent)| *percent >= 0.0);
    let told: Map<String, Value> = told
        .map(|(name, percent)| (name.to_owned(), json!(percent)))
        .collect();
    Value::Object(told)
}

/// Tells the program of a state.
pub(crate) fn tell(
    function: unsafe extern "C" fn(*const AlvaraState, *mut c_void),
    user_data: UserData,
    gate: &Gate,
    state: &State,
) {
    let state = AlvaraState::of(state.clone());
    // SAFETY: as for the clock; the state outlives the call.
    let _ = gate.through(|| unsafe { function(&raw const state, user_data.pointer()) });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    // R-SDK-01
    #[test]
    fn a_gate_is_shut_when_the_call_under_way_has_ended_and_lets_none_through_after() {
        let gate = Arc::new(Gate::default());
        let has_ended = Arc::new(AtomicBool::new(false));
        let (entered, enters) = channel();
        let caller = {
            let (gate, has_ended) = (Arc::clone(&gate), Arc::clone(&has_ended));
            thread::spawn(move || {
                gate.through(|| {
                    let _ = entered.send(());
                    // Long enough for whoever shuts the gate without waiting to be found out.
                    for _ in 0..1000 {
                        thread::yield_now();
                    }
                    has_ended.store(true, Ordering::SeqCst);
                })
            })
        };
        assert!(enters.recv().is_ok());
        gate.shut();
        assert!(has_ended.load(Ordering::SeqCst));
        assert!(caller.join().is_ok_and(|called| called.is_some()));
        assert_eq!(gate.through(|| 1), None);
    }
}
