//! Real recordings that come with the page, in `examples/` beside it. `web/examples/README.md` has licences and sources.

/// A recording with what must be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Name of the file.
    pub file: &'static str,
    /// What the button says.
    pub name: &'static str,
    /// What it is, where it comes from, and whether the shipped model was trained on it.
    pub note: &'static str,
}

/// Hearts: of the shipped model's held-out fold, one for each kind of answer.
pub const HEARTS: [Recorded; 3] = [
    Recorded {
        file: "heart-normal.flac",
        name: "A normal heart",
        note: "Labelled normal by its makers: e00019 of the PhysioNet/CinC Challenge 2016 (Liu et al. 2016, ODC-By 1.0). \
               The shipped model was not trained on it.",
    },
    Recorded {
        file: "heart-murmur.flac",
        name: "A heart with a murmur",
        note: "Labelled abnormal by its makers: c0001 of the PhysioNet/CinC Challenge 2016 (Liu et al. 2016, ODC-By 1.0). \
               The shipped model was not trained on it.",
    },
    Recorded {
        file: "heart-too-noisy.flac",
        name: "A noisy recording",
        note: "Labelled normal and of poor quality by its makers: b0305 of the PhysioNet/CinC Challenge 2016 (Liu et al. \
               2016, ODC-By 1.0). The shipped model was not trained on it.",
    },
];

/// Clips of ESC-10 with their classes.
pub const CLIPS: [(&str, Recorded); 4] = [
    (
        "dog_bark",
        Recorded {
            file: "environment-dog-bark.flac",
            name: "A dog",
            note: "Recorded by felix.blume (Freesound 136288, CC0), clip of ESC-10 (Piczak 2015). The shipped model has \
                   learned from it.",
        },
    ),
    (
        "rooster",
        Recorded {
            file: "environment-rooster.flac",
            name: "A rooster",
            note: "Recorded by ra_gun (Freesound 81270, CC0), clip of ESC-10 (Piczak 2015). The shipped model has learned \
                   from it.",
        },
    ),
    (
        "sea_waves",
        Recorded {
            file: "environment-sea-waves.flac",
            name: "Waves of the sea",
            note: "Recorded by vhlam (Freesound 133863, CC0), clip of ESC-10 (Piczak 2015). The shipped model has learned \
                   from it.",
        },
    ),
    (
        "clock_tick",
        Recorded {
            file: "environment-clock.flac",
            name: "A clock",
            note: "Recorded by felix.blume (Freesound 170377, CC0), clip of ESC-10 (Piczak 2015). The shipped model has \
                   learned from it.",
        },
    ),
];
