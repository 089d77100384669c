//! What lies beside an ONNX file or is known of its family: the normalisation of colours, the tokenizer.

use serde_json::Value;

use crate::{Error, Result};

/// Mean and standard deviation of red, green and blue, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation {
    pub mean: [f32; 3],
    pub deviation: [f32; 3],
}

impl Normalisation {
    /// From 0 to 1 into −1 to 1.
    pub const HALF: Self = Normalisation { mean: [0.5; 3], deviation: [0.5; 3] };
    const NONE: Self = Normalisation { mean: [0.0; 3], deviation: [1.0; 3] };
    const IMAGENET: Self = Normalisation { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
    const CLIP: Self = Normalisation {
        mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
        deviation: [0.268_629_54, 0.261_302_6, 0.275_777_1],
    };

    /// That of the family that a model's path names.
    pub fn of_family(path: &str) -> Option<(Self, &'static str)> {
        let path = path.to_lowercase();
        let families = [
            ("mobileclip", Self::NONE),
            ("siglip", Self::HALF),
            ("clip", Self::CLIP),
            ("dino", Self::IMAGENET),
            ("resnet", Self::IMAGENET),
            ("mobilenet", Self::IMAGENET),
            ("efficientnet", Self::IMAGENET),
            ("convnext", Self::IMAGENET),
            ("vgg", Self::IMAGENET),
        ];
        families.into_iter().find(|(name, _)| path.contains(name)).map(|(name, normalisation)| (normalisation, name))
    }

    /// That of a `preprocessor_config.json` (Hugging Face).
    pub fn from_json(json: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(json).ok()?;
        let colours = |name: &str| {
            let values = json.get(name)?.as_array()?;
            let values: Option<Vec<f32>> = values.iter().map(|v| v.as_f64().map(|v| v as f32)).collect();
            <[f32; 3]>::try_from(values?).ok()
        };
        Some(Normalisation { mean: colours("image_mean")?, deviation: colours("image_std")? })
    }
}

/// A published `tokenizer.json` without padding and truncation, which the encoder does itself.
///
/// # Errors
/// [`Error::Pack`] for bytes that are no JSON object.
pub fn tokenizer(bytes: &[u8], place: &str) -> Result<Vec<u8>> {
    let failed = |found: String| Error::pack("a tokenizer in JSON", found, place);
    let mut json: Value = serde_json::from_slice(bytes).map_err(|e| failed(e.to_string()))?;
    let object = json.as_object_mut().ok_or_else(|| failed("JSON that is no object".into()))?;
    object.insert("padding".into(), Value::Null);
    object.insert("truncation".into(), Value::Null);
    serde_json::to_vec(&json).map_err(|e| failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_family_name_goes_before_one_that_it_holds() {
        let family = |path| Normalisation::of_family(path).map(|(_, name)| name);
        assert_eq!(family("models/MobileCLIP-S0/vision.onnx"), Some("mobileclip"));
        assert_eq!(family("siglip-base.onnx"), Some("siglip"));
        assert_eq!(family("model.onnx"), None);
    }

    #[test]
    fn a_preprocessor_config_states_the_colours() {
        let json = br#"{"image_mean": [0.5, 0.25, 0], "image_std": [1, 0.5, 0.5], "size": 224}"#;
        let expected = Normalisation { mean: [0.5, 0.25, 0.0], deviation: [1.0, 0.5, 0.5] };
        assert_eq!(Normalisation::from_json(json), Some(expected));
        assert_eq!(Normalisation::from_json(b"{\"image_mean\": [1]}"), None);
    }

    #[test]
    fn a_tokenizer_loses_padding_and_truncation_only() {
        let json = br#"{"version": "1.0", "padding": {"x": 1}, "truncation": {}, "model": {}}"#;
        let value: Value = serde_json::from_slice(&tokenizer(json, "t").unwrap()).unwrap();
        assert_eq!(value, serde_json::json!({"version": "1.0", "padding": null, "truncation": null, "model": {}}));
        assert!(tokenizer(b"[]", "t").is_err() && tokenizer(b"{", "t").is_err());
    }
}
