//! The OpenAPI document, from the code.
//!
//! Every handler describes itself; what holds for all of them (problems, the idempotency key,
//! `If-Match`, credentials) is added here by rule, so that no handler can forget to mention it.

use std::collections::BTreeMap;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use alvara_render::{Args, Words};
use serde_json::{Map, Value, json};

use crate::problem::Kind;

/// The finished document, and what routing needs to know of it.
pub(crate) struct Document {
    pub(crate) value: Value,
    bytes: web::Bytes,
    allowed: BTreeMap<String, String>,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Document {
    /// Completes what the handlers said of themselves.
    pub(crate) fn new(
        described: utoipa::openapi::OpenApi,
        words: &Words,
    ) -> Result<Self, serde_json::Error> {
        let mut value = serde_json::to_value(described)?;
        complete(&mut value, words);
        let bytes = web::Bytes::from(value.to_string());
        let allowed = allowed(&value);
        Ok(Self {
            value,
            bytes,
            allowed,
        })
    }

    /// The methods that a route knows, for the header `Allow` of a 405.
    pub(crate) fn allowed(&self, route: &str) -> Option<&str> {
        self.allowed.get(route).map(String::as_str)
    }
}

/// `GET /api/v1/openapi.json`
pub(crate) async fn serve(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header(("access-control-allow-origin", "*"))
        .body(document.bytes.clone())
}

/// Every operation with its path and method.
pub(crate) fn operations(value: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = value["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| {
            item.get(*method)
                .map(|found| (path.as_str(), *method, found))
        })
    })
}

fn allowed(value: &Value) -> BTreeMap<String, String> {
    let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, method, _) in operations(value) {
        routes
            .entry(path.to_owned())
            .or_default()
            .push(method.to_ascii_uppercase());
    }
    routes
        .into_iter()
        .map(|(path, methods)| (path, methods.join(", ")))
        .collect()
}

fn complete(value: &mut Value, words: &Words) {
    value["components"]["responses"] = problem_responses(words);
    value["components"]["schemas"]["Problem"] = problem_schema();
    value["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http", "scheme": "bearer",
            "description": "An API key, or an access token of POST /oauth/token."
        },
        "machine": {
            "type": "http", "scheme": "bearer",
            "description": "The machine token that an activation answered."
        },
        "client": {
            "type": "http", "scheme": "basic",
            "description": "Client credentials at the token endpoint."
        },
    });
    value["security"] = json!([{ "bearer": [] }]);
    let Some(paths) = value["paths"].as_object_mut() else {
        return;
    };
    for item in paths.values_mut() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                complete_operation(method, operation);
            }
        }
    }
}

fn complete_operation(method: &str, operation: &mut Value) {
    let open = operation["security"].as_array().is_some_and(|schemes| {
        schemes
            .iter()
            .all(|scheme| scheme.as_object().is_some_and(Map::is_empty))
    });
    let writes = method != "get";
    let mut statuses = vec![404, 429, 500, 503];
    if !open {
        statuses.extend([401, 403]);
    }
    if writes {
        statuses.extend([400, 409, 422]);
        add_parameter(operation, idempotency_parameter());
    }
    if operation.get("requestBody").is_some() {
        statuses.extend([408, 413, 415]);
    }
    if operation["parameters"].as_array().is_some_and(|all| {
        all.iter()
            .any(|one| matches!(one["in"].as_str(), Some("query" | "header")))
    }) {
        statuses.extend([400, 422]);
    }
    if method == "patch" {
        add_parameter(operation, if_match_parameter());
    }
    if operation["parameters"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["name"] == "If-Match"))
    {
        statuses.extend([412, 428]);
    }
    for status in statuses {
        let key = status.to_string();
        if operation["responses"].get(&key).is_none() {
            operation["responses"][&key] =
                json!({ "$ref": format!("#/components/responses/Problem{status}") });
        }
    }
    // Where an operation describes a refusal of its own, the frame may still answer a problem.
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if status.starts_with('4') && response.get("$ref").is_none() {
            let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
            response["content"]["application/problem+json"] = problem;
        }
    }
}

fn add_parameter(operation: &mut Value, parameter: Value) {
    match operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
    {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

fn idempotency_parameter() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Makes the write safe to repeat: the same key and body answer what the first one answered, for 24 hours.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" }
    })
}

fn if_match_parameter() -> Value {
    json!({
        "name": "If-Match", "in": "header", "required": true,
        "description": "The ETag of the version that the change is based on, or *.",
        "schema": { "type": "string" }, "example": "\"1\""
    })
}

/// One response for each status of the table, listing the problems it can be.
fn problem_responses(words: &Words) -> Value {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in Kind::ALL {
        by_status
            .entry(kind.status().as_u16())
            .or_default()
            .push(*kind);
    }
    let mut responses = Map::new();
    for (status, kinds) in by_status {
        let title = |kind: &Kind| words.text(words.last_resort(), kind.title_key(), &Args::new());
        let listed: Vec<String> = kinds
            .iter()
            .map(|kind| format!("`{}` {}", kind.code(), title(kind)))
            .collect();
        let mut response = json!({
            "description": listed.join(" · "),
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        });
        if matches!(status, 429 | 503) {
            response["headers"] = json!({
                "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer" } }
            });
        }
        responses.insert(format!("Problem{status}"), response);
    }
    Value::Object(responses)
}

fn problem_schema() -> Value {
    let codes: Vec<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    json!({
        "type": "object",
        "description": "An error as RFC 9457 describes it. Decide by code, which never changes.",
        "required": ["type", "title", "status", "detail", "code", "instance"],
        "properties": {
            "type": { "type": "string", "description": "The page that explains the problem.", "example": "/problems/not-found" },
            "title": { "type": "string", "description": "The name of the problem, in the reader's language." },
            "status": { "type": "integer", "description": "The HTTP status." },
            "detail": { "type": "string", "description": "This very case, in the reader's language." },
            "code": { "type": "string", "enum": codes },
            "instance": { "type": "string", "description": "The request, as the logs know it. Without the id for what is not found, so that a foreign thing cannot be told from a missing one." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "detail"],
                    "properties": {
                        "pointer": { "type": "string", "description": "JSON pointer to the field; a query parameter is under /query." },
                        "code": { "type": "string" },
                        "detail": { "type": "string" }
                    }
                }
            }
        }
    })
}
