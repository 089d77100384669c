//! A merchant's CSV.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlens::merchant::listings::parse;

const SEED: &str = "posting_id,image,title,price,url,category,gtin,stock,label_group\n\
    a,1.png,\"Red tea, 250 g\",2.50,https://example.org/a,tea,4006381333931,3,g1\n\
    b,,\"Cup \"\"No. 2\"\"\",,,,,,\n";

fuzz_target!(
    init: twinlens_fuzz::plant(&[SEED.into(), "\u{feff}id,name\r\n\r\n1,Tea\r\n".into()], |bytes| parse(bytes, "seed")),
    |bytes: &[u8]| {
        for record in parse(bytes, "fuzz").iter().flatten() {
            let _ = record.parsed_gtin();
            let _ = record.image_path(std::path::Path::new("images"));
        }
    }
);
