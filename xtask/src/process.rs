//! Running other programs, with errors that name the command and the folder.

use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// Runs `command` with its output shown.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("expected to start {}", describe(command)))?;
    if !status.success() {
        bail!("expected success, found {status} from {}", describe(command));
    }
    Ok(())
}

/// Runs `command` silently; on failure the error ends with the last line it wrote that reads like a reason.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let output = capture(command)?;
    if !output.status.success() {
        bail!("expected success, found {} from {}: {}", output.status, describe(command), reason(&output));
    }
    Ok(())
}

/// What `command` writes to stdout, trimmed; an error when it fails.
pub fn read(command: &mut Command) -> Result<String> {
    let output = capture(command)?;
    if !output.status.success() {
        bail!("expected success, found {} from {}: {}", output.status, describe(command), reason(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `command` starts and succeeds; its output is not shown.
pub fn succeeds(command: &mut Command) -> bool {
    capture(command).is_ok_and(|output| output.status.success())
}

fn capture(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("expected to start {}", describe(command)))
}

fn reason(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let lines = || stderr.lines().chain(stdout.lines()).map(str::trim).filter(|line| !line.is_empty());
    lines()
        .find(|line| line.starts_with("E:") || line.starts_with("error"))
        .or_else(|| lines().next_back())
        .unwrap_or("it wrote nothing")
        .to_owned()
}

fn describe(command: &Command) -> String {
    let words: Vec<_> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_string_lossy()).collect();
    match command.get_current_dir() {
        Some(dir) => format!("`{}` in {}", words.join(" "), dir.display()),
        None => format!("`{}`", words.join(" ")),
    }
}
