//! From file, environment and flags to one tree of values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{Config, SettingsFault};

const PREFIX: &str = "ALVARA_";

/// A setting given on the command line.
#[derive(Clone, Debug)]
pub struct Flag {
    name: &'static str,
    key: &'static str,
    value: String,
}

impl Flag {
    /// The flag `name` (with its dashes) sets `section.key` to `value`.
    pub fn new(name: &'static str, key: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            key,
            value: value.into(),
        }
    }
}

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file; it must exist when it is named.
    pub file: Option<PathBuf>,
    /// The environment. Only names of the form `ALVARA_SECTION__KEY` count.
    pub environment: Vec<(String, String)>,
    /// Flags of the command line.
    pub flags: Vec<Flag>,
}

/// The settings of all sources over each other and over the defaults.
pub(super) fn merged(sources: &Sources) -> Result<Config, SettingsFault> {
    let shape = shape();
    let mut tree = Map::new();
    let mut written: BTreeMap<String, String> = BTreeMap::new();
    if let Some(file) = &sources.file {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| SettingsFault::Unreadable {
            file: file.clone(),
            error,
        })?;
        let table: Map<String, Value> =
            toml::from_str(&text).map_err(|error| SettingsFault::NoToml {
                file: file.clone(),
                error: Box::new(error),
            })?;
        refuse_unknown(&shape, &table, &name)?;
        if table
            .get("secrets")
            .is_some_and(|secrets| secrets.get("master_key").is_some())
        {
            return Err(SettingsFault::Wrong {
                source_of: name,
                key: "secrets.master_key".to_owned(),
                why: "the key itself does not belong in a settings file; set master_key_file or \
                      master_key_command here, or ALVARA_SECRETS__MASTER_KEY in the environment"
                    .to_owned(),
            });
        }
        for (section, values) in table {
            for (key, value) in values.as_object().cloned().unwrap_or_default() {
                put(&mut tree, &mut written, (&section, &key), value, &name);
            }
        }
    }
    for (name, value) in &sources.environment {
        let Some((section, key)) = variable(name) else {
            continue;
        };
        if value.is_empty() {
            // Compose files pass variables on that are not set as empty ones.
            continue;
        }
        let unknown = |known: Option<String>| SettingsFault::Unknown {
            source_of: "environment".to_owned(),
            key: name.clone(),
            known,
        };
        let Some(sample) = shape.get(&section).and_then(|keys| keys.get(&key)) else {
            let wanted = format!("{section}.{key}");
            let known = nearest(&wanted, all_keys(&shape)).map(|known| variable_name(&known));
            return Err(unknown(known));
        };
        put(
            &mut tree,
            &mut written,
            (&section, &key),
            typed(sample, value),
            name,
        );
    }
    for flag in &sources.flags {
        let Some((section, key)) = flag.key.split_once('.') else {
            continue;
        };
        let sample = shape
            .get(section)
            .and_then(|keys| keys.get(key))
            .unwrap_or(&Value::Null);
        let value = typed(sample, &flag.value);
        put(&mut tree, &mut written, (section, key), value, flag.name);
    }
    serde_path_to_error::deserialize(Value::Object(tree)).map_err(|error| {
        let path = error.path().to_string();
        let key = written
            .keys()
            .find(|key| path.starts_with(key.as_str()))
            .cloned()
            .unwrap_or(path);
        let source_of = written
            .get(&key)
            .cloned()
            .unwrap_or_else(|| "settings".to_owned());
        SettingsFault::Wrong {
            source_of,
            key,
            why: error.into_inner().to_string(),
        }
    })
}

/// Every section with every key and its default, which shows of what kind a value is.
fn shape() -> Map<String, Value> {
    match serde_json::to_value(Config::default()) {
        Ok(Value::Object(shape)) => shape,
        _ => Map::new(),
    }
}

fn all_keys(shape: &Map<String, Value>) -> Vec<String> {
    let keys = |section: &String, values: &Value| -> Vec<String> {
        values
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
            .map(|key| format!("{section}.{key}"))
            .collect()
    };
    shape
        .iter()
        .flat_map(|(section, values)| keys(section, values))
        .collect()
}

fn refuse_unknown(
    shape: &Map<String, Value>,
    table: &Map<String, Value>,
    name: &str,
) -> Result<(), SettingsFault> {
    for (section, values) in table {
        let unknown = |key: String, known: Option<String>| SettingsFault::Unknown {
            source_of: name.to_owned(),
            key,
            known,
        };
        let Some(known) = shape.get(section).and_then(Value::as_object) else {
            return Err(unknown(
                section.clone(),
                nearest(section, shape.keys().cloned().collect()),
            ));
        };
        let Some(values) = values.as_object() else {
            return Err(SettingsFault::Wrong {
                source_of: name.to_owned(),
                key: section.clone(),
                why: format!("it is a section; write [{section}] and its keys below"),
            });
        };
        if let Some(key) = values.keys().find(|key| !known.contains_key(*key)) {
            let wanted = format!("{section}.{key}");
            let known = nearest(&wanted, all_keys(shape));
            return Err(unknown(wanted, known));
        }
    }
    Ok(())
}

fn put(
    tree: &mut Map<String, Value>,
    written: &mut BTreeMap<String, String>,
    (section, key): (&str, &str),
    value: Value,
    source: &str,
) {
    if let Value::Object(keys) = tree
        .entry(section)
        .or_insert_with(|| Value::Object(Map::new()))
    {
        keys.insert(key.to_owned(), value);
    }
    written.insert(format!("{section}.{key}"), source.to_owned());
}

/// Section and key of a variable; `None` when it is not one of ours. Names without two underscores
/// in a row are not: a cluster sets `ALVARA_SERVICE_HOST` and the like in every container.
fn variable(name: &str) -> Option<(String, String)> {
    let (section, key) = name.strip_prefix(PREFIX)?.split_once("__")?;
    Some((section.to_ascii_lowercase(), key.to_ascii_lowercase()))
}

fn variable_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// A text as a value of the same kind as the sample. What does not fit stays a text, so that the
/// reader says what it expected.
fn typed(sample: &Value, text: &str) -> Value {
    match sample {
        Value::Number(_) => text
            .parse::<i64>()
            .map_or_else(|_| Value::from(text), Value::from),
        Value::Bool(_) => text
            .parse::<bool>()
            .map_or_else(|_| Value::from(text), Value::from),
        Value::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect(),
        _ => Value::from(text),
    }
}

/// The known key that is written most like the wanted one, if any is near.
fn nearest(wanted: &str, known: Vec<String>) -> Option<String> {
    known
        .into_iter()
        .map(|key| (distance(wanted, &key), key))
        .filter(|(distance, key)| *distance <= 2 + key.len() / 5)
        .min()
        .map(|(_, key)| key)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_counted_in_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("url", "ulr", 2),
            ("same", "same", 0),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
