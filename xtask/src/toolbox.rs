//! Where things are, and the environment that every child process gets.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The checkout, the folder cargo builds into, and how children find their tools.
pub struct Toolbox {
    pub checkout: PathBuf,
    /// Absolute, whatever `CARGO_TARGET_DIR` or a cargo config says.
    pub target_dir: PathBuf,
    /// Where `cargo install` puts programs is `bin` below this.
    pub cargo_home: PathBuf,
    search_path: Vec<PathBuf>,
    /// rustup's proxy hands its own choice down in `RUSTUP_TOOLCHAIN`, which outranks an override set meanwhile:
    /// children get the choice of this run explicitly.
    toolchain: Option<OsString>,
}

impl Toolbox {
    pub fn discover() -> Result<Self> {
        let manifest_dir =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let checkout =
            manifest_dir.parent().context("expected xtask inside the checkout, found it at the root")?.to_owned();
        let cargo_home = match env::var_os("CARGO_HOME") {
            Some(path) => PathBuf::from(path),
            None => PathBuf::from(env::var_os("HOME").context("expected CARGO_HOME or HOME to be set")?).join(".cargo"),
        };
        let mut search_path: Vec<PathBuf> =
            env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        // Last, so that rustup's proxies there never hide a plain toolchain that the caller put on PATH.
        push_new(&mut search_path, cargo_home.join("bin"));
        if let Some(dir) = env::var_os("CARGO").as_deref().map(Path::new).and_then(Path::parent) {
            push_new(&mut search_path, dir.to_owned());
        }
        let mut toolbox = Toolbox {
            target_dir: checkout.join("target"),
            checkout,
            cargo_home,
            search_path,
            toolchain: env::var_os("RUSTUP_TOOLCHAIN"),
        };
        toolbox.target_dir = toolbox.ask_target_dir()?;
        Ok(toolbox)
    }

    /// A command that runs in the checkout with this toolbox's PATH, toolchain and target folder.
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.command_without_target_dir(program);
        command.env("CARGO_TARGET_DIR", &self.target_dir);
        command
    }

    fn command_without_target_dir(&self, program: &str) -> Command {
        let mut command = match self.find(program) {
            Some(path) => Command::new(path),
            None => Command::new(program),
        };
        command.current_dir(&self.checkout);
        command.env("PATH", env::join_paths(&self.search_path).unwrap_or_default());
        // `cargo run` describes xtask in these; another cargo, or a crate that asks CARGO which cargo to run, would
        // take them for its own.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text == "CARGO" || text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
            self.keep_foreign_libraries_out(&mut command, &paths);
        }
        match &self.toolchain {
            Some(toolchain) => command.env("RUSTUP_TOOLCHAIN", toolchain),
            None => command.env_remove("RUSTUP_TOOLCHAIN"),
        };
        command
    }

    /// `cargo run` adds the libraries of its own toolchain; a child may run another one.
    fn keep_foreign_libraries_out(&self, command: &mut Command, paths: &OsString) {
        let own = |path: &PathBuf| {
            path.starts_with(&self.target_dir)
                || path.components().any(|part| part.as_os_str() == "rustlib" || part.as_os_str() == "toolchains")
        };
        let kept: Vec<PathBuf> = env::split_paths(paths).filter(|path| !own(path)).collect();
        match env::join_paths(kept) {
            Ok(kept) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", kept),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }

    /// The first executable of that name on the children's PATH.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        self.search_path.iter().map(|dir| dir.join(program)).find(|path| is_executable(path))
    }

    /// From now on children run this rustup toolchain.
    pub fn use_toolchain(&mut self, name: &str) {
        self.toolchain = Some(name.into());
    }

    /// From now on children look here before anywhere else.
    pub fn put_first_on_path(&mut self, dir: &Path) {
        self.toolchain = None;
        self.search_path.insert(0, dir.to_owned());
    }

    /// Chromium for the tests that drive a page.
    pub fn chromium(&self) -> Option<PathBuf> {
        let named = env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| is_executable(path));
        named.or_else(|| {
            ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
                .iter()
                .find_map(|name| self.find(name))
        })
    }

    fn ask_target_dir(&self) -> Result<PathBuf> {
        let mut command = self.command_without_target_dir("cargo");
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        // Relative to the caller's folder, as for any other cargo command.
        if let Ok(dir) = env::current_dir() {
            command.current_dir(dir);
        }
        command.arg("--manifest-path").arg(self.checkout.join("Cargo.toml"));
        let metadata: serde_json::Value =
            serde_json::from_str(&process::read(&mut command)?).context("expected JSON from `cargo metadata`")?;
        let dir = metadata["target_directory"].as_str();
        dir.map(PathBuf::from).context("expected target_directory in the output of `cargo metadata`")
    }
}

fn push_new(paths: &mut Vec<PathBuf>, path: PathBuf) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

fn is_executable(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}
