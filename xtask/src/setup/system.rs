//! Programs and drivers that the distribution provides.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;

/// Something the machine must have, and the Debian packages that bring it.
struct Need {
    is_met: fn(&Toolbox) -> bool,
    packages: &'static [&'static str],
}

const NEEDS: [Need; 6] = [
    // libwebp, for reading and writing WebP natively, is C.
    Need { is_met: |toolbox| toolbox.find("cc").is_some(), packages: &["gcc", "libc6-dev"] },
    Need { is_met: |toolbox| toolbox.chromium().is_some(), packages: &["chromium"] },
    Need {
        is_met: |toolbox| toolbox.find("firefox-esr").or_else(|| toolbox.find("firefox")).is_some(),
        packages: &["firefox-esr"],
    },
    Need { is_met: |toolbox| toolbox.find("chromedriver").is_some(), packages: &["chromium-driver"] },
    Need {
        is_met: |toolbox| toolbox.find("node").is_some() && toolbox.find("npm").is_some(),
        packages: &["nodejs", "npm"],
    },
    Need { is_met: |_| has_vulkan_driver(), packages: &["mesa-vulkan-drivers", "libvulkan1"] },
];

/// What some tests run in beside Chromium and Firefox: they say that they are skipped where it is not.
const WEBKIT: Need = Need {
    is_met: |toolbox| toolbox.find("WebKitWebDriver").is_some() && toolbox.find("Xvfb").is_some(),
    packages: &["webkit2gtk-driver", "xvfb"],
};

/// Installs WebKitGTK's driver where that can be had, and says so where it cannot.
pub fn install_webkit(toolbox: &Toolbox) {
    if (WEBKIT.is_met)(toolbox) {
        return;
    }
    if let Err(error) = install(toolbox, WEBKIT.packages) {
        eprintln!("setup: the tests in WebKitGTK will be skipped: {error:#}");
    }
}

/// The Debian packages for everything this machine lacks.
pub fn missing_packages(toolbox: &Toolbox) -> Vec<&'static str> {
    let unmet = NEEDS.iter().filter(|need| !(need.is_met)(toolbox));
    unmet.flat_map(|need| need.packages.iter().copied()).collect()
}

/// Installs Debian packages; nothing to do for none.
pub fn install(toolbox: &Toolbox, packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if toolbox.find("apt-get").is_none() || !is_root(toolbox) {
        bail!(
            "expected root and apt-get to install what this machine lacks; \
             install the equivalent of these Debian packages and run again: {list}"
        );
    }
    eprintln!("setup: apt-get install {list}");
    let apt = |arguments: &[&str]| {
        let mut command: Command = toolbox.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::run_quietly(&mut command)
    };
    let install = [["install", "--yes", "--no-install-recommends"].as_slice(), packages].concat();
    // A package list that is there may be too old to name files that still exist; one that is not there names none.
    apt(&install)
        .or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
        .with_context(|| format!("cannot install the Debian packages {list}"))
}

fn is_root(toolbox: &Toolbox) -> bool {
    process::read(toolbox.command("id").arg("-u")).is_ok_and(|user| user == "0")
}

/// Vulkan is how the native GPU engine runs on Linux; elsewhere the system brings its own API.
fn has_vulkan_driver() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let variables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
    variables.iter().any(|name| std::env::var_os(name).is_some())
        || ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].iter().any(|dir| holds_json(Path::new(dir)))
}

fn holds_json(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else {
        return false;
    };
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
}
