//! Builds that are killed, or that run out of room.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Shop, encoded, picture, refused, text};
use image::ImageFormat;
use twinlens::catalogue::MANIFEST_FILE;
use twinlens::merchant::build::JOURNAL_FILE;

/// Listings of the shop.
const LISTINGS: u32 = 6;
/// Moments at which a build is killed, by the share of the journal that is there.
const MOMENTS: u64 = 10;

fn shop() -> Shop {
    let rows: String = (0..LISTINGS).map(|i| format!("p{i},{i}.png,Product number {i}\n")).collect();
    let shop = Shop::with(format!("id,image,title\n{rows}"));
    (0..LISTINGS).for_each(|i| shop.write(&format!("images/{i}.png"), &encoded(&picture(i + 20), ImageFormat::Png)));
    shop
}

/// The bytes of a folder's files by name, but for the journal and temporary files.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder)
        .map(|entries| entries.map(|e| e.unwrap().path()).collect())
        .unwrap_or_else(|_| Vec::new());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_string();
    entries.iter().filter(|p| !name(p).starts_with('.')).map(|p| (name(p), std::fs::read(p).unwrap())).collect()
}

/// Begins a build and kills it when its journal has so many bytes, or lets it end when it never has.
fn killed_at(arguments: &[String], journal: &Path, bytes: u64) {
    let mut build = Command::new(env!("CARGO_BIN_EXE_twinlens"));
    build.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).env_remove("TWINLENS_MODELS");
    let mut build = build.spawn().unwrap();
    while build.try_wait().unwrap().is_none() {
        if std::fs::metadata(journal).is_ok_and(|data| data.len() >= bytes) {
            build.kill().unwrap();
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_build_that_is_killed_at_any_moment_leaves_the_old_catalogue_and_a_rerun_gives_what_it_would_have_given() {
    let undisturbed = shop();
    undisturbed.build(&[]);
    let expected = files(&undisturbed.path("catalogue"));
    let shop = shop();
    let journal = shop.path("catalogue").join(JOURNAL_FILE);
    let mut taken_over = 0;
    for update in [false, true] {
        let options: &[&str] = if update { &["--update"] } else { &[] };
        for moment in 0..MOMENTS / 2 {
            std::fs::remove_dir_all(shop.path("catalogue")).ok();
            let old = if update {
                // The old catalogue is of other titles, so that all rows are made anew.
                let csv = std::fs::read_to_string(shop.path("listings.csv")).unwrap();
                shop.write("listings.csv", csv.replace("Product", "Thing").as_bytes());
                shop.build(&[]);
                shop.write("listings.csv", csv.as_bytes());
                files(&shop.path("catalogue"))
            } else {
                BTreeMap::new()
            };
            killed_at(&shop.build_arguments(options), &journal, 100 + moment * 6_000);
            let left = files(&shop.path("catalogue"));
            // A build that was done before it could be killed has put its own catalogue in place.
            let is_done = left.get(MANIFEST_FILE) == expected.get(MANIFEST_FILE);
            for (name, bytes) in old.iter().filter(|_| !is_done) {
                assert!(left.get(name) == Some(bytes), "{name} differs at moment {moment}");
            }
            let summary = shop.build(options);
            taken_over += summary["reused"].as_u64().unwrap();
            let found = files(&shop.path("catalogue"));
            for (name, bytes) in &expected {
                // It names the old catalogue's files as well.
                if name != "merchant.json" {
                    assert!(found.get(name) == Some(bytes), "{name} differs at moment {moment}, {options:?}");
                }
            }
            assert!(!journal.exists());
        }
    }
    assert!(taken_over > 0, "no row was taken over from a journal");
}

#[test]
fn a_disk_that_is_full_leaves_the_old_catalogue_and_says_so() {
    let shop = shop();
    let out = shop.path("catalogue");
    std::fs::create_dir(&out).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16k", "none"]).arg(&out).output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        println!("skipped: a small file system cannot be mounted here");
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        std::fs::write(out.join("catalogue.json"), b"old").unwrap();
        refused(&shop.build_arguments(&[])).says(&["room for a file", &text(&out)]);
        assert_eq!(std::fs::read(out.join("catalogue.json")).unwrap(), b"old");
    });
    Command::new("umount").arg(&out).status().unwrap();
    outcome.unwrap();
}
