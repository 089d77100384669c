//! Exports of products in the shapes in which platforms write them, from the file to the catalogue.

use std::io::Write;

use crate::support::{self, Shop, answer, refused, text};
use serde_json::Value;
use twinlens::catalogue::Listing;
use twinlens::merchant::folder;

/// What a build of an export says, over the pictures `1.png` to `3.png`.
fn built(name: &str, export: impl AsRef<[u8]>, options: &[&str]) -> (Value, Vec<Listing>) {
    let shop = Shop::with("");
    shop.write(name, export.as_ref());
    let (listings, images, out) = (text(&shop.path(name)), text(&shop.path("images")), text(&shop.path("catalogue")));
    let mut arguments = vec!["build", &listings, "--images", &images, "--out", &out];
    let models = text(&support::models());
    arguments.extend(["--models", &models, "--encoders", "efficientnet-lite0"]);
    arguments.extend(options);
    let summary = answer(&arguments);
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    (summary, catalogue.shards.iter().flat_map(|shard| shard.listings.clone()).collect())
}

/// That a summary tells of two listings with everything, without a problem, and which columns were used.
fn is_whole(summary: &Value, format: &str, used: &[(&str, &str)]) {
    assert!(summary["format"].as_str().unwrap().starts_with(format), "{summary}");
    for key in ["listings", "with_photo", "with_title", "with_price"] {
        assert_eq!(summary[key], 2, "{key}: {summary}");
    }
    assert_eq!(summary["problems"].as_array().unwrap().len(), 0, "{summary}");
    for (field, column) in used {
        let columns = summary["columns"]["used"][field].as_array().unwrap();
        assert!(columns.iter().any(|c| c == column), "{field} is read from {columns:?}");
    }
}

fn prices(listings: &[Listing]) -> Vec<(Option<f64>, Option<&str>)> {
    listings.iter().map(|listing| (listing.price, listing.currency.as_deref())).collect()
}

#[test]
fn shopify() {
    let export = "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,\
        Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Image Position,Status\r\n\
        tea,Green tea,\"<p>A, \"\"fine\"\" tea</p>\",Luma,Tea,TRUE,Size,250 g,t-1,3,3.50,'4006381333931,https://cdn.example/files/1.png?v=1,1,active\r\n\
        tea,,,,,,,500 g,t-2,0,6.00,'9783161484100,,,\r\n\
        tea,,,,,,,,,,,,https://cdn.example/files/2.png?v=1,2,\r\n\
        cup,Cup,,Luma,Cups,TRUE,Title,Default Title,c-1,0,9.00,,https://cdn.example/files/3.png,1,active\r\n";
    let (summary, listings) = built("products_export.csv", export, &[]);
    is_whole(&summary, "Shopify CSV", &[("id", "Handle"), ("price", "Variant Price"), ("image", "Image Src")]);
    assert_eq!(listings[0].skus, ["t-1", "t-2"]);
    assert_eq!(listings[0].gtins, ["4006381333931", "9783161484100"]);
    assert_eq!((listings[0].in_stock, listings[1].in_stock), (Some(true), Some(false)));
    let (summary, listings) = built("products_export.csv", export, &["--variants", "separate"]);
    assert_eq!(summary["listings"], 3);
    assert_eq!(listings[1].title, "Green tea 500 g");
    assert!(listings[0].group.is_some() && listings[0].group == listings[1].group);
}

#[test]
fn woocommerce() {
    let export = "\u{feff}ID,Type,SKU,Name,Published,\"Visibility in catalog\",\"In stock?\",Stock,\"Sale price\",\"Regular price\",Categories,Images,Parent\n\
        10,variable,tea,Green tea,1,visible,1,,,,Tea > Green,\"https://x/wp/1.png, https://x/wp/2.png\",\n\
        11,variation,tea-250,Green tea - 250 g,1,visible,1,5,3.00,3.50,,,id:10\n\
        12,simple,cup,Cup &amp; saucer,1,visible,0,,,9,Cups,https://x/wp/3.png,\n";
    let (summary, listings) = built("wc-product-export.csv", export, &[]);
    is_whole(&summary, "WooCommerce CSV", &[("id", "ID"), ("price", "Regular price"), ("sale_price", "Sale price")]);
    assert_eq!(prices(&listings), [(Some(3.0), None), (Some(9.0), None)]);
    assert_eq!(listings[1].title, "Cup & saucer");
}

