//! From a recording to a few seconds that can sound: read, mixed down, conditioned, filtered, raised, resampled.

use std::rc::Rc;

use spectnet_core::audio::Conditioning;
use spectnet_core::recognise::Pass;
use web_sys::AudioBuffer;

use super::Player;
use super::device::Device;
use super::kept::Piece;
use super::reel::Reel;
use crate::effects::slice::{BIT_S, Slice};
use crate::effects::sound::Sound;
use crate::effects::task::Task;
use crate::failure::Result;
use crate::listen::{self, CHUNK_S, MARGIN_S, Material, level, piece_start_s};
use crate::state::player::Order;

impl Player {
    /// The chunk of this number, ready to sound; none behind the end of the recording.
    pub(super) async fn chunk(
        &self,
        task: &Task,
        order: &Order,
        device: &Device,
        sound: &Sound,
        reel: &mut Reel,
        number: u64,
    ) -> Result<Option<AudioBuffer>> {
        let kept = &self.0.kept;
        if let Some(buffer) = kept.chunk(number) {
            return Ok(Some(buffer));
        }
        let (programme, rate, filter) = (&order.programme, device.rate(), kept.filter());
        let raised_hz = programme.raised_hz;
        let samples = if let Some(conditioning) = &programme.conditioning {
            let Some(piece) = self.piece(task, order, conditioning, sound, number * CHUNK_S).await? else {
                return Ok(None);
            };
            let (samples, sample_rate) = (piece.recording.samples(), piece.recording.sample_rate());
            let (start_s, filter, gain) = (piece.start_s, filter.as_deref(), piece.gain);
            listen::chunk(&Material { samples, sample_rate, start_s, filter, raised_hz, gain }, number, rate)?
        } else {
            let read = [(number * CHUNK_S).saturating_sub(MARGIN_S), (number + 1) * CHUNK_S + MARGIN_S];
            reel.wind(sound, programme.downmix, read).await?;
            let (samples, sample_rate, gain) = (&reel.samples[..], sound.sample_rate(), programme.gain.unwrap_or(1.0));
            let material =
                Material { samples, sample_rate, start_s: reel.start_s, filter: filter.as_deref(), raised_hz, gain };
            listen::chunk(&material, number, rate)?
        };
        // Something else may be kept by now.
        task.check()?;
        if samples.is_empty() {
            return Ok(None);
        }
        let buffer = device.buffer(&samples)?;
        kept.keep_chunk(number, &buffer);
        Ok(Some(buffer))
    }

    /// The piece in which a second of the recording lies, conditioned as the model takes it; none behind the end.
    async fn piece(
        &self,
        task: &Task,
        order: &Order,
        conditioning: &Conditioning,
        sound: &Sound,
        second: u64,
    ) -> Result<Option<Rc<Piece>>> {
        if let Some(piece) = self.0.kept.piece(second) {
            return Ok(Some(piece));
        }
        let (start_s, sample_rate) = (piece_start_s(second, order.length_s), sound.sample_rate());
        let pass = Pass {
            number: 0,
            downmix: order.programme.downmix,
            start: start_s * u64::from(sample_rate),
            max_seconds: conditioning.max_seconds.map(|most_s| most_s - start_s as f64),
            sample_rate,
        };
        let mut slice = Slice::begin();
        let Some(piece) = sound.pieces(pass)?.next(&mut slice).await? else { return Ok(None) };
        let mut work = conditioning.in_bits(piece);
        let recording = loop {
            slice.room(BIT_S).await;
            task.check()?;
            if let Some(conditioned) = work.go_on() {
                break conditioned?.recording;
            }
        };
        let gain = level::gain(&level::peaks(recording.samples(), recording.sample_rate()));
        task.check()?;
        let piece = Rc::new(Piece { start_s, recording, gain });
        self.0.kept.keep_piece(&piece);
        Ok(Some(piece))
    }
}
