//! Catalogues and packs that were altered, cut off or made by another version, and a disk that is full.

use std::path::PathBuf;

use crate::support::{
    Refusal, Shop, alter, flip, halve, models, one_clear_line, outcome, refused, refused_match, sha256, text, twinlens,
};
use tempfile::TempDir;
use twinlens::encoder::Encoder;
use twinlens::engine::Device;
use twinlens::merchant::build::JOURNAL_FILE;
use twinlens::pack::Pack;
use twinlens::photo::Photo;

/// The same bytes with a text in place of another of the same length.
fn replace(bytes: &mut [u8], old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|w| w == old.as_bytes()).unwrap();
    bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
}

#[test]
fn a_catalogue_finds_its_own_photos() {
    let shop = Shop::of_photos();
    assert_eq!(["1", "2", "3"].map(|i| shop.best_of_photo(&format!("images/{i}.png"))), ["a", "b", "c"]);
}

#[test]
fn an_altered_shard_is_refused_with_both_hashes() {
    let shop = Shop::of_photos();
    let shard = shop.shard();
    let expected = sha256(&shard);
    alter(&shard, flip);
    let refusal = refused_match(&shop, &models(), "bad-shard", &shard);
    refusal.says(&[&format!("SHA-256 {expected}"), &format!("SHA-256 {}", sha256(&shard))]);
}

#[test]
fn a_truncated_shard_is_refused_with_both_sizes() {
    let shop = Shop::of_photos();
    let shard = shop.shard();
    let whole = std::fs::metadata(&shard).unwrap().len();
    alter(&shard, halve);
    let refusal = refused_match(&shop, &models(), "bad-shard", &shard);
    refusal.says(&[&format!("expected {whole} bytes"), &format!("found {} bytes", whole / 2)]);
}

#[test]
fn an_empty_shard_is_refused() {
    let shop = Shop::of_photos();
    let shard = shop.shard();
    alter(&shard, Vec::clear);
    refused_match(&shop, &models(), "bad-shard", &shard).says(&["found 0 bytes"]);
}

#[test]
fn a_missing_shard_is_refused_with_its_path() {
    let shop = Shop::of_photos();
    let shard = shop.shard();
    std::fs::remove_file(&shard).unwrap();
    refused_match(&shop, &models(), "io", &shard);
}

#[test]
fn a_folder_without_a_catalogue_is_refused() {
    let shop = Shop::with("id,title\na,Tea\n");
    refused_match(&shop, &models(), "io", &shop.path("catalogue/catalogue.json"));
}

#[test]
fn an_update_of_an_altered_catalogue_is_refused_and_leaves_it() {
    let shop = Shop::of_photos();
    let shard = shop.shard();
    alter(&shard, flip);
    let before = sha256(&shard);
    assert_eq!(refused(&shop.build_arguments(&["--update"])).code, "bad-shard");
    assert_eq!(sha256(&shard), before);
}

#[test]
fn a_new_build_repairs_an_altered_catalogue() {
    let shop = Shop::of_photos();
    alter(&shop.shard(), flip);
    shop.build(&[]);
    assert_eq!(shop.best_of_photo("images/2.png"), "b");
}

/// A folder with one of the committed packs, and that pack's path there.
fn one_pack(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join(format!("{name}.safetensors"));
    std::fs::copy(models().join(format!("{name}.safetensors")), &pack).unwrap();
    (folder, pack)
}

/// How an embedding of a photo is refused after a change of the pack, by a message that names the pack.
fn refused_pack(change: impl Fn(&mut Vec<u8>)) -> Refusal {
    let (folder, pack) = one_pack("efficientnet-lite0");
    alter(&pack, change);
    let shop = Shop::with("");
    let photo = text(&shop.path("images/1.png"));
    let refusal = refused(&["embed", "--photo", &photo, "--device", "cpu", "--models", &text(folder.path())]);
    assert_eq!(refusal.code, "bad-pack");
    refusal.says(&[&text(&pack)]);
    refusal
}

#[test]
fn an_altered_pack_is_refused_with_both_hashes() {
    let refusal = refused_pack(flip);
    let (expected, found) = refusal.message.split_once("found").unwrap();
    assert!(expected.contains("SHA-256") && found.contains("SHA-256"), "{}", refusal.message);
}

#[test]
fn a_truncated_pack_is_refused_with_its_size() {
    let whole = std::fs::metadata(models().join("efficientnet-lite0.safetensors")).unwrap().len();
    refused_pack(halve).says(&["a whole safetensors file", &format!("{} bytes", whole / 2)]);
}

