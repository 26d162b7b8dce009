//! The data sets that can be fetched: where they are, under which licence, and how they are cited.

use clap::ValueEnum;

/// A set by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SetName {
    /// Heart sounds: PhysioNet/CinC Challenge 2016
    Cinc2016,
    /// Heart sounds: CirCor DigiScope, PhysioNet Challenge 2022
    Circor2022,
    /// Scenes: TUT Acoustic Scenes 2016, development and evaluation
    Dcase2016,
    /// Scenes: TUT Acoustic Scenes 2017, development and evaluation
    Dcase2017,
    /// Scenes: TUT Urban Acoustic Scenes 2018, development
    Dcase2018,
    /// Scenes: TAU Urban Acoustic Scenes 2019, development
    Dcase2019,
    /// Scenes: TAU Urban Acoustic Scenes 2020 Mobile, development
    Dcase2020,
}

/// A data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Set {
    /// Its name on the command line, and of its folder.
    pub name: SetName,
    /// Its title.
    pub title: &'static str,
    /// Its licence.
    pub licence: &'static str,
    /// How it is cited.
    pub citation: &'static str,
    /// Where it is.
    pub source: Source,
    /// How many gigabytes are fetched, roughly.
    pub about_gb: f64,
}

/// Where a set is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// A version of a PhysioNet project: single files, and `SHA256SUMS.txt`.
    PhysioNet {
        /// Project and version.
        path: &'static str,
        /// The files that are wanted begin with one of these.
        begins: &'static [&'static str],
    },
    /// Records of Zenodo: archives with MD5 sums.
    Zenodo(&'static [u64]),
}

/// Every set.
pub const SETS: [Set; 7] = [
    Set {
        name: SetName::Cinc2016,
        title: "Classification of Heart Sound Recordings: the PhysioNet/CinC Challenge 2016",
        licence: "Open Data Commons Attribution License 1.0",
        citation: "Liu et al., An open access database for the evaluation of heart sound algorithms, Physiol. Meas. 37(12):2181, \
                   2016; Goldberger et al., PhysioBank, PhysioToolkit, and PhysioNet, Circulation 101(23):e215, 2000",
        source: Source::PhysioNet { path: "challenge-2016/1.0.0", begins: &["training-", "validation/"] },
        about_gb: 0.4,
    },
    Set {
        name: SetName::Circor2022,
        title: "The CirCor DigiScope Phonocardiogram Dataset 1.0.3 (PhysioNet Challenge 2022)",
        licence: "Open Data Commons Attribution License 1.0",
        citation: "Oliveira et al., The CirCor DigiScope Dataset: From Murmur Detection to Murmur Classification, IEEE J. Biomed. \
                   Health Inform. 26(6):2524, 2022; Goldberger et al., PhysioBank, PhysioToolkit, and PhysioNet, Circulation \
                   101(23):e215, 2000",
        source: Source::PhysioNet { path: "circor-heart-sound/1.0.3", begins: &["training_data"] },
        about_gb: 0.7,
    },
    Set {
        name: SetName::Dcase2016,
        title: "TUT Acoustic Scenes 2016 (DCASE 2016, task 1)",
        licence: "non-commercial use, no redistribution (the archives have the text)",
        citation: "Mesaros, Heittola, Virtanen, TUT database for acoustic scene classification and sound event detection, EUSIPCO \
                   2016",
        source: Source::Zenodo(&[45_739, 165_995]),
        about_gb: 10.7,
    },
    Set {
        name: SetName::Dcase2017,
        title: "TUT Acoustic Scenes 2017 (DCASE 2017, task 1)",
        licence: "non-commercial use, no redistribution (the archives have the text)",
        citation: "Mesaros et al., DCASE 2017 challenge setup: tasks, datasets and baseline system, DCASE Workshop 2017",
        source: Source::Zenodo(&[400_515, 1_040_168]),
        about_gb: 14.0,
    },
    Set {
        name: SetName::Dcase2018,
        title: "TUT Urban Acoustic Scenes 2018, development set (DCASE 2018, task 1)",
        licence: "non-commercial use (the archives have the text)",
        citation: "Mesaros, Heittola, Virtanen, A multi-device dataset for urban acoustic scene classification, DCASE Workshop \
                   2018",
        source: Source::Zenodo(&[1_228_142]),
        about_gb: 22.0,
    },
    Set {
        name: SetName::Dcase2019,
        title: "TAU Urban Acoustic Scenes 2019, development set (DCASE 2019, task 1)",
        licence: "non-commercial use (the archives have the text)",
        citation: "Mesaros, Heittola, Virtanen, Acoustic scene classification in DCASE 2019 challenge: closed and open set \
                   classification and data mismatch setups, DCASE Workshop 2019",
        source: Source::Zenodo(&[2_589_280]),
        about_gb: 36.0,
    },
    Set {
        name: SetName::Dcase2020,
        title: "TAU Urban Acoustic Scenes 2020 Mobile, development set (DCASE 2020, task 1)",
        licence: "non-commercial use (the archives have the text)",
        citation: "Heittola, Mesaros, Virtanen, Acoustic scene classification in DCASE 2020 challenge: generalization across \
                   devices and low complexity solutions, DCASE Workshop 2020",
        source: Source::Zenodo(&[3_819_968]),
        about_gb: 27.0,
    },
];

impl Set {
    /// The publisher's server.
    pub fn server(&self) -> &'static str {
        match self.source {
            Source::PhysioNet { .. } => "https://physionet.org",
            Source::Zenodo(_) => "https://zenodo.org",
        }
    }
}

impl SetName {
    /// The set of this name; every name has one.
    pub fn set(self) -> Option<&'static Set> {
        SETS.iter().find(|set| set.name == self)
    }

    /// As it is written.
    pub fn text(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_set() {
        for name in SetName::value_variants() {
            assert!(name.set().is_some_and(|set| set.name.text() == name.text()), "{name:?}");
        }
        assert_eq!(SetName::Cinc2016.text(), "cinc2016");
    }
}
