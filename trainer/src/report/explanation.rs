//! Why a result is what it is, as a picture: what each filter adds in each phase of the heart cycle, or at each time.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};
use spectnet_core::recognise::explain::Explanation;

use super::svg::{Drawing, Drawn, svg, text};
use crate::error::Result;
use crate::output::whole_percent;

/// Height of all rows together, and limits of one, in pixels.
const HEIGHT: usize = 560;
const ROW: [usize; 2] = [5, 20];
/// Width of the column of a phase, and limits of one of time, in pixels.
const PHASE: i32 = 88;
const TIME: usize = 840;
const COLUMN: [usize; 2] = [4, 28];
/// Room for labels left, for the columns of sums right, for a line of text, and at the bottom, in pixels.
const LEFT: i32 = 88;
const RIGHT: i32 = 250;
const LINE: i32 = 20;
const BOTTOM: i32 = 64;
/// Letters of a line of text.
const LETTERS: usize = 130;
/// Distance of labels along an axis, at least, in pixels.
const APART: i32 = 16;
const QUIET: RGBColor = RGBColor(90, 90, 90);

/// SVG of an explanation: rows are filters, the highest on top; columns are phases of the heart cycle where the model
/// uses them, otherwise time.
///
/// # Errors
/// A drawing that fails.
pub fn explanation_svg(explanation: &Explanation) -> Result<String> {
    svg(|svg| draw(explanation, svg))
}

/// What is drawn as columns.
struct Columns {
    /// `[columns][filters]`.
    values: Vec<Vec<f64>>,
    /// The label below each; empty for none.
    labels: Vec<String>,
    title: &'static str,
    width: i32,
}

impl Columns {
    fn of(explanation: &Explanation) -> Self {
        if let Some(phases) = &explanation.phases {
            let (values, labels) = (phases.sums(), phases.names.clone());
            return Self { values, labels, title: "phase of the heart cycle", width: PHASE };
        }
        let over_time = &explanation.over_time;
        let count = over_time.contributions.len().max(1);
        let width = (TIME / count).clamp(COLUMN[0], COLUMN[1]);
        // Whole multiples of a column, some 60 pixels apart.
        let every = (60 / width).max(1);
        let label = |column: usize| match column % every {
            0 => format!("{:.1}", column as f64 * over_time.step_s),
            _ => String::new(),
        };
        let labels = (0..count).map(label).collect();
        Self { values: over_time.contributions.clone(), labels, title: "time in seconds", width: width as i32 }
    }
}

