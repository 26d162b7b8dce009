//! Which formats a program reads. Formats that a program does not name are not linked into it: the page has two
//! decoders, so that each is small enough to download quickly.

use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::formats::probe::Probe;
use symphonia::default::{codecs, formats, register_enabled_codecs, register_enabled_formats};

/// A set of formats: readers of containers, and decoders of what is in them.
pub struct Formats {
    pub(super) containers: Probe,
    pub(super) codecs: CodecRegistry,
}

impl Formats {
    /// All formats that this crate reads: FLAC, Ogg Vorbis, MP3, AAC, ALAC, MP4, AIFF and CAF.
    pub fn all() -> Self {
        let (mut containers, mut registry) = (Probe::default(), CodecRegistry::new());
        register_enabled_formats(&mut containers);
        register_enabled_codecs(&mut registry);
        Self { containers, codecs: registry }
    }

    /// Only AAC, by itself and in MP4: what [`needs_aac`](super::needs_aac) finds. It is the larger half of all
    /// decoders.
    pub fn aac() -> Self {
        let (mut containers, mut registry) = (Probe::default(), CodecRegistry::new());
        containers.register_format::<formats::AdtsReader<'_>>();
        containers.register_format::<formats::IsoMp4Reader<'_>>();
        registry.register_audio_decoder::<codecs::AacDecoder>();
        Self { containers, codecs: registry }
    }

    /// FLAC, Ogg Vorbis, MP3 and AIFF: all but AAC and MP4.
    pub fn without_aac() -> Self {
        let (mut containers, mut registry) = (Probe::default(), CodecRegistry::new());
        containers.register_format::<formats::FlacReader<'_>>();
        containers.register_format::<formats::OggReader<'_>>();
        containers.register_format::<formats::MpaReader<'_>>();
        containers.register_format::<formats::AiffReader<'_>>();
        registry.register_audio_decoder::<codecs::FlacDecoder>();
        registry.register_audio_decoder::<codecs::VorbisDecoder>();
        registry.register_audio_decoder::<codecs::MpaDecoder>();
        registry.register_audio_decoder::<codecs::PcmDecoder>();
        Self { containers, codecs: registry }
    }
}
