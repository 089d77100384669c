//! The command `twinlens`.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    twinlens::cli::run()
}

/// `wasm-pack test` builds every target of the package; the command line has no wasm form.
#[cfg(target_arch = "wasm32")]
fn main() {}
