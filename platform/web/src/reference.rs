//! The API reference as a page: the OpenAPI document, written out as HTML on the server.
//!
//! No script and nothing from elsewhere: it works under the strictest policy, in a text browser
//! and in print, and the browser's own find is its search.

use std::collections::BTreeMap;
use std::fmt::Write;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value};

use crate::html::{document, escape};
use crate::openapi::{Document, operations};

/// The page, written once at start.
pub(crate) struct Reference(web::Bytes);

impl Reference {
    /// Writes the page of a document.
    pub(crate) fn new(document: &Document) -> Self {
        Self(web::Bytes::from(page(&document.value)))
    }
}

/// `GET /api/v1/docs`
pub(crate) async fn serve(reference: web::Data<Reference>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(reference.0.clone())
}

/// Path, method and description of an operation.
type Operation<'a> = (&'a str, &'a str, &'a Value);

fn page(api: &Value) -> String {
    let mut groups: BTreeMap<usize, (String, Vec<Operation<'_>>)> = BTreeMap::new();
    let order: Vec<&str> = api["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    for (path, method, operation) in operations(api) {
        let tag = operation["tags"][0].as_str().unwrap_or("other");
        let place = order
            .iter()
            .position(|name| *name == tag)
            .unwrap_or(order.len());
        groups
            .entry(place)
            .or_insert_with(|| (tag.to_owned(), Vec::new()))
            .1
            .push((path, method, operation));
    }
    let title = escape(api["info"]["title"].as_str().unwrap_or("API"));
    let mut body = format!(
        "<header><h1>{title}</h1>\n<p>{}</p>\n<p><a href=\"/api/v1/openapi.json\">OpenAPI document</a> · <a href=\"/problems\">Problems</a></p></header>\n",
        prose(&api["info"]["description"])
    );
    body.push_str("<nav aria-label=\"Groups\"><ul>");
    for (tag, all) in groups.values() {
        let _ = write!(
            body,
            "<li><a href=\"#{id}\">{tag}</a> <span class=\"mark\">{count}</span></li>",
            id = anchor(tag),
            tag = escape(tag),
            count = all.len()
        );
    }
    body.push_str("</ul></nav>\n<main>\n");
    for (tag, all) in groups.values() {
        let about = api["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|known| known["name"] == tag.as_str());
        let _ = writeln!(
            body,
            "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{tag}</h2>",
            id = anchor(tag),
            tag = escape(tag)
        );
        if let Some(about) = about {
            let _ = write!(body, "<p>{}</p>", prose(&about["description"]));
        }
        for (path, method, operation) in all {
            write_operation(&mut body, api, path, method, operation);
        }
        body.push_str("</section>\n");
    }
    body.push_str("</main>");
    document("en", &title, &body)
}

fn write_operation(out: &mut String, api: &Value, path: &str, method: &str, operation: &Value) {
    let id = operation["operationId"].as_str().unwrap_or(path);
    let _ = write!(
        out,
        "<article class=\"operation\" id=\"{id}\"><h3><span class=\"method {method}\">{upper}</span> <a href=\"#{id}\"><code>{path}</code></a></h3>\n<p>{summary}</p>\n",
        id = anchor(id),
        upper = method.to_ascii_uppercase(),
        path = escape(path),
        summary = prose(&operation["summary"]),
    );
    if operation["description"].is_string() {
        let _ = write!(out, "<p>{}</p>", prose(&operation["description"]));
    }
    write_parameters(out, operation);
    let body = body_schema(operation);
    if let Some((media, schema)) = body {
        let _ = write!(
            out,
            "<h4>Body <span class=\"mark\">{}</span></h4>",
            escape(media)
        );
        write_fields(out, api, schema);
    }
    write_answers(out, api, operation);
    let _ = writeln!(
        out,
        "<details><summary>curl</summary><pre tabindex=\"0\"><code>{}</code></pre></details></article>",
        escape(&curl(api, path, method, operation))
    );
}

fn write_parameters(out: &mut String, operation: &Value) {
    let Some(parameters) = operation["parameters"]
        .as_array()
        .filter(|all| !all.is_empty())
    else {
        return;
    };
    out.push_str("<h4>Parameters</h4><div class=\"scroll\"><table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for parameter in parameters {
        let required = if parameter["required"] == true {
            " <span class=\"mark\">required</span>"
        } else {
            ""
        };
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{required}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            escape(&type_name(&parameter["schema"])),
            prose(&parameter["description"]),
        );
    }
    out.push_str("</tbody></table></div>");
}

fn write_fields(out: &mut String, api: &Value, schema: &Value) {
    let resolved = resolve(api, schema);
    let properties = properties(api, resolved);
    if properties.is_empty() {
        let _ = write!(out, "<p>{}</p>", escape(&type_name(schema)));
        return;
    }
    let required: Vec<&str> = required(api, resolved);
    out.push_str("<div class=\"scroll\"><table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for (name, property) in &properties {
        let mark = if required.contains(&name.as_str()) {
            " <span class=\"mark\">required</span>"
        } else {
            ""
        };
        let about = match &property["description"] {
            Value::Null => &resolve(api, property)["description"],
            own => own,
        };
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{mark}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            escape(&type_name(property)),
            prose(about),
        );
    }
    out.push_str("</tbody></table></div>");
    if let Value::Object(sample) = example(api, schema, 0) {
        let pretty = serde_json::to_string_pretty(&sample).unwrap_or_default();
        let _ = write!(
            out,
            "<details><summary>Example</summary><pre tabindex=\"0\"><code>{}</code></pre></details>",
            escape(&pretty)
        );
    }
}

