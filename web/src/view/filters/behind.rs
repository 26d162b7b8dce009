//! What lies behind the rows: the average spectrum of the recording, and what the input does not hold.

use web_sys::Element;

use super::geometry::{self, TOP};
use super::image_at_rest;
use crate::plot::frequency::FrequencyAxis;
use crate::plot::held::{held_hz, outside};
use crate::plot::response::{Responses, noise_gain};
use crate::plot::spectrum::{self, Band, RANGE_DB};
use crate::state::{Model, State};
use crate::view::svg;
use crate::{dom, format};

/// Draws it, and says what was drawn.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let responses = &model.responses;
    let (config, highest_hz) = (&model.package.config, responses.scale.highest_hz());
    let rate = state.recording.open().map(|input| input.sample_rate);
    let held = held_hz(config.conditioning.band_hz, highest_hz, rate);
    let filters: Element = dom::element("filters");
    let frequency = geometry::frequency(responses, filters.get_bounding_client_rect().width());
    let bottom = TOP + geometry::rows(responses).total();
    dom::set_text("filters-summary", &summary(responses, config.front_end.learnable));
    dom::set_text("bank-held", &outside_in_words(state, held, highest_hz));

    let Ok(Some(group)) = filters.query_selector("#bank-behind") else { return };
    group.replace_children_with_node_0();
    shade(&group, &frequency, held, bottom);
    let levels = levels(state, model);
    dom::show("bank-spectrum", levels.len() > 1);
    if levels.len() > 1 {
        let height = |level: f64| bottom + (TOP - bottom) * (1.0 + level / RANGE_DB).clamp(0.0, 1.0);
        let line = svg::path(levels.iter().map(|(hz, level)| (frequency.pixel(*hz), height(*level))));
        let [first, last] = [levels[0].0, levels[levels.len() - 1].0].map(|hz| frequency.pixel(hz));
        let area = format!("{line}L{last:.1} {bottom:.1}L{first:.1} {bottom:.1}Z");
        svg::append(&group, "path", &[("class", "spectrum-area"), ("d", &area)]);
        svg::append(&group, "path", &[("class", "spectrum"), ("d", &line)]);
    }
}

/// Shades the frequencies outside of the band that the input holds, with stripes: in print and to the colour-blind they
/// are what is seen.
fn shade(group: &Element, frequency: &FrequencyAxis, [low, high]: [f64; 2], bottom: f64) {
    let pattern = svg::append(
        group,
        "pattern",
        &[
            ("id", "bank-stripes"),
            ("width", "6"),
            ("height", "6"),
            ("patternUnits", "userSpaceOnUse"),
            ("patternTransform", "rotate(45)"),
        ],
    );
    svg::line(&pattern, "stripe", [0.0, 0.0, 0.0, 6.0]);
    let [low, high] = [low, high].map(|hz| frequency.pixel(hz));
    for [from, to] in [[frequency.start(), low], [high, frequency.end()]] {
        if to - from > 0.5 {
            let place = [from, TOP, to - from, bottom - TOP];
            svg::rectangle(group, "outside", place);
            dom::set(&svg::rectangle(group, "stripes", place), "fill", "url(#bank-stripes)");
        }
    }
}

/// The average spectrum at the filters that made the image.
fn levels(state: &State, model: &Model) -> Vec<(f64, f64)> {
    let Some(image) = image_at_rest(state) else { return Vec::new() };
    let bands = (0..model.responses.filters.len()).filter_map(|filter| {
        let learned = &model.responses.filters[filter];
        let adjusted = state.mark(filter).filter(|mark| mark.moved || !mark.on);
        let (now, gain) = match adjusted {
            None => (learned.learned, learned.noise_gain),
            Some(mark) if mark.on => (mark.now, noise_gain(&model.package.config.front_end, &mark.now)),
            // Its row of the image says nothing.
            Some(_) => return None,
        };
        Some(Band { filter, centre_hz: now.centre_hz, noise_gain: gain })
    });
    spectrum::levels_db(image, bands)
}

/// One sentence on what training did to the whole bank.
fn summary(responses: &Responses, learnable: bool) -> String {
    if !learnable {
        return "The filters of this model were not trained: start and learned coincide.".into();
    }
    let shifts: Vec<f64> = responses.filters.iter().map(|f| f.learned.centre_hz - f.initial.centre_hz).collect();
    let mean = shifts.iter().map(|shift| shift.abs()).sum::<f64>() / shifts.len().max(1) as f64;
    let largest = shifts.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    format!(
        "Training moved the centre frequencies by {} Hz on average, at most by {} Hz.",
        format::signed(mean, 1).replace('+', ""),
        format::signed(largest, 1)
    )
}

/// One sentence on what the input does not hold, and how many filters look there; empty where it holds everything.
fn outside_in_words(state: &State, held: [f64; 2], highest_hz: f64) -> String {
    let Some(words) = outside(held, highest_hz) else { return String::new() };
    let there = state.marks().iter().filter(|mark| !(held[0]..=held[1]).contains(&mark.now.centre_hz)).count();
    let filters = match there {
        0 => "no filter has its centre there".into(),
        1 => "1 filter has its centre there".into(),
        many => format!("{many} filters have their centres there"),
    };
    format!("Striped: the input holds nothing {words}; {filters}.")
}
