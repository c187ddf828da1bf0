//! What needs the platform, or somebody who carries texts to it.

use alvara_domain::certificate::{ComputerKeyClaims, LeaseClaims};
use alvara_domain::fingerprint::Comparison;
use alvara_domain::offline::{AskingMachine, Document, Nonce, Receipt, Request, VERSION};
use alvara_domain::product::Version;
use alvara_domain::time::UtcTime;
use data_encoding::{BASE64, HEXLOWER};
use openssl::rand::rand_bytes;
use serde_json::{Value, json};

use crate::carried::{self, Brought};
use crate::client::{Client, Fault, Inner, Misuse, instant, locked, object};
use crate::held::belongs;
use crate::http::Answer;
use crate::keys::NotBelieved;
use crate::pace::{REST_MOST, seconds};
use crate::seal::{SealFault, hmac};
use crate::signed::is_signed;
use crate::state::State;
use crate::store::{Kept, Listing, Refusal, Told, Waiting};

/// A newer build. `sha256` is signed by the vendor: compare it with the file before running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its version.
    pub version: Version,
    /// Where it is.
    pub url: String,
    /// What is new.
    pub notes: String,
    /// Whether older builds must not run.
    pub mandatory: bool,
    /// Of the file, in hexadecimal digits.
    pub sha256: String,
}

/// A computer key with its lease, and whose they are.
pub(crate) struct Given<'a> {
    pub(crate) machine: &'a str,
    pub(crate) token: &'a str,
    pub(crate) computer_key: &'a str,
    pub(crate) lease: &'a str,
}

/// How fresh what was given is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It says what time it is now.
    Now,
    /// It lay somewhere.
    Some,
}

impl Client {
    /// Activates this machine with an activation key. `name` is what people call the machine.
    #[must_use]
    pub fn activate(&self, key: &str, name: Option<&str>) -> State {
        let inner = &self.inner;
        let turn = locked(&inner.turn);
        let state = inner.look();
        if state.code == SealFault::Unreadable.code() {
            // The platform would give a place that cannot be written down.
            return state.failed(SealFault::Unreadable.code());
        }
        let said = inner.activation(key, name);
        let answer = match inner.ask("POST", "/api/v1/activations", Some(&said), None) {
            Ok(answer) if matches!(answer.status, 200 | 201) => answer,
            Ok(answer) => return inner.refused(&answer),
            Err(state) => return *state,
        };
        let state = inner.believed("ANSWER_NOT_BELIEVED", || {
            let told = object(&answer);
            let given = Given {
                machine: text(&told["machine"]["id"])?,
                token: text(&told["machine"]["token"])?,
                computer_key: text(&told["computer_key"])?,
                lease: text(&told["lease"])?,
            };
            inner.install(&given, None, Freshness::Now)
        });
        drop(turn);
        // Its answer bears no nonce and sets no clock back; a heartbeat's does.
        if state.code == "CLOCK_ROLLBACK" {
            return inner.contact();
        }
        state
    }

    /// Calls the platform now: a heartbeat. Where it does not get through the state is that of
    /// [`Client::check`], with `error` set.
    #[must_use]
    pub fn validate_online(&self) -> State {
        self.inner.contact()
    }

    /// Gives this machine's place back and forgets the license.
    #[must_use]
    pub fn deactivate(&self) -> State {
        let inner = &self.inner;
        let _turn = locked(&inner.turn);
        let kept = inner.kept();
        let (Some(token), Some(machine)) = (&kept.token, &kept.machine_id) else {
            return inner.look();
        };
        let path = format!("/api/v1/activations/{machine}");
        match inner.ask("DELETE", &path, None, Some(token)) {
            Ok(answer) if answer.status == 204 => {
                inner.believed("ANSWER_NOT_BELIEVED", || inner.wipe(None))
            }
            Ok(answer) => inner.refused(&answer),
            Err(state) => *state,
        }
    }

    /// The newest build of a channel and platform (`any`) where it is newer than this program and
    /// signed by the vendor; else nothing.
    #[must_use]
    pub fn check_update(&self, channel: &str, platform: &str) -> Option<Update> {
        let inner = &self.inner;
        let have = inner.holder.asks.version.as_ref();
        let version = have.map_or_else(String::new, |have| format!("&version={have}"));
        let product = &inner.holder.product;
        let path =
            format!("/api/update?product={product}&channel={channel}&platform={platform}{version}");
        let answer = inner.ask("GET", &path, None, None).ok()?;
        if answer.status != 200 {
            return None;
        }
        let told = object(&answer);
        let said = |name: &str| told[name].as_str().map(str::to_owned);
        let update = Update {
            version: told["version"].as_str()?.parse().ok()?,
            url: said("url")?,
            notes: said("notes")?,
            mandatory: told["mandatory"].as_bool()?,
            sha256: said("sha256")?,
        };
        let signature = BASE64.decode(told["signature"].as_str()?.as_bytes()).ok()?;
        let signed = update.sha256.as_bytes();
        let is_newer = have.is_none_or(|have| update.version > *have);
        (is_newer && inner.holder.keys.vouches(None, signed, &signature)).then_some(update)
    }