fn draw(explanation: &Explanation, svg: &mut String) -> Drawn {
    let columns = Columns::of(explanation);
    let filters = &explanation.filters;
    let row = (HEIGHT / filters.len().max(1)).clamp(ROW[0], ROW[1]) as i32;
    let lines: Vec<String> = explanation.sentences.iter().flat_map(|sentence| wrapped(sentence)).collect();
    let top = 2 * LINE + LINE * lines.len() as i32 + LINE;
    let (plot_width, plot_height) = (columns.width * columns.values.len() as i32, row * filters.len() as i32);
    let width = (LEFT + plot_width + RIGHT).max(7 * LETTERS as i32 + 2 * LINE);
    let root = SVGBackend::with_string(svg, (width as u32, (top + plot_height + BOTTOM) as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let class = explanation.class.replace('_', " ");
    let title = format!("What each filter adds to the log-odds of {class}: purple for it, orange against it");
    text(&root, &title, (LINE, LINE / 2), 17, &BLACK, (HPos::Left, VPos::Top))?;
    for (number, line) in lines.iter().enumerate() {
        let y = 2 * LINE + LINE * number as i32;
        text(&root, line, (LINE, y), 13, &QUIET, (HPos::Left, VPos::Top))?;
    }
    let mut order: Vec<usize> = (0..filters.len()).collect();
    order.sort_by(|&a, &b| filters[b].centre_hz.total_cmp(&filters[a].centre_hz));
    let largest = columns.values.iter().flatten().fold(0.0f64, |largest, value| largest.max(value.abs()));
    let of_filters = filters.iter().fold(0.0f64, |largest, filter| largest.max(filter.contribution.abs()));
    let sums = LEFT + plot_width + 16;
    text(&root, "centre in Hz", (LEFT - 8, top - 6), 12, &QUIET, (HPos::Right, VPos::Bottom))?;
    text(&root, "all", (sums + 24, top - 6), 12, &QUIET, (HPos::Center, VPos::Bottom))?;
    text(&root, &format!("P({class}) without"), (sums + 56, top - 6), 12, &QUIET, (HPos::Left, VPos::Bottom))?;
    let every = (APART / row).max(1) as usize;
    for (place, &filter) in order.iter().enumerate() {
        let y = top + row * place as i32;
        for (column, values) in columns.values.iter().enumerate() {
            let x = LEFT + columns.width * column as i32;
            let value = values.get(filter).copied().unwrap_or(0.0);
            cell(&root, [(x, y), (x + columns.width, y + row)], value, largest)?;
        }
        let part = &filters[filter];
        cell(&root, [(sums, y), (sums + 48, y + row)], part.contribution, of_filters)?;
        if place % every == 0 {
            let middle = y + row / 2;
            text(
                &root,
                &format!("{:.0}", part.centre_hz),
                (LEFT - 8, middle),
                11,
                &BLACK,
                (HPos::Right, VPos::Center),
            )?;
            let without = whole_percent(Some(part.probability_without));
            text(&root, &without, (sums + 56, middle), 11, &BLACK, (HPos::Left, VPos::Center))?;
        }
    }
    let below = top + plot_height + 6;
    for (column, label) in columns.labels.iter().enumerate().filter(|(_, label)| !label.is_empty()) {
        let x = LEFT + columns.width * column as i32 + columns.width / 2;
        text(&root, label, (x, below), 12, &BLACK, (HPos::Center, VPos::Top))?;
    }
    text(&root, columns.title, (LEFT + plot_width / 2, below + LINE), 12, &QUIET, (HPos::Center, VPos::Top))?;
    let scale = format!("darkest: ±{largest:.3} a cell, ±{of_filters:.3} a filter");
    text(&root, &scale, (LEFT, below + 2 * LINE - 2), 12, &QUIET, (HPos::Left, VPos::Top))?;
    root.present()?;
    Ok(())
}

fn cell(root: &Drawing, area: [(i32, i32); 2], value: f64, largest: f64) -> Drawn {
    let part = if largest > 0.0 { value / largest } else { 0.0 };
    let (r, g, b) = colorous::PURPLE_ORANGE.eval_continuous((0.5 - 0.5 * part).clamp(0.0, 1.0)).into_tuple();
    Ok(root.draw(&Rectangle::new(area, RGBColor(r, g, b).filled()))?)
}

/// A sentence in lines.
fn wrapped(sentence: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LETTERS {
            lines.push(word.into());
        } else {
            let space = if line.is_empty() { "" } else { " " };
            line.push_str(space);
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::recognise::explain::{FilterPart, How, OverTime, Phases};

    fn explanation(phases: Option<Phases>) -> Explanation {
        let filter = |centre_hz, contribution| FilterPart { centre_hz, contribution, probability_without: 0.61 };
        Explanation {
            class: "dog_bark".into(),
            against: None,
            abstained: None,
            method: How::Exact,
            probability: 0.7,
            log_odds: 0.8,
            reference: 0.1,
            sentences: vec!["word ".repeat(60).trim().into(), "a < b".into()],
            telling_seconds: Vec::new(),
            filters: vec![filter(30.0, 0.9), filter(310.0, -0.2)],
            phases,
            over_time: OverTime { step_s: 0.5, contributions: vec![vec![0.4, 0.0], vec![0.5, -0.2]] },
            windows: Vec::new(),
        }
    }

    #[test]
    fn every_cell_is_drawn_with_its_colour_and_the_highest_filter_is_on_top() {
        let names = ["S1", "systole", "S2", "diastole"].map(String::from).to_vec();
        let mean = vec![vec![0.0, 0.0], vec![0.9, 0.0], vec![0.0, -0.2], vec![0.0, 0.0]];
        let deviation = vec![vec![0.0; 2]; 4];
        for (phases, cells, labels) in [
            (Some(Phases { names, lead_ms: 0, mean, deviation }), 4, &["S1", "diastole"][..]),
            (None, 2, &["0.0", "time in seconds"][..]),
        ] {
            let svg = explanation_svg(&explanation(phases)).unwrap();
            // A background, and one rectangle a cell and a sum.
            assert_eq!(svg.matches("<rect").count(), 1 + 2 * cells + 2, "{svg}");
            for label in labels.iter().chain(&["30", "310", "61 %", "a &lt; b"]) {
                assert!(svg.contains(&format!("\n{label}\n")), "{label}: {svg}");
            }
            assert!(svg.find("\n310\n") < svg.find("\n30\n") && !svg.contains("NaN"), "{svg}");
            // The largest contribution is the darkest purple.
            let (r, g, b) = colorous::PURPLE_ORANGE.eval_continuous(0.0).into_tuple();
            assert!(svg.contains(&format!("#{r:02X}{g:02X}{b:02X}")) && svg.contains("dog bark"), "{svg}");
        }
    }

    #[test]
    fn an_explanation_of_nothing_is_a_picture_too() {
        let nothing = Explanation {
            filters: Vec::new(),
            over_time: OverTime { step_s: 0.1, contributions: Vec::new() },
            ..explanation(None)
        };
        assert!(explanation_svg(&nothing).unwrap().contains("dog bark"));
    }

    #[test]
    fn long_sentences_are_wrapped_between_words() {
        let lines = wrapped(&"word ".repeat(60));
        assert!(lines.len() == 3 && lines.iter().all(|line| line.chars().count() <= LETTERS), "{lines:?}");
        assert_eq!(wrapped("short"), ["short"]);
    }
}