#[test]
fn prestashop_with_semicolons_and_decimal_commas() {
    let export = "Product ID;Active (0/1);Name *;Categories (x,y,z...);Price tax included;EAN13;Quantity;Image URLs (x,y,z...)\n\
        1;1;Thé vert;Thé;3,50;4006381333931;5;http://localhost/img/1.png,http://localhost/img/2.png\n\
        2;1;Tasse;Tasses;1.299,00;;0;http://localhost/img/3.png\n";
    let (summary, listings) = built("products.csv", export, &["--currency", "EUR"]);
    is_whole(&summary, "PrestaShop CSV", &[("price", "Price tax included"), ("gtin", "EAN13")]);
    assert_eq!(prices(&listings), [(Some(3.5), Some("EUR")), (Some(1299.0), Some("EUR"))]);
}

#[test]
fn magento() {
    let export = "sku,store_view_code,product_type,name,price,special_price,visibility,base_image,additional_images,qty,configurable_variations\n\
        tea,,configurable,Green tea,,,\"Catalog, Search\",/1/_/1.png,/2/_/2.png,,\"sku=tea-250,size=250 g\"\n\
        tea,fr,configurable,Thé vert,,,,,,,\n\
        tea-250,,simple,Green tea 250 g,3.5000,,Not Visible Individually,,,5.0000,\n\
        cup,,simple,Cup,9.0000,8.0000,\"Catalog, Search\",/3/_/3.png,,0.0000,\n";
    let (summary, listings) = built("export_catalog_product.csv", export, &[]);
    is_whole(&summary, "Magento CSV", &[("image", "base_image"), ("sale_price", "special_price")]);
    assert_eq!(prices(&listings), [(Some(3.5), None), (Some(8.0), None)]);
    assert!(summary["notes"].to_string().contains("store view"), "{summary}");
}

const GOOGLE: &str = "id\ttitle\tlink\timage_link\tadditional_image_link\tavailability\tprice\tsale_price\tsale_price_effective_date\tgtin\n\
    a\tGreen tea\thttps://x/a\thttps://x/1.png\thttps://x/2.png,https://x/1.png\tin_stock\t3.50 USD\t3.00 USD\t\t4006381333931\n\
    b\tCup\thttps://x/b\thttps://x/3.png\t\tout_of_stock\t9.00 USD\t1.00 USD\t2020-01-01/2020-02-01\t\n";

#[test]
fn google_merchant_as_tsv_gzipped_and_not() {
    let (summary, listings) = built("feed.tsv", GOOGLE, &[]);
    is_whole(&summary, "Google Merchant TSV", &[("image", "image_link"), ("image", "additional_image_link")]);
    // A reduced price with dates may have been over for long.
    assert_eq!(prices(&listings), [(Some(3.0), Some("USD")), (Some(9.0), Some("USD"))]);
    assert_eq!(listings[1].in_stock, Some(false));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(GOOGLE.as_bytes()).unwrap();
    let (summary, _) = built("feed.tsv.gz", packed.finish().unwrap(), &[]);
    is_whole(&summary, "Google Merchant TSV", &[]);
    assert!(summary["format"].as_str().unwrap().contains("gzip"));
}

