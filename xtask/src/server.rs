//! A running `twinlens serve` that ends with the value.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;

pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT/`
    pub url: String,
}

impl Server {
    /// Serves the demo shop on a free port and waits until it listens.
    pub fn start(toolbox: &Toolbox) -> Result<Self> {
        let mut command = serve(toolbox, 0)?;
        let mut child = command.stdout(Stdio::piped()).spawn().context("expected to start `twinlens serve`")?;
        let stdout = child.stdout.take().context("expected the stdout of `twinlens serve`")?;
        let mut server = Server { child, url: String::new() };
        let mut lines = BufReader::new(stdout).lines();
        let announced = lines.by_ref().map_while(Result::ok).find_map(|line| find_url(&line));
        let Some(url) = announced else {
            bail!("expected a line with http://127.0.0.1:PORT/ from `twinlens serve`, found none before it ended");
        };
        server.url = url;
        // A full pipe would stop the server.
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `twinlens serve` with the demo shop; port 0 takes any free one.
pub fn serve(toolbox: &Toolbox, port: u16) -> Result<Command> {
    let catalogue = toolbox.checkout.join("www/demo/catalogue");
    if !catalogue.is_dir() {
        bail!("expected the demo shop's catalogue, found no folder {}", catalogue.display());
    }
    let mut command = Command::new(binary(toolbox));
    command.current_dir(&toolbox.checkout);
    command.arg("serve").arg("--catalogue").arg(catalogue).arg("--port").arg(port.to_string());
    Ok(command)
}

/// Builds the command-line face; quick when it is built.
pub fn build_binary(toolbox: &Toolbox) -> Result<()> {
    process::run(toolbox.command("cargo").args(["build", "--release", "--package", "twinlens", "--bin", "twinlens"]))
}

pub fn binary(toolbox: &Toolbox) -> PathBuf {
    toolbox.target_dir.join("release").join(format!("twinlens{}", std::env::consts::EXE_SUFFIX))
}

fn find_url(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    line[start..].split_whitespace().next().map(str::to_owned)
}
