//! Floating seats: taken, kept, borrowed, given back.

use std::time::Duration;

use alvara_domain::certificate::LeaseClaims;
use serde_json::{Value, json};

use crate::calls::{nonce, text};
use crate::client::{Client, Fault, Inner, instant, locked, object};
use crate::held::belongs;
use crate::pace::{SEAT_RETRY, SEAT_RETRY_MOST, TICK, seconds};
use crate::state::State;
use crate::store::{HeldSeat, Kept, Told};

impl Client {
    /// Takes a floating seat, or the one that is held already. It goes back by
    /// [`Client::return_seat`] and when the last clone of the client is dropped.
    #[must_use]
    pub fn take_seat(&self) -> State {
        self.inner.take_seat(None)
    }

    /// Takes a floating seat, or the one that is held already, along for so many seconds without a
    /// connection.
    #[must_use]
    pub fn take_seat_for(&self, seconds: u32) -> State {
        self.inner.take_seat(Some(seconds))
    }

    /// A sign of life for the seat. The loop of [`Client::start`] gives it by itself.
    #[must_use]
    pub fn keep_seat(&self) -> State {
        self.inner.keep_seat(None)
    }

    /// Takes the seat that is held along for so many seconds without a connection.
    #[must_use]
    pub fn borrow_seat(&self, seconds: u32) -> State {
        self.inner.keep_seat(Some(seconds))
    }

    /// Gives the seat back.
    #[must_use]
    pub fn return_seat(&self) -> State {
        self.inner.return_seat()
    }
}

impl Inner {
    pub(crate) fn take_seat(&self, borrow_for: Option<u32>) -> State {
        self.live().wants_seat = true;
        self.seat("POST", "/api/v1/seats", self.asked(), borrow_for)
    }

    pub(crate) fn keep_seat(&self, borrow_for: Option<u32>) -> State {
        match self.kept().seats.get(self.holder.instance()) {
            Some(held) => {
                let path = format!("/api/v1/seats/{}", held.id);
                self.seat("PUT", &path, json!({}), borrow_for)
            }
            None => self.look().failed("NO_SEAT"),
        }
    }

    pub(crate) fn return_seat(&self) -> State {
        let _turn = locked(&self.turn);
        self.give_back()
    }

    /// Gives the seat back, in turn.
    pub(crate) fn give_back(&self) -> State {
        self.live().wants_seat = false;
        let kept = self.kept();
        let Some(held) = kept.seats.get(self.holder.instance()) else {
            return self.look();
        };
        let path = format!("/api/v1/seats/{}", held.id);
        match self.ask("DELETE", &path, None, kept.token.as_deref()) {
            Ok(answer) if answer.status == 204 => {
                self.believed("ANSWER_NOT_BELIEVED", || self.forget_seat())
            }
            Ok(answer) => self.refused(&answer),
            Err(state) => *state,
        }
    }

    fn seat(
        &self,
        method: &'static str,
        path: &str,
        asked: Value,
        borrow_for: Option<u32>,
    ) -> State {
        let _turn = locked(&self.turn);
        self.seat_in_turn(method, path, asked, borrow_for)
    }

    /// Keeps the seat, or takes one anew where it was lost, when that is due and wanted. In turn, so
    /// that a seat that is just being given back is not taken again.
    pub(crate) fn tend_seat(&self) {
        let _turn = locked(&self.turn);
        let live = self.live();
        let waits = live.failing.left().or(live.seating.left());
        let is_over = !live.wants_seat || live.is_closed || waits.is_some();
        drop(live);
        let kept = self.kept();
        let lease = self.seat_lease(&kept);
        let now = self.now();
        if is_over || lease.as_ref().is_some_and(|lease| now < lease.nxt) {
            return;
        }
        let held = kept.seats.get(self.holder.instance());
        let held = held.filter(|_| lease.is_some_and(|lease| now <= lease.exp));
        let state = match held {
            Some(held) => {
                let path = format!("/api/v1/seats/{}", held.id);
                self.seat_in_turn("PUT", &path, json!({}), None)
            }
            None => self.seat_in_turn("POST", "/api/v1/seats", self.asked(), None),
        };
        let lease = self.seat_lease(&self.kept());
        let mut live = self.live();
        match lease.filter(|_| state.error.is_none()) {
            Some(lease) => live.seating.once(seconds(lease.nxt - lease.iat).min(TICK)),
            None => {
                live.seating
                    .longer(SEAT_RETRY, SEAT_RETRY_MOST, Duration::ZERO);
            }
        }
    }

    fn asked(&self) -> Value {
        match self.holder.instance() {
            "" => json!({}),
            instance => json!({ "instance": instance }),
        }
    }

    fn seat_in_turn(
        &self,
        method: &'static str,
        path: &str,
        mut asked: Value,
        borrow_for: Option<u32>,
    ) -> State {
        let kept = self.kept();
        let (Some(token), Ok(nonce)) = (&kept.token, nonce()) else {
            return self.look();
        };
        asked["nonce"] = json!(nonce);
        if let Some(seconds) = borrow_for {
            asked["borrow_for"] = json!(seconds);
        }
        let answer = match self.ask(method, path, Some(&asked), Some(token)) {
            Ok(answer) => answer,
            Err(state) => return *state,
        };
        let told = object(&answer);
        if !matches!(answer.status, 200 | 201) {
            if told["code"] == "SEAT_LOST" {
                // Whether or not it can be written down, the answer is that it is lost.
                drop(self.forget_seat());
            }
            return self.refused(&answer);
        }
        self.believed("ANSWER_NOT_BELIEVED", || {
            let lease = text(&told["lease"])?;
            let seat = self.holder.keys.lease(lease)?;
            let held = kept.computer_key.as_deref().unwrap_or_default();
            let key = self.holder.keys.computer_key(held)?;
            let machine = kept.machine_id.as_deref().unwrap_or_default();
            let id = seat.seat.ok_or(Fault::NotBelieved)?;
            if seat.nonce.as_deref() != Some(nonce.as_str()) || !belongs(&key, &seat, machine) {
                return Err(Fault::NotBelieved);
            }
            let held = HeldSeat {
                id: id.to_string(),
                lease: lease.to_owned(),
                borrowed_until: instant(&told["seat"]["borrowed_until"]),
            };
            let instance = self.holder.instance().to_owned();
            self.store.update(Told::default(), |kept| {
                kept.seats.insert(instance, held);
            })?;
            Ok(None)
        })
    }

    /// The lease of the seat that is held, whether it has ended or not.
    pub(crate) fn seat_lease(&self, kept: &Kept) -> Option<LeaseClaims> {
        let held = kept.seats.get(self.holder.instance())?;
        self.holder.keys.lease(&held.lease).ok()
    }

    fn forget_seat(&self) -> Result<Option<i64>, Fault> {
        let instance = self.holder.instance();
        let held = self.kept().seats.remove(instance);
        let told = Told {
            returned: held.map(|held| held.id),
            ..Told::default()
        };
        self.store.update(told, |kept| {
            kept.seats.remove(instance);
        })?;
        Ok(None)
    }
}