#[test]
fn google_merchant_as_rss_and_atom() {
    let item = |id: &str, title: &str, image: &str| {
        format!(
            "<g:id>{id}</g:id><g:title><![CDATA[{title}]]></g:title><g:image_link>https://x/{image}</g:image_link>\
             <g:price>3.50 EUR</g:price><g:shipping><g:price>4.95 EUR</g:price></g:shipping>"
        )
    };
    let (a, b) = (item("a", "Green tea", "1.png"), item("b", "Cup & saucer", "2.png"));
    let rss = format!(
        "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel><title>S</title>\n<item>{a}<link>https://x/a</link></item>\n<item>{b}<link>https://x/b</link></item></channel></rss>"
    );
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:g=\"http://base.google.com/ns/1.0\"><title>S</title><id>s</id><entry>{a}<link href=\"https://x/a\"/></entry><entry>{b}<link rel=\"self\" href=\"https://x/feed\"/><link href=\"https://x/b\"/></entry></feed>"
    );
    for (feed, format) in [(rss, "Google Merchant RSS"), (atom, "Google Merchant Atom")] {
        let (summary, listings) = built("feed.xml", feed, &[]);
        is_whole(&summary, format, &[("price", "price")]);
        assert_eq!(prices(&listings), [(Some(3.5), Some("EUR")); 2]);
        assert_eq!(listings[1].url.as_deref(), Some("https://x/b"));
        assert_eq!(listings[1].title, "Cup & saucer");
    }
}

#[test]
fn json_and_json_lines() {
    let lines = "{\"id\": 7, \"name\": \"Green tea\", \"images\": [\"1.png\", \"2.png\"], \"price\": 1.299}\n\
        {\"id\": 8, \"name\": \"Cup\", \"images\": [{\"src\": \"3.png\"}], \"price\": {\"value\": 9, \"currency\": \"EUR\"}}\n";
    let (summary, listings) = built("products.jsonl", lines, &[]);
    is_whole(&summary, "JSON Lines", &[]);
    assert_eq!(prices(&listings), [(Some(1.299), None), (Some(9.0), Some("EUR"))]);
    let array = format!("[{}]", lines.trim().replace('\n', ","));
    is_whole(&built("products.json", array, &[]).0, "JSON", &[]);
    let shopify = r#"{"products": [
        {"id": 1, "title": "Green tea", "handle": "tea", "images": [{"id": 5, "src": "https://x/1.png?v=1"}],
         "variants": [{"id": 11, "title": "250 g", "sku": "t-1", "price": "3.50", "available": true},
                      {"id": 12, "title": "500 g", "sku": "t-2", "price": "6.00", "available": false}]},
        {"id": 2, "title": "Cup", "handle": "cup", "images": [{"id": 6, "src": "https://x/3.png"}],
         "variants": [{"id": 21, "title": "Default Title", "sku": "c-1", "price": "9.00", "available": true}]}]}"#;
    let (summary, listings) = built("products.json", shopify, &[]);
    is_whole(&summary, "Shopify JSON", &[]);
    assert_eq!(listings[0].skus, ["t-1", "t-2"]);
    assert_eq!(listings[0].title, "Green tea");
}

#[test]
fn etsy_amazon_and_opencart() {
    let etsy = "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,MATERIALS,IMAGE1,IMAGE2,SKU\n\
        Green tea,Fine,3.50,EUR,5,tea,leaf,https://x/1.png,https://x/2.png,\nCup,Fine,9.00,EUR,1,cup,clay,https://x/3.png,,\n";
    let (summary, listings) = built("EtsyListingsDownload.csv", etsy, &[]);
    is_whole(&summary, "Etsy CSV", &[("image", "IMAGE2"), ("currency", "CURRENCY_CODE")]);
    assert_eq!(listings[0].id, "green-tea");
    let amazon = "TemplateType=fptcustom\tVersion=2020\t\t\t\t\n\
        Seller SKU\tProduct Name\tProduct ID\tProduct ID Type\tStandard Price\tMain Image URL\n\
        item_sku\titem_name\texternal_product_id\texternal_product_id_type\tstandard_price\tmain_image_url\n\
        t-1\tGreen tea\t4006381333931\tEAN\t3.50\thttps://x/1.png\nc-1\tCup\tB07PXGQC1Q\tASIN\t9.00\thttps://x/3.png\n";
    let (summary, listings) = built("flat-file.txt", amazon, &[]);
    is_whole(&summary, "Amazon TSV", &[("price", "standard_price")]);
    assert_eq!((listings[0].gtins.len(), listings[1].gtins.len()), (1, 0));
    let opencart = "product_id,name(en-gb),categories,sku,upc,ean,quantity,model,image_name,price,status(true/false)\n\
        1,Green tea,20,t-1,,4006381333931,5,T1,catalog/demo/1.png,3.5000,true\n2,Cup,20,c-1,,,1,C1,catalog/demo/3.png,9.0000,true\n";
    is_whole(
        &built("products.csv", opencart, &[]).0,
        "OpenCart CSV",
        &[("title", "name(en-gb)"), ("image", "image_name")],
    );
}

