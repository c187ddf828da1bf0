//! The OpenAPI document, read as a stranger would: every operation, and a request that fits it.

use std::collections::BTreeMap;

use alvara_tests::{Actor, Answer, TestApp};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    description: Value,
}

/// Who may call it, as the document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Anybody.
    Open,
    /// A machine with its token.
    Machine,
    /// A client with its credentials: the token endpoint.
    Client,
    /// A member, an API key, an access token.
    Bearer,
}

/// The document.
pub(crate) struct Document {
    value: Value,
}

/// Ids to put into paths and bodies, by the name of what they are of.
pub(crate) type Specimens = BTreeMap<&'static str, String>;

impl Document {
    pub(crate) async fn fetch(app: &TestApp) -> Self {
        let value = app
            .nobody("localhost")
            .get("/api/v1/openapi.json")
            .await
            .expect(200)
            .json();
        assert!(
            value["openapi"].as_str().unwrap().starts_with("3.1"),
            "{}",
            value["openapi"]
        );
        Self { value }
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        let mut all = Vec::new();
        for (path, item) in self.value["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "patch", "delete"] {
                if let Some(description) = item.get(method) {
                    all.push(Operation {
                        id: description["operationId"]
                            .as_str()
                            .expect("every operation has a name")
                            .to_owned(),
                        method: method.to_uppercase(),
                        path: path.clone(),
                        description: description.clone(),
                    });
                }
            }
        }
        all
    }

    /// Who may call an operation.
    pub(crate) fn door(&self, operation: &Operation) -> Door {
        let security = operation
            .description
            .get("security")
            .unwrap_or(&self.value["security"]);
        let schemes: Vec<&str> = security
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|one| {
                one.as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.as_str())
            })
            .collect();
        match schemes.as_slice() {
            [] => Door::Open,
            schemes if schemes.contains(&"bearer") => Door::Bearer,
            schemes if schemes.contains(&"machine") => Door::Machine,
            _ => Door::Client,
        }
    }

    /// Calls an operation as somebody: ids in the path are the target's, ids in the body the
    /// caller's own.
    pub(crate) async fn call(
        &self,
        who: &Actor,
        operation: &Operation,
        target: &Specimens,
        own: &Specimens,
    ) -> Answer {
        let path = fill(operation, target);
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let mut ask = who.ask(method, &path);
        if matches!(operation.method.as_str(), "PATCH" | "PUT") {
            ask = ask.header("if-match", "*");
        }
        if let Some((content_type, schema)) = body_of(operation) {
            let body = self.example(schema, "", own);
            ask = if content_type == "application/json" {
                ask.json(&body)
            } else {
                ask.bytes(content_type, Vec::new())
            };
        }
        ask.await
    }

    /// The smallest value that a schema takes.
    fn example(&self, schema: &Value, name: &str, own: &Specimens) -> Value {
        if let Some(id) = specimen_of(name, own) {
            return json!(id);
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let found = self
                .value
                .pointer(reference.trim_start_matches('#'))
                .expect("a reference that leads somewhere");
            return self.example(found, name, own);
        }
        if let Some(example) = schema.get("example").filter(|_| name != "email") {
            return example.clone();
        }
        for joint in ["oneOf", "anyOf", "allOf"] {
            if let Some(first) = schema[joint]
                .as_array()
                .and_then(|all| all.iter().find(|one| one["type"] != "null"))
            {
                return self.example(first, name, own);
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds[0].as_str().unwrap_or("string"),
            kind => kind.as_str().unwrap_or("object"),
        };
        match kind {
            "object" => {
                let mut members = Map::new();
                for required in schema["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                {
                    let value = self.example(&schema["properties"][required], required, own);
                    members.insert(required.to_owned(), value);
                }
                Value::Object(members)
            }
            "array" => {
                let some = schema["minItems"].as_u64().unwrap_or(0) > 0;
                if some {
                    json!([self.example(&schema["items"], name, own)])
                } else {
                    json!([])
                }
            }
            "integer" | "number" => json!(schema["minimum"].as_i64().unwrap_or(1)),
            "boolean" => json!(true),
            _ => json!(text_of(schema, name)),
        }
    }
}

/// A text of the shape that its name or format asks for.
fn text_of(schema: &Value, name: &str) -> String {
    if let Some(first) = schema["enum"].get(0).and_then(Value::as_str) {
        return first.to_owned();
    }
    match (name, schema["format"].as_str()) {
        (_, Some("date-time")) => "2027-06-01T00:00:00Z".to_owned(),
        (name, _) if name.contains("password") => alvara_tests::PASSWORD.to_owned(),
        (name, _) if name.contains("email") => "sweep@example.test".to_owned(),
        ("currency", _) => "EUR".to_owned(),
        ("period", _) => "P1M".to_owned(),
        ("version", _) => "1.0".to_owned(),
        ("url", _) => "https://example.test/setup.exe".to_owned(),
        _ => "a".repeat(schema["minLength"].as_u64().unwrap_or(5).max(1) as usize),
    }
}

fn specimen_of<'a>(name: &str, own: &'a Specimens) -> Option<&'a String> {
    let noun = match name {
        "parent_id" | "node_id" | "customer" => "nodes",
        "policy_id" => "policies",
        "plan_id" => "plans",
        "product_id" => "products",
        "tenant_id" => "tenants",
        _ => return None,
    };
    own.get(noun)
}

fn body_of(operation: &Operation) -> Option<(&str, &Value)> {
    let content = operation.description["requestBody"]["content"].as_object()?;
    content
        .iter()
        .next()
        .map(|(kind, media)| (kind.as_str(), &media["schema"]))
}

/// The path with its places filled: `/licenses/{id}` wants a specimen of `licenses`.
fn fill(operation: &Operation, target: &Specimens) -> String {
    let mut path = String::new();
    let mut noun = "";
    for part in operation.path.split('/').skip(1) {
        path.push('/');
        if part.starts_with('{') {
            // What stands behind the place belongs to the address: `{id}.pdf`.
            let end = part.find('}').map_or(part.len(), |at| at + 1);
            let (place, behind) = part.split_at(end);
            // What is named by a code has a specimen under the code's own name.
            let known = target.get(place).or_else(|| target.get(noun));
            let id = known.unwrap_or_else(|| {
                panic!(
                    "no specimen of `{noun}` for {}: give it one",
                    operation.path
                )
            });
            path.push_str(id);
            path.push_str(behind);
        } else {
            path.push_str(part);
            noun = part;
        }
    }
    path
}

impl Operation {
    /// Whether its path names a thing.
    pub(crate) fn names_a_thing(&self) -> bool {
        self.path.contains('{')
    }

    /// The first noun of its path below `/api/v1`.
    pub(crate) fn noun(&self) -> &str {
        self.path
            .trim_start_matches("/api/v1/")
            .split('/')
            .next()
            .unwrap_or_default()
    }

    pub(crate) fn reads(&self) -> bool {
        self.method == "GET"
    }
}