    /// The text to carry to the platform. Its answer goes to [`Client::offline_activate`].
    ///
    /// # Errors
    /// [`Misuse::Folder`] where it cannot be remembered that this was asked, [`Misuse::Machine`] where
    /// what the program says of its machine is too long.
    pub fn offline_request(&self, key: &str, name: Option<&str>) -> Result<String, Misuse> {
        let holder = &self.inner.holder;
        let nonce = nonce().map_err(|_| Misuse::Folder)?;
        let components = holder.components.iter();
        let request = Request {
            v: VERSION,
            key: key.trim().to_owned(),
            machine: AskingMachine {
                fingerprint: holder.fingerprint.as_str().to_owned(),
                components: components
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                name: name.map(str::to_owned),
                platform: Some(platform()),
                app_version: holder.asks.version.as_ref().map(Version::to_string),
                site: holder.asks.site.clone(),
            },
            user: holder.asks.user.clone(),
            nonce: nonce.clone(),
        };
        let text = request.write().map_err(|_| Misuse::Machine)?;
        let told = Told {
            waiting: Waiting::Begins(nonce.to_string()),
            ..Told::default()
        };
        let remembered = self.inner.store.update(told, |kept| {
            kept.pending = Some(nonce.to_string());
        });
        remembered.map_err(|_| Misuse::Folder)?;
        Ok(text)
    }

    /// Takes what was carried back: an activation response, a newer computer key, or a revocation
    /// list.
    #[must_use]
    pub fn offline_activate(&self, text: &str) -> State {
        let inner = &self.inner;
        let _turn = locked(&inner.turn);
        let kept = inner.kept();
        inner.believed("TEXT_NOT_BELIEVED", || {
            let watermark = inner.store.seen()?;
            match carried::read(text, &kept, &watermark, &inner.holder.keys)? {
                Brought::Response(response) => {
                    let given = Given {
                        machine: &response.machine.id.to_string(),
                        token: &response.machine.token,
                        computer_key: &response.computer_key,
                        lease: &response.lease,
                    };
                    // The nonce proves that the lease is later than the request, and with it the clock.
                    let nonce = response.nonce.as_str();
                    inner.install(&given, Some(nonce), Freshness::Now)?;
                }
                Brought::Newer(pair) => {
                    let given = Given {
                        machine: kept.machine_id.as_deref().unwrap_or_default(),
                        token: kept.token.as_deref().unwrap_or_default(),
                        computer_key: &pair.0,
                        lease: &pair.1,
                    };
                    inner.install(&given, None, Freshness::Some)?;
                }
                Brought::Listed { seq, code } => {
                    let told = Told {
                        listing: Listing::Read(seq, code.map(str::to_owned)),
                        ..Told::default()
                    };
                    inner.store.update(told, |kept| {
                        kept.list_seq = Some(seq);
                        kept.listed = code.map(str::to_owned);
                    })?;
                }
            }
            Ok(None)
        })
    }

    /// Forgets the license and answers the receipt that proves it, to carry to the platform. The last
    /// receipt stays to be had from [`Client::last_receipt`].
    ///
    /// # Errors
    /// [`Misuse::NotActivated`] where there is no license, [`Misuse::Folder`] where it cannot be
    /// forgotten.
    pub fn deactivate_offline(&self) -> Result<String, Misuse> {
        let inner = &self.inner;
        let _turn = locked(&inner.turn);
        let kept = match inner.store.load() {
            Err(SealFault::Unreadable) => return Err(Misuse::Folder),
            loaded => loaded.unwrap_or_default(),
        };
        let held = kept.computer_key.as_deref();
        let key = held.and_then(|text| inner.holder.keys.computer_key(text).ok());
        let machine = kept.machine_id.as_deref().and_then(|id| id.parse().ok());
        let (Some(key), Some(machine), Some(token)) = (key, machine, &kept.token) else {
            return Err(Misuse::NotActivated);
        };
        let wiped_at = UtcTime::from_seconds(inner.now()).map_err(|_| Misuse::NotActivated)?;
        let mut receipt = Receipt {
            v: VERSION,
            iss: key.iss,
            license: key.sub,
            machine,
            seq: key.seq,
            nonce: nonce().map_err(|_| Misuse::Folder)?,
            wiped_at: wiped_at.to_string(),
            mac: String::new(),
        };
        let proof = hmac(token.as_bytes(), receipt.signed_text().as_bytes());
        receipt.mac = HEXLOWER.encode(&proof);
        let text = receipt.write().map_err(|_| Misuse::NotActivated)?;
        match inner.wipe(Some(text.clone())) {
            Ok(_) => Ok(text),
            Err(_) => Err(Misuse::Folder),
        }
    }

