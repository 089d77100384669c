//! Recall at 1 with its intervals as an SVG file.

use std::fmt::Write as _;

use serde_json::Value;

/// Widths of the names, of the scale, and of the figures, in pixels.
const NAMES: f64 = 330.0;
const SCALE: f64 = 400.0;
const FIGURES: f64 = 70.0;
const ROW: f64 = 22.0;
const TOP: f64 = 30.0;

/// The measured rows of a task; `None` where there are none.
pub fn recall(found: &Value, task: &str) -> Option<String> {
    let rows = found["rows"].as_array()?.iter().filter_map(|row| {
        let cell = row["cells"].as_array()?.iter().find(|cell| cell["task"] == task)?;
        let estimate = &cell["measured"]["recall_at_1"];
        let bounds = ["value", "low", "high"].map(|key| estimate[key].as_f64());
        let [Some(value), Some(low), Some(high)] = bounds else { return None };
        let is_own = row["key"] == "twinlens";
        Some((row["name"].as_str()?, value, low, high, is_own || row["is_trained"] == true))
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let (width, height) = (NAMES + SCALE + FIGURES, TOP + ROW * rows.len() as f64 + 10.0);
    let x = |value: f64| NAMES + value.clamp(0.0, 1.0) * SCALE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#777\">\n\
         <title>Recall at 1 with 95 % intervals</title>\n"
    );
    for tenth in (0..=10).step_by(2) {
        let (value, bottom) = (f64::from(tenth) / 10.0, height - 6.0);
        let _ = writeln!(
            svg,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#777\" stroke-opacity=\".3\"/>\
             <text x=\"{0:.1}\" y=\"{1}\" text-anchor=\"middle\">{value:.1}</text>",
            x(value),
            TOP - 10.0
        );
    }
    for (i, (name, value, low, high, is_own)) in rows.into_iter().enumerate() {
        let y = TOP + ROW * (i as f64 + 0.5);
        let colour = if is_own { "#c05621" } else { "#2b6cb0" };
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{:.1}\">{}</text>\
             <line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{value:.3}</text>",
            y + 4.0,
            escaped(name),
            x(low),
            x(high),
            x(value),
            NAMES + SCALE + 14.0,
            y + 4.0
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
