//! `alvara demo` as a user runs it, with the document that it writes.

use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use alvara_store::Clock;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::settings::{binary, plugins};
use crate::site::Site;

/// A demonstration that answers. Dropping it ends it.
pub struct Demo {
    process: Child,
    site: Site,
    /// What `--json` wrote.
    pub document: Value,
    buttons: reqwest::Client,
}

impl Demo {
    /// Fills a directory, or serves the one that was filled, on a free port with payments.
    ///
    /// # Panics
    /// When it ends before it answers.
    #[must_use]
    pub fn start(directory: &Path) -> Self {
        let file = directory.join("demo.json");
        let mut command = Command::new(binary());
        command
            .args(["demo", "--port", "0", "--json"])
            .arg(&file)
            .arg("--dir")
            .arg(directory.join("data"))
            .arg("--plugins")
            .arg(plugins())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("alvara demo");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        while !line.starts_with("Alvará is at ") {
            line.clear();
            let read = output.read_line(&mut line).expect("its output");
            assert!(read > 0, "alvara demo ended: {:?}", process.wait());
        }
        // Nobody reads the rest; a pipe that is full would hold it up.
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            drop(std::io::Read::read_to_end(&mut output, &mut rest));
        });
        let document = std::fs::read(&file).expect("the document");
        let document: Value = serde_json::from_slice(&document).expect("JSON");
        let base = document["base_url"].as_str().expect("its address");
        let site = Site::new(&base.replace("localhost", "127.0.0.1"), Clock::system());
        Self {
            process,
            site,
            document,
            buttons: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
        }
    }

    /// What the document says of a reseller.
    ///
    /// # Panics
    /// When it says nothing.
    #[must_use]
    pub fn tenant(&self, slug: &str) -> &Value {
        let tenants = self.document["tenants"].as_array().expect("tenants");
        let found = tenants.iter().find(|tenant| tenant["slug"] == slug);
        found.expect("a reseller of the demonstration")
    }

    /// Somebody of a reseller, by the API token that the document shows.
    ///
    /// # Panics
    /// When it shows none.
    #[must_use]
    pub fn person(&self, slug: &str, role: &str) -> Actor {
        let token = self.tenant(slug)[role]["api_token"].as_str();
        let host = format!("{slug}.localhost");
        self.site.bearing(&host, token.expect("an API token"))
    }

    /// Everything that may be paid at a reseller's providers.
    pub async fn bills(&self, slug: &str) -> Vec<Value> {
        let url = format!("{}/sim/bills", self.simulator(slug));
        let answer = self.buttons.get(url).send().await.expect("the simulator");
        let bytes = answer.bytes().await.expect("an answer");
        serde_json::from_slice(&bytes).expect("a list")
    }

    /// Presses a button on a bill, as the page's own form does.
    ///
    /// # Panics
    /// When the simulator refuses.
    pub async fn press(&self, slug: &str, bill: &str, action: &str) {
        let url = format!("{}/sim/bills/{bill}/{action}", self.simulator(slug));
        let asked = self
            .buttons
            .post(url)
            .header("content-type", "application/json")
            .body(json!({}).to_string());
        let answer = asked.send().await.expect("the simulator");
        assert_eq!(answer.status().as_u16(), 200, "{action} of {bill}");
    }

    fn simulator(&self, slug: &str) -> String {
        let url = self.tenant(slug)["simulator_url"].as_str();
        url.expect("a simulator").to_owned()
    }
}

impl Deref for Demo {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