    /// The receipt of the last [`Client::deactivate_offline`].
    #[must_use]
    pub fn last_receipt(&self) -> Option<String> {
        self.inner.kept().receipt
    }
}

impl Inner {
    fn activation(&self, key: &str, name: Option<&str>) -> Value {
        let (holder, asks) = (&self.holder, &self.holder.asks);
        let mut machine = self.machine();
        machine["platform"] = json!(platform());
        if let Some(name) = name {
            machine["name"] = json!(name);
        }
        if let Some(version) = &asks.version {
            machine["app_version"] = json!(version);
        }
        let mut said = json!({ "key": key, "machine": machine });
        for (member, value) in [("user", &holder.asks.user), ("site", &holder.asks.site)] {
            if let Some(value) = value {
                said[member] = json!(value);
            }
        }
        said
    }

    fn machine(&self) -> Value {
        let holder = &self.holder;
        json!({ "fingerprint": holder.fingerprint, "components": holder.components })
    }

    /// A heartbeat.
    pub(crate) fn contact(&self) -> State {
        let _turn = locked(&self.turn);
        let kept = self.kept();
        let (Some(token), Ok(nonce)) = (&kept.token, nonce()) else {
            return self.look();
        };
        let said = self.heartbeat(&kept, nonce.as_str());
        let answer = match self.ask("POST", "/api/v1/heartbeats", Some(&said), Some(token)) {
            Ok(answer) if answer.status == 200 => answer,
            Ok(answer) => {
                self.back_off(None);
                return self.refused(&answer);
            }
            Err(state) => return *state,
        };
        let state = self.believed("ANSWER_NOT_BELIEVED", || {
            let told = object(&answer);
            if told["valid"] == true {
                self.renewed(&kept, &told, nonce.as_str())
            } else {
                self.stopped(&answer, &told, nonce.as_str())
            }
        });
        let unsettled = ["ANSWER_NOT_BELIEVED", "STORE_NOT_WRITTEN"];
        let error = state.error.as_deref();
        if error.is_some_and(|error| unsettled.contains(&error)) {
            self.back_off(None);
        } else if self.is_wanted(&state) {
            // The machine's clock is off, or the answer settled nothing: asked again at the platform's
            // own pace and not at once.
            let pause = state.next_check_at.unwrap_or_default() - self.kept().contact;
            let (preset, pause) = (self.holder.preset, seconds(pause).min(REST_MOST));
            let mut live = self.live();
            live.resting.longer(preset.retry, preset.retry_most, pause);
        } else {
            self.live().resting.over();
        }
        state
    }

    fn heartbeat(&self, kept: &Kept, nonce: &str) -> Value {
        // A computer key that cannot be believed counts as none, so that the newest comes again.
        let held = kept.computer_key.as_deref();
        let held = held.and_then(|text| self.holder.keys.computer_key(text).ok());
        let seq = held.map_or(0, |key| key.seq);
        let mut said =
            json!({ "nonce": nonce, "machine": self.machine(), "computer_key_seq": seq });
        if let Some(version) = &self.holder.asks.version {
            said["app_version"] = json!(version);
        }
        if let Some(metrics) = &self.metrics {
            said["metrics"] = metrics();
        }
        said
    }

    /// Whether both are about this product and machine, and not older than what was seen.
    fn believe(&self, given: &Given<'_>) -> Result<(ComputerKeyClaims, LeaseClaims), Fault> {
        let holder = &self.holder;
        let key = holder.keys.computer_key(given.computer_key)?;
        let lease = holder.keys.lease(given.lease)?;
        let other = matches!(
            key.fp.compare(holder.identity()),
            Comparison::Mismatch { .. }
        );
        if key.prd != holder.product
            || other
            || !belongs(&key, &lease, given.machine)
            || lease.seat.is_some()
        {
            return Err(Fault::NotBelieved);
        }
        let watermark = self.store.seen()?;
        let is_older = watermark
            .machines
            .get(given.machine)
            .is_some_and(|seen| key.seq < seen.seq || lease.iat < seen.contact);
        if is_older {
            return Err(Fault::NotBelieved);
        }
        Ok((key, lease))
    }

