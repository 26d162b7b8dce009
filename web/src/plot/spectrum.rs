//! The average spectrum of a recording, from its log-energy image.

use spectnet_core::math::order::by_number;

use super::raster::LogEnergy;

/// Range of levels that is shown, in dB below the highest.
pub const RANGE_DB: f64 = 60.0;

/// One filter, as it made its row of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Its place in the bank.
    pub filter: usize,
    /// Its centre frequency in Hz.
    pub centre_hz: f64,
    /// Energy that it lets through of white noise of energy 1.
    pub noise_gain: f64,
}

/// Levels of the recording at the centre frequencies of the filters, lowest frequency first: frequencies in Hz, and
/// levels in dB below the highest.
///
/// A filter's mean energy over what it would be in white noise is the mean of the power spectrum within its band: so a
/// wide or loud filter does not look like a loud part of the recording.
pub fn levels_db(image: &LogEnergy, bands: impl IntoIterator<Item = Band>) -> Vec<(f64, f64)> {
    let energies = image.mean_energies();
    let level = |band: Band| {
        let energy = energies.get(band.filter)?;
        let level = 10.0 / 10f64.ln() * (energy - band.noise_gain.ln());
        level.is_finite().then_some((band.centre_hz, level))
    };
    let levels: Vec<(f64, f64)> = bands.into_iter().filter_map(level).collect();
    let highest = levels.iter().map(|(_, level)| *level).fold(f64::NEG_INFINITY, f64::max);
    by_number(&levels, |(hz, _)| *hz).into_iter().map(|(hz, level)| (hz, level - highest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::response::Responses;
    use spectnet_core::filterbank::FilterbankConfig;
    use spectnet_core::model::Task;

    /// A bank of filters unlike in width and loudness.
    fn bank() -> (FilterbankConfig, Responses) {
        let config = Task::Heart.front_end(6);
        let mut filters = config.initial_filters().unwrap();
        for (index, filter) in filters.iter_mut().enumerate() {
            filter.bandwidth_hz = 40.0 + 20.0 * index as f64;
            filter.gain *= 10f64.powi(index as i32);
        }
        let responses = Responses::new(&config, &filters, &filters);
        (config, responses)
    }

    fn bands(responses: &Responses) -> Vec<Band> {
        let band = |(filter, response): (usize, &crate::plot::response::Response)| Band {
            filter,
            centre_hz: response.learned.centre_hz,
            noise_gain: response.noise_gain,
        };
        responses.filters.iter().enumerate().map(band).collect()
    }

    /// An image of this sound with one frame, by plain correlation.
    fn image(config: &FilterbankConfig, responses: &Responses, sound: &[f64]) -> LogEnergy {
        let energy = |filter: &crate::plot::response::Response| {
            let kernel = config.gammatone(filter.learned).kernel();
            let output = |part: &[f64]| part.iter().zip(&kernel).map(|(x, g)| x * g).sum::<f64>();
            sound.windows(kernel.len()).map(|part| output(part).powi(2)).sum::<f64>().ln() as f32
        };
        let mut image = LogEnergy::new(responses.filters.len());
        image.extend(&responses.filters.iter().map(energy).collect::<Vec<_>>());
        image
    }

    #[test]
    fn white_noise_is_flat_whatever_the_filters_are() {
        let (config, responses) = bank();
        let mut state = 1u64;
        let noise: Vec<f64> = (0..60_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64 / f64::from(1 << 24) - 0.5
            })
            .collect();
        let levels = levels_db(&image(&config, &responses, &noise), bands(&responses));
        assert_eq!(levels.len(), 6);
        assert!(levels.iter().all(|(_, level)| (-1.5..=0.0).contains(level)), "{levels:?}");
    }

    #[test]
    fn a_tone_stands_out_at_its_frequency() {
        let (config, responses) = bank();
        let centre = responses.filters[2].learned.centre_hz;
        let tone: Vec<f64> =
            (0..5000).map(|k| (std::f64::consts::TAU * centre * f64::from(k) / 1000.0).sin()).collect();
        let levels = levels_db(&image(&config, &responses, &tone), bands(&responses));
        let loudest = levels.iter().find(|(_, level)| *level == 0.0).unwrap();
        assert!((loudest.0 - centre).abs() < 1e-9, "{levels:?}");
    }

    #[test]
    fn what_has_no_level_is_left_out() {
        let mut image = LogEnergy::new(2);
        let band = |filter: usize, noise_gain: f64| Band { filter, centre_hz: 100.0 - filter as f64, noise_gain };
        assert!(levels_db(&image, [band(0, 1.0)]).is_empty(), "there is no image yet");
        image.extend(&[0.0, 1.0]);
        assert!(levels_db(&image, []).is_empty());
        let levels = levels_db(&image, [band(0, 1.0), band(1, 0.0), band(7, 1.0)]);
        assert_eq!(levels, [(100.0, 0.0)], "a silent filter, and one that is not there");
        let levels = levels_db(&image, [band(0, 1.0), band(1, 1.0)]);
        assert_eq!(levels.iter().map(|(hz, _)| *hz).collect::<Vec<_>>(), [99.0, 100.0], "lowest first");
    }
}