#[test]
fn an_empty_pack_is_refused() {
    refused_pack(Vec::clear).says(&["found 0 bytes"]);
}

#[test]
fn a_pack_of_another_version_is_refused_with_both_versions() {
    let change = |bytes: &mut Vec<u8>| replace(bytes, "\\\"version\\\":1,", "\\\"version\\\":7,");
    refused_pack(change).says(&["expected pack format version 1", "found version 7"]);
}

#[test]
fn a_pack_whose_header_was_altered_gives_an_error_or_an_embedding_but_never_a_panic() {
    let whole = std::fs::read(models().join("efficientnet-lite0.safetensors")).unwrap();
    let at = |text: &str| whole.windows(text.len()).position(|w| w == text.as_bytes()).unwrap();
    let (graph, end) = (at("\\\"graph\\\""), at("\\\"source\\\""));
    let digits: Vec<usize> = (graph..end).filter(|i| whole[*i].is_ascii_digit()).collect();
    for i in digits.iter().step_by(digits.len() / 80) {
        let mut bytes = whole.clone();
        bytes[*i] = if bytes[*i] == b'9' { b'1' } else { b'9' };
        let embed = || {
            let pack = Pack::read(&bytes, "memory", None)?;
            let mut encoder = pollster::block_on(Encoder::new(&Device::Cpu { reason: None }, &pack, None))?;
            let photo = Photo { width: 1, height: 1, rgb: vec![0; 3] };
            match &mut encoder {
                Encoder::Image(encoder) => pollster::block_on(encoder.embed(&photo)),
                Encoder::Text(_) => panic!("expected a pack of photos"),
            }
        };
        let around = String::from_utf8_lossy(&bytes[i - 80..i + 20]).into_owned();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(embed));
        assert!(result.is_ok(), "a panic after …{around}…");
    }
}

#[test]
fn a_shard_in_place_of_a_pack_is_refused() {
    let shop = Shop::of_photos();
    let shard = std::fs::read(shop.shard()).unwrap();
    refused_pack(|bytes| *bytes = shard.clone()).says(&["metadata under \"twinlens.pack\""]);
}

#[test]
fn a_pack_that_is_not_there_is_refused_with_its_path() {
    let shop = Shop::of_photos();
    let folder = tempfile::tempdir().unwrap();
    refused_match(&shop, folder.path(), "io", &folder.path().join("efficientnet-lite0.safetensors"));
}

#[test]
fn a_match_with_another_pack_than_made_the_catalogue_is_refused_with_both_fingerprints() {
    let shop = Shop::of_photos();
    let (folder, pack) = one_pack("efficientnet-lite0");
    let expected = sha256(&pack);
    std::fs::copy(models().join("efficientnet-lite2.safetensors"), &pack).unwrap();
    refused_match(&shop, folder.path(), "bad-pack", &pack).says(&[&expected, &sha256(&pack)]);
}

#[test]
fn a_match_with_an_altered_pack_is_refused_with_both_fingerprints() {
    let shop = Shop::of_photos();
    let (folder, pack) = one_pack("efficientnet-lite0");
    let expected = sha256(&pack);
    alter(&pack, flip);
    refused_match(&shop, folder.path(), "bad-pack", &pack).says(&[&expected, &sha256(&pack)]);
}

#[test]
fn an_altered_tokenizer_is_refused_with_both_hashes() {
    let (folder, _pack) = one_pack("minilm");
    let whole = models().join("minilm.tokenizer.json");
    let tokenizer = folder.path().join("minilm.tokenizer.json");
    std::fs::copy(&whole, &tokenizer).unwrap();
    alter(&tokenizer, flip);
    let models = text(folder.path());
    let refusal = refused(&["embed", "--title", "Tea", "--encoder", "minilm", "--device", "cpu", "--models", &models]);
    assert_eq!(refusal.code, "bad-pack");
    refusal.says(&["minilm.tokenizer.json", &sha256(&whole), &sha256(&tokenizer)]);
}

/// How `inspect` refuses a file, by a message that names it.
fn refused_inspection(bytes: &[u8]) -> Refusal {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let path = text(file.path());
    let refusal = refused(&["inspect", &path]);
    refusal.says(&[&path]);
    refusal
}

#[test]
fn inspect_refuses_a_file_that_is_none_of_its_kinds() {
    for bytes in [b"id,title\n1,Tea\n".as_slice(), b"", &[0xff; 64], &[0; 8]] {
        refused_inspection(bytes).says(&["a pack, a shard or a manifest"]);
    }
}