    /// Takes a computer key with its lease, or keeps what was there.
    pub(crate) fn install(
        &self,
        given: &Given<'_>,
        nonce: Option<&str>,
        freshness: Freshness,
    ) -> Result<Option<i64>, Fault> {
        let (key, lease) = self.believe(given)?;
        if nonce.is_some() && lease.nonce.as_deref() != nonce {
            return Err(Fault::NotBelieved);
        }
        // Without a nonce only what is later than the last contact sets the clock: an answer that was
        // given before might come again.
        let seen = self.store.seen()?.machines.get(given.machine).cloned();
        let is_later = seen.is_none_or(|seen| lease.iat > seen.contact);
        let at = (freshness == Freshness::Now).then_some(lease.iat);
        let clock = at.filter(|_| nonce.is_some() || is_later);
        let told = Told {
            waiting: Waiting::Over,
            ..clock.map_or_else(Told::default, Told::clock)
        };
        self.store.update(told, |kept| {
            let before = std::mem::take(kept);
            let same = before.machine_id.as_deref() == Some(given.machine);
            *kept = Kept {
                v: 1,
                machine_id: Some(given.machine.to_owned()),
                token: Some(given.token.to_owned()),
                computer_key: Some(given.computer_key.to_owned()),
                lease: Some(given.lease.to_owned()),
                seq: key.seq,
                contact: lease.iat,
                last_seen: clock.unwrap_or_else(|| before.last_seen.max(lease.iat)),
                twin: before.twin,
                ..Kept::default()
            };
            if same {
                kept.seats = before.seats;
                (kept.list_seq, kept.listed) = (before.list_seq, before.listed);
            }
        })?;
        Ok(at)
    }

    fn renewed(&self, kept: &Kept, told: &Value, nonce: &str) -> Result<Option<i64>, Fault> {
        let commands = told["commands"].as_array().into_iter().flatten();
        let brought = commands
            .filter(|command| command["type"] == "computer_key")
            .filter_map(|command| command["computer_key"].as_str())
            .next_back();
        let held = kept.computer_key.as_deref().unwrap_or_default();
        let given = Given {
            machine: kept.machine_id.as_deref().unwrap_or_default(),
            token: kept.token.as_deref().unwrap_or_default(),
            computer_key: brought.unwrap_or(held),
            lease: text(&told["lease"])?,
        };
        let (key, lease) = self.believe(&given)?;
        if lease.nonce.as_deref() != Some(nonce) {
            return Err(Fault::NotBelieved);
        }
        let cleared = Told {
            listing: Listing::Cleared,
            ..Told::clock(lease.iat)
        };
        self.store.update(cleared, |kept| {
            kept.computer_key = Some(given.computer_key.to_owned());
            kept.lease = Some(given.lease.to_owned());
            (kept.seq, kept.contact, kept.last_seen) = (key.seq, lease.iat, lease.iat);
            (kept.refusal, kept.next_check, kept.listed) = (None, None, None);
        })?;
        Ok(Some(lease.iat))
    }

    fn stopped(&self, answer: &Answer, told: &Value, nonce: &str) -> Result<Option<i64>, Fault> {
        if !is_signed(answer, &self.holder.keys) || told["nonce"] != nonce {
            return Err(Fault::NotBelieved);
        }
        let at = instant(&told["date"]).ok_or(Fault::NotBelieved)?;
        let again = instant(&told["next_check_not_before"]).ok_or(Fault::NotBelieved)?;
        let refusal = Refusal {
            code: text(&told["code"])?.to_owned(),
            because: Some(told["because"].clone()).filter(|because| !because.is_null()),
            days_left: told["days_left"].as_i64(),
            at,
        };
        self.store.update(Told::clock(at), |kept| {
            kept.refusal = Some(refusal);
            (kept.contact, kept.last_seen, kept.next_check) = (at, at, Some(again));
        })?;
        Ok(Some(at))
    }

    /// Forgets everything but what an old copy of the file is recognised by.
    fn wipe(&self, receipt: Option<String>) -> Result<Option<i64>, Fault> {
        let told = Told {
            waiting: Waiting::Over,
            ..Told::default()
        };
        self.store.update(told, |kept| {
            let before = std::mem::take(kept);
            *kept = Kept {
                v: 1,
                machine_id: before.machine_id,
                twin: before.twin,
                seq: before.seq.saturating_add(1),
                contact: before.contact,
                last_seen: before.last_seen,
                receipt,
                ..Kept::default()
            };
        })?;
        Ok(None)
    }
}

/// A text of an answer.
pub(crate) fn text(value: &Value) -> Result<&str, NotBelieved> {
    value.as_str().ok_or(NotBelieved)
}

/// What ties an answer to its question.
pub(crate) fn nonce() -> Result<Nonce, NotBelieved> {
    let mut random = [0; 16];
    rand_bytes(&mut random).map_err(|_| NotBelieved)?;
    HEXLOWER.encode(&random).parse().map_err(|_| NotBelieved)
}

/// Operating system and architecture, for people.
fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}
