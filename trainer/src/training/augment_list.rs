//! What can be done to training windows, as a table for people.

use spectnet_core::learning::augment::{
    Augmentation, CHANGED, EQUALISER_BANDS, EQUALISER_DB, GAIN_OCTAVES, MASKED, MASKS, MIXED, NOISE_DB, SPEED_OCTAVES,
};

/// Every way by its name on the command line, what it does, and how strongly with `--augment-strength 1`.
pub fn list() -> String {
    let rows = Augmentation::ALL.into_iter().map(|way| [way.name().to_owned(), what(way).to_owned(), strength(way)]);
    let head = ["name", "what it does", "how strongly"].map(String::from);
    let rows: Vec<[String; 3]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [first, second] = [width(0), width(1)];
    let line = |[name, what, strength]: &[String; 3]| format!("{name:<first$}  {what:<second$}  {strength}");
    let lines: Vec<String> = rows.iter().map(line).collect();
    format!(
        "{}\n\n--augment takes names, separated by commas, or none. --augment-strength is a factor on all of them, 1 if it is \
         not given. Windows lie at random places of their recordings in any case.",
        lines.join("\n")
    )
}

fn what(way: Augmentation) -> &'static str {
    match way {
        Augmentation::Gain => "makes the window louder or quieter",
        Augmentation::Noise => "adds noise of a random band to some windows",
        Augmentation::Masks => "blanks neighbouring frames and neighbouring filters of the image",
        Augmentation::Mixing => "adds another window of the same subset to some, and shares out the labels",
        Augmentation::Speed => "plays the window faster and higher, or slower and lower",
        Augmentation::Equaliser => "changes the levels smoothly over the filters, as another microphone would",
    }
}

fn strength(way: Augmentation) -> String {
    let decibels = |octaves: f64| octaves * 20.0 * 2f64.log10();
    let percent = |fraction: f64| fraction * 100.0;
    match way {
        Augmentation::Gain => format!("up to {:.0} dB either way", decibels(f64::from(GAIN_OCTAVES))),
        Augmentation::Noise => {
            let [least, most] = NOISE_DB;
            format!("{least:.0} to {most:.0} dB below {:.0} % of the windows", percent(CHANGED))
        }
        Augmentation::Masks => format!(
            "{} stretches of up to {:.0} % of the frames, {} of up to {:.0} % of the filters",
            MASKS[0],
            percent(MASKED[0]),
            MASKS[1],
            percent(MASKED[1])
        ),
        Augmentation::Mixing => {
            format!("up to {:.0} % of the power of {:.0} % of the windows", percent(f64::from(MIXED)), percent(CHANGED))
        }
        Augmentation::Speed => format!("up to {SPEED_OCTAVES} octaves either way"),
        Augmentation::Equaliser => format!("up to {EQUALISER_DB:.0} dB either way, at {EQUALISER_BANDS} points"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_listed_with_its_strength() {
        let text = list();
        for name in ["gain", "noise", "masks", "mixing", "speed", "equaliser"] {
            assert!(text.lines().any(|line| line.starts_with(name)), "{text}");
        }
        for strength in ["up to 6 dB either way", "5 to 30 dB below 50 %", "2 stretches of up to 15 %", "0.25 octaves"]
        {
            assert!(text.contains(strength), "{strength}: {text}");
        }
    }
}