#[test]
fn inspect_refuses_a_safetensors_file_of_another_kind() {
    let header = br#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_slice(), &[7]].concat();
    refused_inspection(&bytes).says(&["a pack, a shard or a manifest", "a safetensors file of another kind"]);
}

#[test]
fn inspect_refuses_json_that_is_no_manifest() {
    assert_eq!(refused_inspection(b"{\"name\": \"tea\"}").code, "bad-manifest");
}

#[test]
fn inspect_refuses_a_truncated_shard() {
    let shop = Shop::of_photos();
    let bytes = std::fs::read(shop.shard()).unwrap();
    refused_inspection(&bytes[..bytes.len() - 1]);
}

#[test]
fn inspect_refuses_a_truncated_pack() {
    let bytes = std::fs::read(models().join("efficientnet-lite0.safetensors")).unwrap();
    refused_inspection(&bytes[..bytes.len() - 1]);
}

#[test]
fn inspect_refuses_a_folder() {
    refused(&["inspect", &text(&models())]).says(&["models"]);
}

/// A build in which no file may grow beyond that size: a full disk that needs no rights. (`ulimit -f` counts 512 bytes;
/// with its signal ignored a write fails as on a full disk.)
#[cfg(target_os = "linux")]
fn build_on_a_full_disk(shop: &Shop, bytes: usize, more: &[&str]) -> String {
    let mut command = std::process::Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
    command.args(["-c", &script, env!("CARGO_BIN_EXE_twinlens")]).args(shop.build_arguments(more));
    one_clear_line(&outcome(command))
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_on_a_full_disk_leaves_the_old_catalogue_whole() {
    for more in [&[] as &[&str], &["--update"]] {
        let shop = Shop::of_photos();
        let before = shop.files();
        shop.write("listings.csv", b"id,image,title\nx,1.png,Lamp\ny,2.png,Sofa\nz,3.png,Rug\n");
        let line = build_on_a_full_disk(&shop, 1024, more);
        assert!(line.contains("writing a catalogue"), "{line}");
        assert_eq!(shop.files(), before, "files were left or lost");
        assert_eq!(shop.best_of_photo("images/2.png"), "b");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_on_a_full_disk_leaves_no_file_in_a_new_folder() {
    let shop = Shop::with("id,image\na,1.png\n");
    build_on_a_full_disk(&shop, 1024, &[]);
    assert_eq!(shop.files(), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_that_fails_at_its_second_shard_takes_the_first_away() {
    let shop = Shop::of_photos();
    let before = shop.files();
    let rows: String = (0..1024).map(|i| format!("{i},,,short\n")).collect();
    shop.write(
        "listings.csv",
        format!("id,image,title,category\n{rows}last,1.png,,{}\n", "long".repeat(1 << 20)).as_bytes(),
    );
    let line = build_on_a_full_disk(&shop, 3 << 20, &[]);
    assert!(line.contains("shard-0001-"), "{line}");
    assert_eq!(shop.files(), before, "files were left or lost");
}

#[test]
fn a_build_whose_manifest_cannot_be_put_in_place_takes_its_shards_away() {
    let shop = Shop::with("id,image\na,1.png\n");
    std::fs::create_dir_all(shop.path("catalogue/catalogue.json/in the way")).unwrap();
    let refusal = refused(&shop.build_arguments(&[]));
    refusal.says(&["writing a catalogue", "catalogue.json"]);
    assert_eq!(shop.files(), [JOURNAL_FILE, "catalogue.json"], "only the finished rows stay, for the next build");
}

#[test]
fn a_file_in_place_of_the_catalogues_folder_is_refused_and_kept() {
    let shop = Shop::with("id,image\na,1.png\n");
    shop.write("catalogue", b"precious");
    refused(&shop.build_arguments(&[])).says(&[&text(&shop.path("catalogue"))]);
    assert_eq!(std::fs::read(shop.path("catalogue")).unwrap(), b"precious");
}

#[test]
fn a_rebuilt_catalogue_that_keeps_no_generation_holds_no_shard_of_the_old_one() {
    let shop = Shop::of_photos();
    shop.write("listings.csv", b"id,image\nx,2.png\n");
    shop.build(&["--keep-generations", "0"]);
    let files = shop.files();
    let of_kind = |kind: &str| files.iter().filter(|file| file.starts_with(kind)).count();
    assert_eq!((files.len(), of_kind("shard-"), of_kind("pictures-")), (4, 1, 1), "{files:?}");
    assert_eq!(outcome(twinlens(&["inspect", &text(&shop.shard())])).code, Some(0));
}
