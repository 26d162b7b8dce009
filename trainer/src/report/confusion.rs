//! The confusion matrix as a picture: rows are the truth, columns the prediction.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::svg::{Drawing, Drawn, svg, text};
use crate::error::Result;

/// Side of a cell in pixels.
const CELL: i32 = 44;
/// Width of a letter of a name, generously, in pixels.
const LETTER: i32 = 8;
/// Longest part of a name that is drawn; what follows is cut off.
const LONGEST: usize = 32;
/// Space around everything, in pixels.
const MARGIN: i32 = 16;
/// Height of the caption and of the names of the axes.
const CAPTION: i32 = 56;
/// Colours of the cells: correct predictions and errors.
const CORRECT: [f64; 3] = [8.0, 81.0, 156.0];
const WRONG: [f64; 3] = [179.0, 62.0, 6.0];

/// SVG of a confusion matrix; `counts[truth][prediction]`. Every cell has its count, and is shaded by its fraction of the row.
///
/// # Errors
/// A drawing that fails.
pub fn confusion_svg(labels: &[String], counts: &[Vec<u64>]) -> Result<String> {
    svg(|svg| draw(labels, counts, svg))
}

fn draw(labels: &[String], counts: &[Vec<u64>], svg: &mut String) -> Drawn {
    let names: Vec<String> = labels.iter().map(|label| shortened(label)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as i32 * LETTER + 8;
    let side = CELL * names.len() as i32;
    let (left, top) = (MARGIN + longest, MARGIN + CAPTION + longest);
    let (width, height) = ((left + side + 2 * MARGIN).max(left + 320), top + side + 2 * MARGIN);
    let root = SVGBackend::with_string(svg, (width as u32, height as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let total: u64 = counts.iter().flatten().sum();
    let correct: u64 = counts.iter().enumerate().filter_map(|(class, row)| row.get(class)).sum();
    let correct =
        if total > 0 { format!(", {:.1} % correct", 100.0 * correct as f64 / total as f64) } else { String::new() };
    let caption = format!("Confusion: {total} predictions on recordings{correct}");
    text(&root, &caption, (MARGIN, MARGIN), 18, &BLACK, (HPos::Left, VPos::Top))?;
    let axes = "rows: truth, columns: prediction; shade: fraction of the row";
    text(&root, axes, (MARGIN, MARGIN + 24), 13, &RGBColor(90, 90, 90), (HPos::Left, VPos::Top))?;
    for (number, name) in names.iter().enumerate() {
        let middle = CELL * number as i32 + CELL / 2;
        text(&root, name, (left - 8, top + middle), 14, &BLACK, (HPos::Right, VPos::Center))?;
        upright(&root, name, (left + middle, top - 8))?;
    }
    for (truth, row) in counts.iter().enumerate() {
        let members: u64 = row.iter().sum();
        for (prediction, &count) in row.iter().enumerate() {
            let corner = (left + CELL * prediction as i32, top + CELL * truth as i32);
            let fraction = count as f64 / members.max(1) as f64;
            cell(&root, corner, count, fraction, truth == prediction)?;
        }
    }
    root.present()?;
    Ok(())
}

fn cell(root: &Drawing, (x, y): (i32, i32), count: u64, fraction: f64, correct: bool) -> Drawn {
    let full = if correct { CORRECT } else { WRONG };
    let [r, g, b] = full.map(|full| (255.0 + (full - 255.0) * fraction).round() as u8);
    let area = [(x, y), (x + CELL, y + CELL)];
    root.draw(&Rectangle::new(area, RGBColor(r, g, b).filled()))?;
    root.draw(&Rectangle::new(area, RGBColor(205, 205, 205).stroke_width(1)))?;
    if count > 0 {
        let colour = if fraction > 0.5 { WHITE } else { BLACK };
        let size = if count < 1000 { 14 } else { 11 };
        text(root, &count.to_string(), (x + CELL / 2, y + CELL / 2), size, &colour, (HPos::Center, VPos::Center))?;
    }
    Ok(())
}

/// Text that reads upwards from a point.
fn upright(root: &Drawing, text: &str, at: (i32, i32)) -> Drawn {
    let font = ("sans-serif", 14).into_font().transform(FontTransform::Rotate270);
    let style = font.color(&BLACK).pos(Pos::new(HPos::Left, VPos::Center));
    Ok(root.draw(&Text::new(text, at, style))?)
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST {
        return label.into();
    }
    label.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_and_every_name_is_drawn_and_darker_where_the_fraction_is_larger() {
        let labels = ["beach", "cafe/restaurant", "a < name that is much longer than any picture of it can be"];
        let labels = labels.map(String::from);
        let svg = confusion_svg(&labels, &[vec![70, 8, 0], vec![1, 77, 0], vec![0, 39, 12_345]]).unwrap();
        for text in ["beach", "cafe/restaurant", "70", "77", "39", "12345"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}: {svg}");
        }
        // Names stand at rows and columns; the long one is cut off, and what would be mark-up is not.
        assert_eq!(svg.matches("a &lt; name").count(), 2);
        assert!(!svg.contains("can be") && !svg.contains("NaN"));
        // Zeros have no number: 6 counts, 6 names, 2 lines of caption.
        assert_eq!(svg.matches("<text").count(), 6 + 6 + 2);
        assert!(svg.contains("Confusion: 12540 predictions on recordings, 99.6 % correct"), "{svg}");
        // 77 of 78 correct is almost the full blue, 1 of 78 almost white.
        assert!(svg.contains("#0B539D") && svg.contains("#FEFDFC"), "{svg}");
    }

    #[test]
    fn nothing_to_draw_is_a_picture_too() {
        assert!(confusion_svg(&[], &[]).unwrap().contains("Confusion: 0 predictions"));
    }
}
