//! A drawing as SVG 1.1.

use std::fmt::Write;

use super::font::FAMILY;
use super::scene::{Anchor, Colour, Label, Mark, Scene, Spot};

/// Writes a drawing; the same drawing gives the same text.
pub(crate) fn write(scene: &Scene, baseline: impl Fn(f32) -> f32) -> String {
    let Scene { width, height, marks } = scene;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"{FAMILY}, Helvetica, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for mark in marks {
        // Writing into a text cannot fail.
        let _ = match mark {
            Mark::Line { points, width, colour, dash } => line(&mut svg, points, *width, *colour, dash),
            Mark::Rect { from, to, colour, opacity } => {
                let ((x, y), (w, h)) =
                    ((from.0.min(to.0), from.1.min(to.1)), ((to.0 - from.0).abs(), (to.1 - from.1).abs()));
                let fill = fill(*colour, *opacity);
                writeln!(svg, "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{fill}/>", n(x), n(y), n(w), n(h))
            }
            Mark::Circle { centre: (x, y), radius, colour, opacity } => {
                let fill = fill(*colour, *opacity);
                writeln!(svg, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{fill}/>", n(*x), n(*y), n(*radius))
            }
            Mark::Text(label) => text(&mut svg, label, baseline(label.size)),
        };
    }
    svg + "</svg>\n"
}

fn line(svg: &mut String, points: &[Spot], width: f32, colour: Colour, dash: &[f32]) -> std::fmt::Result {
    write!(svg, "<path d=\"")?;
    for (at, (x, y)) in points.iter().enumerate() {
        write!(svg, "{}{} {}", if at == 0 { "M" } else { "L" }, n(*x), n(*y))?;
    }
    write!(svg, "\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"", hex(colour), n(width))?;
    if !dash.is_empty() {
        let dash: Vec<_> = dash.iter().map(|length| n(*length)).collect();
        write!(svg, " stroke-dasharray=\"{}\"", dash.join(" "))?;
    }
    writeln!(svg, "/>")
}

fn text(svg: &mut String, label: &Label, baseline: f32) -> std::fmt::Result {
    let (x, y) = label.at;
    let place = match label.turned {
        false => format!("x=\"{}\" y=\"{}\"", n(x), n(y + baseline)),
        true => format!("transform=\"translate({} {}) rotate(-90)\"", n(x + baseline), n(y)),
    };
    let anchor = match label.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let (colour, size) = (hex(label.colour), n(label.size / FONT_HEIGHT));
    let letters = escape(&label.text);
    writeln!(svg, "<text {place} font-size=\"{size}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{letters}</text>")
}

/// Height of a line of the font in ems, by which `ab_glyph` scales.
const FONT_HEIGHT: f32 = 1.149;

fn escape(text: &str) -> String {
    let allowed = text.chars().filter(|letter| !letter.is_control());
    allowed.collect::<String>().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn fill(colour: Colour, opacity: f32) -> String {
    let opacity = if opacity < 1.0 { format!(" fill-opacity=\"{}\"", n(opacity)) } else { String::new() };
    format!(" fill=\"{}\"{opacity}", hex(colour))
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Writes a number with two places at most.
fn n(number: f32) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_elements_and_texts_are_escaped() {
        let label = Label {
            text: "a<b> & \"c\"\u{1}".into(),
            at: (1.0, 2.0),
            size: 11.49,
            colour: [0, 0, 0],
            anchor: Anchor::End,
            turned: false,
        };
        let marks = vec![
            Mark::Line { points: vec![(0.0, 1.0), (2.5, 3.256)], width: 1.5, colour: [255, 0, 16], dash: vec![4.0] },
            Mark::Text(label),
        ];
        let svg = write(&Scene { width: 10, height: 20, marks }, |_| 3.0);
        assert!(
            svg.contains("<path d=\"M0 1L2.5 3.26\" fill=\"none\" stroke=\"#ff0010\" stroke-width=\"1.5\""),
            "{svg}"
        );
        assert!(svg.contains(">a&lt;b&gt; &amp; &quot;c&quot;</text>"), "{svg}");
        assert!(svg.contains("x=\"1\" y=\"5\" font-size=\"10\""), "{svg}");
        assert_eq!(n(-0.001), "0");
    }
}
