//! The calls that ask the platform, as futures.

use tokio::task::spawn_blocking;

use crate::client::Client;
use crate::state::State;

/// A [`Client`] whose calls at the platform are futures of Tokio. What decides on the machine is asked
/// of the client itself, which never waits.
#[derive(Clone, Debug)]
pub struct AsyncClient {
    client: Client,
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

    /// [`Client::return_seat`].
    pub async fn return_seat(&self) -> State {
        self.call(Client::return_seat).await
    }
}
