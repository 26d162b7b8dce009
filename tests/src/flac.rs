//! FLAC files without compression, written bit by bit, so that tests can make long ones and damage them.

/// Samples in a frame.
pub const BLOCK: usize = 4096;

/// A mono FLAC file of 16-bit samples at `rate` Hz, every frame as it is (RFC 9639, "verbatim" subframes). Its header does
/// not say how many samples there are where `declared` is 0.
pub fn flac(rate: u32, samples: &[i16], declared: u64) -> Vec<u8> {
    let mut bytes = b"fLaC".to_vec();
    // The only metadata block: STREAMINFO, 34 bytes; the sizes of frames and the checksum of the sound are unknown.
    bytes.extend([0x80, 0, 0, 34]);
    bytes.extend([BLOCK as u16, BLOCK as u16].iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend([0; 6]);
    // Sample rate in 20 bits, channels less 1 in 3, bits of a sample less 1 in 5, number of samples in 36.
    let description = u64::from(rate) << 44 | 15 << 36 | declared;
    bytes.extend(u64::to_be_bytes(description));
    bytes.extend([0; 16]);
    for (number, block) in samples.chunks(BLOCK).enumerate() {
        let start = bytes.len();
        // Blocks of one size, given in 16 bits; rate as in STREAMINFO; one channel; 16 bits a sample.
        bytes.extend([0xff, 0xf8, 0x70, 0x08]);
        let character = char::from_u32(number as u32).expect("less than a few hours of sound");
        bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
        bytes.extend((block.len() as u16 - 1).to_be_bytes());
        bytes.push(checksum(&bytes[start..], 8, 0x07) as u8);
        bytes.push(0b10);
        bytes.extend(block.iter().flat_map(|sample| sample.to_be_bytes()));
        bytes.extend(checksum(&bytes[start..], 16, 0x8005).to_be_bytes());
    }
    bytes
}

/// Cyclic redundancy check of `bits` bits.
fn checksum(bytes: &[u8], bits: u32, polynomial: u16) -> u16 {
    let (top, mask) = (1 << (bits - 1), (u32::MAX >> (32 - bits)) as u16);
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u16::from(byte) << (bits - 8), |sum, _| {
            let shifted = sum << 1;
            (if sum & top == 0 { shifted } else { shifted ^ polynomial }) & mask
        })
    })
}
