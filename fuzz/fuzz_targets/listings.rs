//! A merchant's export of products.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlens::merchant::feed::{Options, Variants, parse};
use twinlens::merchant::listings::path_below;

const CSV: &str = "posting_id,image,title,price,url,category,gtin,stock,label_group\n\
    a,1.png,\"Red tea, 250 g\",2.50,https://example.org/a,tea,4006381333931,3,g1\n\
    b,\"2.png, 3.png\",\"Cup \"\"No. 2\"\"\",\"1.299,00 €\",,,,,\n";
const SHOPIFY: &str = "Handle;Title;Option1 Value;Variant SKU;Variant Price;Image Src;Status\r\n\
    tea;Tea;250 g;t-1;2,50;https://x/1.jpg?v=1;active\r\ntea;;500 g;t-2;4,50;;\r\n";
const JSON: &str =
    r#"{"products":[{"id":1,"title":"Tea","images":[{"src":"1.png"}],"variants":[{"sku":"a","price":"2.5"}]}]}"#;
const XML: &str = "<rss><channel><item><g:id>1</g:id><title>Tea &amp; cup</title><link>x</link></item></channel></rss>";

fuzz_target!(
    init: twinlens_fuzz::plant(
        &[CSV.into(), SHOPIFY.into(), JSON.into(), XML.into(), "\u{feff}id,name\r\n\r\n1,Tea\r\n".into()],
        |bytes| parse(bytes, "seed", None, &Options::default()),
    ),
    |bytes: &[u8]| {
        let separate = Options { variants: Variants::Separate, ..Options::default() };
        for feed in [parse(bytes, "fuzz", None, &Options::default()), parse(bytes, "fuzz", None, &separate)].iter().flatten() {
            for name in feed.records.iter().flat_map(|record| &record.images) {
                let _ = path_below(std::path::Path::new("images"), name);
            }
        }
    }
);
