//! Where the master key comes from, and how the first one is made.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use alvara_vault::{MasterKey, Secret};

use crate::config::Config;
use crate::exit::{Exit, Failure, Outcome};

/// Which source the settings name.
#[derive(Debug)]
pub(crate) enum Source {
    /// `ALVARA_SECRETS__MASTER_KEY`.
    Environment(Secret),
    /// A command that prints it.
    Command(String),
    /// A file somebody chose.
    File(PathBuf),
    /// The file in the data directory, made by a first start.
    OwnFile(PathBuf),
}

impl Source {
    pub(crate) fn of(config: &Config) -> Self {
        let secrets = &config.secrets;
        if let Some(key) = &secrets.master_key {
            return Self::Environment(Secret::new(key.clone()));
        }
        if let Some(command) = &secrets.master_key_command {
            return Self::Command(command.clone());
        }
        match &secrets.master_key_file {
            Some(file) => Self::File(file.clone()),
            None => Self::OwnFile(config.default_master_key_file()),
        }
    }

    /// What to call it in a message.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Environment(_) => "ALVARA_SECRETS__MASTER_KEY".to_owned(),
            Self::Command(_) => "the command secrets.master_key_command".to_owned(),
            Self::File(file) | Self::OwnFile(file) => file.display().to_string(),
        }
    }

    /// Reads the key. `None` when it is the file of the data directory and that is not there.
    pub(crate) fn read(&self) -> Outcome<Option<MasterKey>> {
        let text = match self {
            Self::Environment(key) => key.clone(),
            Self::Command(command) => run(command)?,
            Self::File(file) => read_file(file)?,
            Self::OwnFile(file) if !file.exists() => return Ok(None),
            Self::OwnFile(file) => read_file(file)?,
        };
        let key = MasterKey::from_text(text.expose()).map_err(|_| {
            Failure::new(
                Exit::MasterKey,
                format!("{} holds no master key", self.name()),
            )
            .hint("a master key is 64 hexadecimal digits; `alvara key generate` makes one")
        })?;
        Ok(Some(key))
    }

    /// The file, when it may be read by others than its owner.
    pub(crate) fn too_open(&self) -> Option<&Path> {
        let (Self::File(file) | Self::OwnFile(file)) = self else {
            return None;
        };
        let mode = std::fs::metadata(file).ok()?.permissions().mode();
        (mode & 0o077 != 0).then_some(file.as_path())
    }
}

/// Reads the key of an installation that exists.
///
/// A missing file is never replaced by a new key here: what the database holds was sealed under
/// the old one, and a second key would only hide the loss until somebody needs a signature.
pub(crate) fn load(config: &Config) -> Outcome<MasterKey> {
    let source = Source::of(config);
    source.read()?.ok_or_else(|| {
        Failure::new(Exit::MasterKey, format!("there is no master key: {} does not exist", source.name())).hint(
            "put the key file of this installation back, or say where the key is with \
             secrets.master_key_file, secrets.master_key_command or ALVARA_SECRETS__MASTER_KEY. \
             For a new installation on a database server, `alvara key generate --out FILE` makes one",
        )
    })
}

/// Makes a key and writes it to a new file that only its owner may read.
pub(crate) fn create_file(file: &Path) -> Outcome<MasterKey> {
    let key = MasterKey::generate().map_err(|error| Failure::refused(error.to_string()))?;
    let cannot = |error: std::io::Error| {
        Failure::new(
            Exit::MasterKey,
            format!("{} cannot be written: {error}", file.display()),
        )
    };
    let mut handle = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(cannot)?;
    writeln!(handle, "{}", key.to_hex().expose()).map_err(cannot)?;
    handle.sync_all().map_err(cannot)?;
    Ok(key)
}

fn read_file(file: &Path) -> Outcome<Secret> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::new(
            Exit::MasterKey,
            format!(
                "the master key file {} cannot be read: {error}",
                file.display()
            ),
        )
        .hint("the process needs to read it, and nobody else should")
    })?;
    Ok(Secret::new(text))
}

fn run(command: &str) -> Outcome<Secret> {
    // The command is the operator's own and may hold a secret: neither it nor its output is shown.
    let failed =
        |why: String| Failure::new(Exit::MasterKey, format!("secrets.master_key_command {why}"));
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    String::from_utf8(output.stdout)
        .map(Secret::new)
        .map_err(|_| failed("printed no text".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path) -> Config {
        let mut config = Config::default();
        config.data.directory = folder.to_owned();
        config
    }

    #[test]
    fn a_key_comes_from_file_command_or_environment() {
        // R-LIC-12
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        assert_eq!(load(&config).unwrap_err().exit(), Exit::MasterKey);
        let made = create_file(&config.default_master_key_file()).unwrap();
        let hex = made.to_hex();
        assert_eq!(load(&config).unwrap().to_hex().expose(), hex.expose());
        assert_eq!(Source::of(&config).too_open(), None);
        let mode = std::fs::metadata(config.default_master_key_file())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);

        config.secrets.master_key_command = Some(format!(
            "cat {}",
            config.default_master_key_file().display()
        ));
        assert_eq!(load(&config).unwrap().to_hex().expose(), hex.expose());
        config.secrets.master_key_command = Some("exit 3".to_owned());
        assert_eq!(load(&config).unwrap_err().exit(), Exit::MasterKey);
        config.secrets.master_key_command = None;

        config.secrets.master_key = Some("11".repeat(32));
        assert_eq!(load(&config).unwrap().to_hex().expose(), "11".repeat(32));
        config.secrets.master_key = Some("11".repeat(31));
        let said = load(&config).unwrap_err().to_string();
        assert!(!said.contains("1111"), "{said}");
    }

    #[test]
    fn a_key_file_is_never_overwritten_and_open_ones_are_noticed() {
        // R-LIC-12
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let file = config.default_master_key_file();
        create_file(&file).unwrap();
        assert_eq!(create_file(&file).unwrap_err().exit(), Exit::MasterKey);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Source::of(&config).too_open(), Some(file.as_path()));
    }
}
