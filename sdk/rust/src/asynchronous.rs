//! The calls that ask the platform, as futures.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::calls::Update;
use crate::client::Client;
use crate::state::State;

/// A [`Client`] whose calls at the platform are futures of Tokio. What decides on the machine is asked
/// of the client itself, which never waits.
///
/// A floating seat goes back by [`AsyncClient::close`], or when the last clone is dropped: inside of a
/// runtime one of its blocking threads does that, for which [`tokio::runtime::Runtime`] waits as it
/// ends; elsewhere the drop itself waits.
#[derive(Clone, Debug)]
pub struct AsyncClient {
    client: Client,
}

impl Drop for AsyncClient {
    fn drop(&mut self) {
        if !self.client.inner.live().wants_seat {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        // The client that is left behind has nothing to give back.
        let guard = self.client.guard.take();
        // A runtime that ends drops what it was given, and that gives the seat back then and there;
        // one that finds no thread for it panics, having dropped it as well.
        let handed = catch_unwind(AssertUnwindSafe(|| {
            runtime.spawn_blocking(move || drop(guard))
        }));
        drop(handed);
    }
}

impl AsyncClient {
    /// The same license, asked from asynchronous code.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// What decides on the machine.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn call(&self, call: impl FnOnce(&Client) -> State + Send + 'static) -> State {
        let client = self.client.clone();
        let made = spawn_blocking(move || call(&client)).await;
        // A call that was thrown away with its runtime did nothing.
        made.unwrap_or_else(|_| self.client.state())
    }

    /// [`Client::activate`].
    pub async fn activate(&self, key: &str, name: Option<&str>) -> State {
        let (key, name) = (key.to_owned(), name.map(str::to_owned));
        self.call(move |client| client.activate(&key, name.as_deref()))
            .await
    }

    /// [`Client::validate_online`].
    pub async fn validate_online(&self) -> State {
        self.call(Client::validate_online).await
    }

    /// [`Client::deactivate`].
    pub async fn deactivate(&self) -> State {
        self.call(Client::deactivate).await
    }

    /// [`Client::take_seat`].
    pub async fn take_seat(&self) -> State {
        self.call(Client::take_seat).await
    }

    /// [`Client::keep_seat`].
    pub async fn keep_seat(&self) -> State {
        self.call(Client::keep_seat).await
    }

    /// [`Client::borrow_seat`].
    pub async fn borrow_seat(&self, seconds: u32) -> State {
        self.call(move |client| client.borrow_seat(seconds)).await
    }

    /// [`Client::check_update`].
    pub async fn check_update(&self, channel: &str, platform: &str) -> Option<Update> {
        let (channel, platform) = (channel.to_owned(), platform.to_owned());
        let client = self.client.clone();
        let made = spawn_blocking(move || client.check_update(&channel, &platform)).await;
        made.unwrap_or_default()
    }

    /// [`Client::close`].
    pub async fn close(&self) {
        let client = self.client.clone();
        drop(spawn_blocking(move || client.close()).await);
    }

    /// [`Client::return_seat`].
    pub async fn return_seat(&self) -> State {
        self.call(Client::return_seat).await
    }
}
