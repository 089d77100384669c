//! Which platform wrote a feed: by the headers that only it has. It is for the report; nothing is read differently.

/// Platform, and headers all of which its exports have, in lower case as they are written; the first that fits.
const PLATFORMS: [(&str, &[&str]); 13] = [
    ("Shopify", &["handle", "variant price"]),
    ("Shopify", &["handle", "body (html)"]),
    ("Shopify", &["handle", "variants"]),
    ("WooCommerce", &["in stock?", "regular price"]),
    ("PrestaShop", &["product id", "image urls (x,y,z...)"]),
    ("PrestaShop", &["active (0/1)"]),
    ("Magento", &["sku", "base_image"]),
    ("Google Merchant", &["image_link"]),
    ("Google Merchant", &["image link", "availability"]),
    ("Shopee", &["posting_id", "image_phash"]),
    ("Etsy", &["currency_code", "image1", "materials"]),
    ("Amazon", &["item-name", "seller-sku"]),
    ("Amazon", &["item_sku", "item_name"]),
];
/// OpenCart names languages in its headers: `name(en-gb)`.
const OPENCART: &[&str] = &["product_id", "model", "image_name"];

/// The platform with those headers, where one is known.
pub fn of(headers: &[String]) -> Option<&'static str> {
    let lower: Vec<String> = headers.iter().map(|header| header.trim().to_lowercase()).collect();
    let has = |wanted: &&str| lower.iter().any(|header| header == wanted);
    let known = PLATFORMS.iter().find(|(_, wanted)| wanted.iter().all(&has));
    known.map(|(platform, _)| *platform).or_else(|| OPENCART.iter().all(&has).then_some("OpenCart"))
}