fn write_answers(out: &mut String, api: &Value, operation: &Value) {
    let empty = Map::new();
    let responses = operation["responses"].as_object().unwrap_or(&empty);
    let (good, bad): (Vec<_>, Vec<_>) = responses
        .iter()
        .partition(|(status, _)| status.starts_with('2') || status.starts_with('3'));
    for (status, response) in good {
        let _ = write!(
            out,
            "<h4>Answer {} <span class=\"mark\">{}</span></h4>",
            escape(status),
            prose(&response["description"])
        );
        let schema = response["content"]
            .as_object()
            .and_then(|all| all.values().next())
            .map(|media| &media["schema"]);
        if let Some(schema) = schema.filter(|schema| schema.is_object()) {
            write_fields(out, api, schema);
        }
    }
    out.push_str("<details><summary>Problems</summary><div class=\"scroll\"><table><tbody>");
    for (status, response) in bad {
        let about = &resolve(api, response)["description"];
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td></tr>",
            escape(status),
            prose(about)
        );
    }
    out.push_str("</tbody></table></div></details>");
}

fn body_schema(operation: &Value) -> Option<(&str, &Value)> {
    let (media, content) = operation["requestBody"]["content"]
        .as_object()?
        .iter()
        .next()?;
    Some((media, &content["schema"]))
}

fn curl(api: &Value, path: &str, method: &str, operation: &Value) -> String {
    let mut line = format!("curl -X {} \"$HOST{path}\"", method.to_ascii_uppercase());
    let open = operation["security"].as_array().is_some_and(|all| {
        all.iter()
            .all(|one| one.as_object().is_some_and(Map::is_empty))
    });
    if !open {
        line.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    if method == "patch" {
        line.push_str(" \\\n  -H 'If-Match: \"1\"'");
    }
    if let Some((media, schema)) = body_schema(operation) {
        let sample = example(api, schema, 0);
        if media == "application/json" {
            let _ = write!(
                line,
                " \\\n  -H 'Content-Type: application/json' \\\n  -d '{sample}'"
            );
        } else if let Value::Object(fields) = sample {
            for (name, value) in fields {
                let _ = write!(
                    line,
                    " \\\n  -d {name}={}",
                    value.as_str().unwrap_or_default()
                );
            }
        }
    }
    line
}

/// Follows a reference within the document.
fn resolve<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(pointer) = schema["$ref"]
        .as_str()
        .and_then(|target| target.strip_prefix('#'))
    else {
        return schema;
    };
    api.pointer(pointer).unwrap_or(schema)
}

fn properties(api: &Value, schema: &Value) -> Vec<(String, Value)> {
    let own = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()));
    let parts = schema["allOf"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|part| properties(api, resolve(api, part)));
    own.chain(parts).collect()
}

fn required<'a>(api: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let own = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let parts = schema["allOf"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|part| required(api, resolve(api, part)));
    own.chain(parts).collect()
}

/// A short name of a type: `string`, `integer or null`, `list of LicenseView`.
fn type_name(schema: &Value) -> String {
    if let Some(target) = schema["$ref"].as_str() {
        return target.rsplit('/').next().unwrap_or(target).to_owned();
    }
    if let Some(choices) = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
    {
        let names: Vec<String> = choices.iter().map(type_name).collect();
        return names.join(" or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        return values.join(" | ");
    }
    match &schema["type"] {
        Value::Array(types) => {
            let names: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        Value::String(name) if name == "array" => {
            format!("list of {}", type_name(&schema["items"]))
        }
        Value::String(name) => match schema["format"].as_str() {
            Some("date-time") => "time".to_owned(),
            _ => name.clone(),
        },
        _ => "any".to_owned(),
    }
}

/// A plausible value of a schema: its own example where it has one.
fn example(api: &Value, schema: &Value, depth: u8) -> Value {
    let schema = resolve(api, schema);
    for own in [
        &schema["example"],
        &schema["examples"][0],
        &schema["default"],
        &schema["enum"][0],
    ] {
        if !own.is_null() {
            return own.clone();
        }
    }
    if depth > 6 {
        return Value::Null;
    }
    if let Some(choice) = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
    {
        let first = choice.iter().find(|one| one["type"] != "null");
        return first.map_or(Value::Null, |one| example(api, one, depth + 1));
    }
    let properties = properties(api, schema);
    if !properties.is_empty() {
        let fields = properties.into_iter().map(|(name, value)| {
            let sample = example(api, &value, depth + 1);
            (name, sample)
        });
        return Value::Object(fields.collect());
    }
    let kind = match &schema["type"] {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        other => other.as_str(),
    };
    match kind {
        Some("array") => Value::Array(vec![example(api, &schema["items"], depth + 1)]),
        Some("integer" | "number") => schema["minimum"].as_i64().unwrap_or(1).into(),
        Some("boolean") => true.into(),
        Some("string") if schema["format"] == "date-time" => "2026-01-01T00:00:00.000Z".into(),
        Some("string") => "…".into(),
        _ => Value::Null,
    }
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// Escaped text in which `code` between back-ticks is set as code.
fn prose(value: &Value) -> String {
    let safe = text(value);
    let mut out = String::with_capacity(safe.len());
    for (index, piece) in safe.split('`').enumerate() {
        if index % 2 == 1 {
            let _ = write!(out, "<code>{piece}</code>");
        } else {
            out.push_str(piece);
        }
    }
    out
}

fn anchor(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect()
}