#[test]
fn a_column_is_found_by_what_it_holds_or_named_by_the_merchant() {
    let export = "id,title,Ansicht,Kosten\na,Tea,1.png,\"3,50\"\nb,Cup,2.png,\"9,00\"\n";
    let (summary, _) = built("export.csv", export, &[]);
    assert_eq!((&summary["with_photo"], &summary["with_price"]), (&2.into(), &0.into()));
    let notes = summary["notes"].to_string();
    assert!(notes.contains("Ansicht") && notes.contains("--map price="), "{notes}");
    let (summary, listings) = built("export.csv", export, &["--map", "price=Kosten"]);
    is_whole(&summary, "CSV", &[("price", "Kosten")]);
    assert_eq!(prices(&listings), [(Some(3.5), None), (Some(9.0), None)]);
    let shop = Shop::with(export);
    let listings = text(&shop.path("listings.csv"));
    refused(&["check", &listings, "--map", "price=Preis"]).says(&["Preis", "Kosten"]);
}

#[test]
fn a_gtin_and_a_picture_on_many_unlike_rows_are_no_evidence() {
    let titles = ["Green tea", "Cup", "Garden chair", "Running shoes"];
    let rows: String =
        titles.iter().enumerate().map(|(i, title)| format!("{i},{title},no-image.png,4006381333931\n")).collect();
    let shop = Shop::with(format!("id,title,image,ean\n{rows}"));
    std::fs::copy(shop.path("images/1.png"), shop.path("images/no-image.png")).unwrap();
    let report = answer(&["check", &text(&shop.path("listings.csv")), "--images", &text(&shop.path("images"))]);
    let fields: Vec<&str> =
        report["problems"].as_array().unwrap().iter().map(|p| p["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["gtin", "image"]);
    assert_eq!(report["with_photo"], 0);
}

#[test]
fn a_build_without_a_folder_of_images_has_titles_alone() {
    let shop = Shop::with("id,title,image\na,Green tea,1.png\nb,Cup,2.png\n");
    let (listings, out, models) =
        (text(&shop.path("listings.csv")), text(&shop.path("catalogue")), text(&support::models()));
    let arguments = ["build", &listings, "--out", &out, "--models", &models, "--encoders", "minilm"];
    let summary = answer(&arguments);
    assert_eq!((&summary["with_photo"], &summary["with_title"]), (&0.into(), &2.into()));
    assert!(summary["notes"].to_string().contains("--images"), "{summary}");
    assert_eq!(summary["problems"].as_array().unwrap().len(), 0);
}

#[test]
fn one_bad_row_stops_only_a_strict_build() {
    let export = "id,title,image,price\na,Tea,1.png,3.50\nb,Cup,2.png,Free\n";
    let (summary, listings) = built("export.csv", export, &[]);
    assert_eq!((listings.len(), summary["problems"][0]["line"].as_u64()), (2, Some(3)));
    let shop = Shop::with(export);
    refused(&shop.build_arguments(&["--strict"])).says(&["line 3", "Free"]);
    assert_eq!(shop.files(), Vec::<String>::new());
}
