//! Which formats a program reads. Formats that a program does not name are not linked into it: the page has two
//! decoders, so that each is small enough to download quickly.

use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::formats::probe::Probe;
use symphonia::default::{codecs, formats, register_enabled_codecs};

use super::file_kind::FileKind;

/// A set of formats: readers of containers, and decoders of what is in them.
pub struct Formats {
    containers: Vec<Container>,
    pub(super) codecs: CodecRegistry,
}

/// The reader for a kind of file.
type Container = (FileKind, fn(&mut Probe));

const ADTS: Container = (FileKind::Adts, |probe| probe.register_format::<formats::AdtsReader<'_>>());
const AIFF: Container = (FileKind::Aiff, |probe| probe.register_format::<formats::AiffReader<'_>>());
const CAF: Container = (FileKind::Caf, |probe| probe.register_format::<formats::CafReader<'_>>());
const FLAC: Container = (FileKind::Flac, |probe| probe.register_format::<formats::FlacReader<'_>>());
const MP4: Container = (FileKind::Mp4, |probe| probe.register_format::<formats::IsoMp4Reader<'_>>());
const MPEG: Container = (FileKind::Mpeg, |probe| probe.register_format::<formats::MpaReader<'_>>());
const OGG: Container = (FileKind::Ogg, |probe| probe.register_format::<formats::OggReader<'_>>());

impl Formats {
    /// All formats that this crate reads: FLAC, Ogg Vorbis, MPEG layers I to III, AAC, ALAC, MP4, AIFF and CAF.
    pub fn all() -> Self {
        let mut registry = CodecRegistry::new();
        register_enabled_codecs(&mut registry);
        Self { containers: vec![FLAC, OGG, MPEG, ADTS, MP4, AIFF, CAF], codecs: registry }
    }

    /// Only AAC, by itself and in MP4: what [`needs_aac`](super::needs_aac) finds. It is the larger half of all
    /// decoders.
    pub fn aac() -> Self {
        let mut registry = CodecRegistry::new();
        registry.register_audio_decoder::<codecs::AacDecoder>();
        Self { containers: vec![ADTS, MP4], codecs: registry }
    }

    /// FLAC, Ogg Vorbis, MP3 and AIFF: all but AAC and MP4.
    pub fn without_aac() -> Self {
        let mut registry = CodecRegistry::new();
        registry.register_audio_decoder::<codecs::FlacDecoder>();
        registry.register_audio_decoder::<codecs::VorbisDecoder>();
        registry.register_audio_decoder::<codecs::MpaDecoder>();
        registry.register_audio_decoder::<codecs::PcmDecoder>();
        Self { containers: vec![FLAC, OGG, MPEG, AIFF], codecs: registry }
    }

    /// The reader for this kind of file and no other: what else may stand further behind in a file is not looked for,
    /// because nobody has checked it. None where the kind is not read.
    pub(super) fn probe(&self, kind: FileKind) -> Option<Probe> {
        let (_, register) = self.containers.iter().find(|(known, _)| *known == kind)?;
        let mut probe = Probe::default();
        register(&mut probe);
        Some(probe)
    }
}
